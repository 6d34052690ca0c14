// Ranks the connected devices by what their latest heartbeats said: memory only, until the names of the winners are looked up.
import type { Connections } from '../../core/agents/session.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { DeviceNames } from '../devices/index.ts';
import type { Latest, LatestValues } from './latest.ts';
import { MAX_TOP_NAMES } from './limits.ts';

/** What a ranking can go by. */
export const topSorts = ['cpu', 'memory', 'disk', 'load', 'name'] as const;
export type TopSort = (typeof topSorts)[number];

/** A device of a ranking. */
export interface Ranked {
  readonly id: string;
  readonly hostname: string;
  readonly values: LatestValues;
}

/** What is ranked. */
export interface TopDeps {
  readonly latest: Latest;
  readonly connections: Connections;
  readonly devices: DeviceNames;
}

interface Candidate {
  readonly idx: number;
  readonly values: LatestValues;
}

const fieldOf = {
  cpu: 'cpuUsedRatio',
  memory: 'memoryUsedRatio',
  disk: 'diskUsedRatio',
  load: 'loadPerCpu',
} as const;

/**
 * The first devices of a ranking, highest first, names from A, and how many are connected and have sent a heartbeat. One statement.
 * @throws MusterError E_RANGE when more than 10,000 devices would have to be sorted by name
 */
export async function rankOnline(
  { latest, connections, devices }: TopDeps,
  tenant: number,
  {
    sort,
    limit,
    scope = null,
  }: { readonly sort: TopSort; readonly limit: number; readonly scope?: DeviceSet | null },
): Promise<{ readonly online: number; readonly items: readonly Ranked[] }> {
  const online: Candidate[] = [];
  for (let idx = 0; idx < latest.bound(tenant); idx++) {
    if (scope?.has(idx) === false) continue;
    const values = connections.find(tenant, idx) === undefined ? null : latest.get(tenant, idx);
    if (values !== null) online.push({ idx, values });
  }
  if (sort === 'name' && online.length > MAX_TOP_NAMES) {
    throw fail('E_RANGE', {
      detail: `More than ${MAX_TOP_NAMES} devices are connected; sort by a value, or list the devices.`,
    });
  }
  const candidates = sort === 'name' ? online : sortByField(online, fieldOf[sort]).slice(0, limit);
  const names = await devices.name(
    tenant,
    candidates.map(({ idx }) => idx),
  );
  const ranked = candidates.map(({ idx, values }) => ({
    id: names.get(idx)?.id ?? '',
    hostname: names.get(idx)?.hostname ?? '',
    values,
  }));
  const items = sort === 'name' ? sortByName(ranked).slice(0, limit) : ranked;
  return { online: online.length, items };
}

/** Highest first; no data last; the older device first where both have the same. */
function sortByField(
  online: readonly Candidate[],
  field: (typeof fieldOf)[keyof typeof fieldOf],
): Candidate[] {
  const numberOf = ({ values }: Candidate) => values[field] ?? Number.NEGATIVE_INFINITY;
  return online.toSorted((a, b) => {
    const [one, other] = [numberOf(a), numberOf(b)];
    return one === other ? a.idx - b.idx : one > other ? -1 : 1;
  });
}

function sortByName(ranked: readonly Ranked[]): Ranked[] {
  const keyOf = ({ hostname, id }: Ranked) => `${hostname.toLowerCase()}\0${id}`;
  return ranked.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
