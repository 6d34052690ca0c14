// Facts for expressions about all devices: two statements, and each stored slice is read once however many devices hold it.
import { type DeviceValues, deriveFacts, listFacts } from '@muster/protocol/language';
import type { RawSql } from '../../core/db/pool.ts';
import { pause } from '../../core/turns.ts';
import { inflateStored } from './body.ts';
import { nameRows } from './facts.ts';
import { selectBodies, selectHeld } from './store-facts.ts';

/** Bodies that are read in one turn. */
const TURN_BODIES = 200;

/** The section that a fact comes from, as the table of facts says: `os_version.platform, …`. */
const sectionOf: ReadonlyMap<string, string> = new Map(
  listFacts().flatMap(({ name, origin }) => {
    const section = /^([a-z_]+)\./.exec(origin)?.[1];
    return section === undefined ? [] : [[name, section]];
  }),
);

/** Facts of every device by number, as far as the names ask for what sections hold; none are read for other names. */
export async function readExpressionFacts(
  sql: RawSql,
  tenant: number,
  names: Iterable<string>,
): Promise<ReadonlyMap<number, DeviceValues>> {
  const sections = [...new Set([...names].flatMap((name) => sectionOf.get(name) ?? []))];
  const facts = new Map<number, DeviceValues>();
  if (sections.length === 0) return facts;
  const byHash = await readBodies(sql, tenant, sections);
  for await (const page of selectHeld(sql, tenant, sections)) {
    for (const { idx, hash } of page)
      facts.set(idx, { ...facts.get(idx), ...byHash.get(hash.toString('latin1')) });
  }
  return facts;
}

/** Facts of each slice; a body without rows gives none. */
async function readBodies(
  sql: RawSql,
  tenant: number,
  sections: readonly string[],
): Promise<ReadonlyMap<string, DeviceValues>> {
  const byHash = new Map<string, DeviceValues>();
  for await (const page of selectBodies(sql, tenant, sections)) {
    for (const { hash, body } of page) {
      const slice = inflateStored(body);
      byHash.set(hash.toString('latin1'), deriveFacts({ [slice.section]: nameRows(slice) }));
      if (byHash.size % TURN_BODIES === 0) await pause();
    }
  }
  return byHash;
}
