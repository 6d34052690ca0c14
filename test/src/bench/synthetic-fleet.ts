// A fleet for the index of the server that nobody stores: as many devices as are wanted, a few systems, names of their own.
import type { FleetSource } from '@muster/server';

const GIB = 1024 ** 3;

const systems = ['debian', 'ubuntu', 'rocky', 'sles', 'alpine'] as const;
const families = ['debian', 'debian', 'rhel', 'suse', 'alpine'] as const;

/** A fleet that nobody stores: rows and facts follow from the number, and from how often it was changed. */
export function createSyntheticFleet(devices: number) {
  let turn = 0;
  const shared = ['prod', 'test', 'dev'].map((env) => ({ env, site: 'fra' }));
  const rowOf = (idx: number) => ({
    ...{ tenant: 1, idx, id: `dev_${String(idx).padStart(26, 'a')}`, shownName: `web-${idx}` },
    ...{ state: idx % 50 === 0 ? 'retired' : 'active', labels: shared[(idx + turn) % 3] ?? {} },
    ...{ online: idx % 4 !== 0, lastSeenMs: Date.now() - idx, enrolledMs: 1.7e12 + idx },
  });
  const factsOf = (idx: number) => ({
    ...{
      hostname: `web-${idx}`,
      'system.serial': `SN${idx}`,
      arch: (idx + turn) % 5 === 0 ? 'aarch64' : 'x86_64',
    },
    ...{
      virtual: idx % 3 === 0,
      'os.name': systems[idx % 5] ?? '',
      'os.family': families[(idx + turn) % 5] ?? '',
    },
    ...{ 'os.version': `${10 + (idx % 4)}.${idx % 9}`, 'kernel.version': `6.1.0-${idx % 40}-amd64` },
    ...{ 'cpu.count': 1 << ((idx + turn) % 6), 'cpu.model': `Processor ${idx % 60}` },
    ...{
      'memory.bytes': (1 + ((idx + turn) % 700)) * GIB,
      'system.vendor': `Maker ${idx % 12}`,
      'system.model': `M${idx % 90}`,
    },
  });
  const source: FleetSource = {
    async page({ tenant, idx }, limit) {
      const from = tenant === 0 ? 0 : idx + 1;
      return Array.from({ length: Math.min(limit, devices - from) }, (_, at) => rowOf(from + at));
    },
    rows: async (_tenant, idxs) => idxs.map(rowOf),
    facts: async (_tenant, idxs) => new Map(idxs.map((idx) => [idx, factsOf(idx)])),
  };
  return {
    source,
    /** From now on a device that is read again says something else of each fact of the group. */
    turn(): void {
      turn += 1;
    },
  };
}
