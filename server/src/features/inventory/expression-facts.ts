// Facts for expressions about some devices: at most two statements, and a slice that many devices hold is read once.
import { type DeviceValues, deriveFacts, listFacts } from '@muster/protocol/language';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { createPauses } from '../../core/turns.ts';
import { inflateStored } from './body.ts';
import { nameRows } from './facts.ts';
import { MAX_KNOWN_SLICES } from './limits.ts';
import { selectBodies, selectHeld } from './store-facts.ts';

/** Sections that facts come from, as the table of facts says: `os_version.platform, …`. */
const factSections: readonly string[] = [
  ...new Set(listFacts().flatMap(({ origin }) => /^([a-z_]+)\./.exec(origin)?.[1] ?? [])),
];

/** Reads facts of devices by number; a device that has said nothing is left out. */
export type FactReader = (
  tenant: number,
  idxs: readonly number[],
) => Promise<ReadonlyMap<number, DeviceValues>>;

/** Makes the reader. It remembers what the slices say that it met last: a fleet has few systems and kernels. */
export function createFactReader(sql: RawSql): FactReader {
  const known = new Map<string, DeviceValues>();

  /** What slices say, by their hashes; those that cannot be read say nothing. */
  async function readSlices(tenant: number, hashes: ReadonlySet<string>): Promise<Map<string, DeviceValues>> {
    const said = new Map<string, DeviceValues>();
    const unknown: string[] = [];
    for (const hash of hashes) {
      const values = known.get(`${tenant}/${hash}`);
      if (values === undefined) unknown.push(hash);
      else said.set(hash, values);
    }
    if (unknown.length === 0) return said;
    const rest = createPauses();
    for (const { hash, body } of await selectBodies(sql, tenant, unknown)) {
      const slice = inflateStored(body);
      said.set(hash, deriveFacts({ [slice.section]: nameRows(slice) }));
      await rest();
    }
    for (const [hash, values] of said) remember(`${tenant}/${hash}`, values);
    return said;
  }

  /** Those that were met last stay. */
  function remember(key: string, values: DeviceValues): void {
    known.delete(key);
    known.set(key, values);
    if (known.size <= MAX_KNOWN_SLICES) return;
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }

  return (tenant, idxs) =>
    withMappedErrors(async () => {
      const held = await selectHeld(sql, tenant, { idxs, sections: factSections });
      const said = await readSlices(tenant, new Set(held.map(({ hash }) => hash)));
      const facts = new Map<number, DeviceValues>();
      for (const { idx, hash } of held) facts.set(idx, { ...facts.get(idx), ...said.get(hash) });
      return facts;
    });
}
