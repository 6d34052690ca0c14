// What the owner of the database can do to the tables of the audit.
import { FIRST_PREV, formatEntry, formatHash, hashEntry } from '@muster/protocol';
import { pick } from '../check.ts';
import { crypto } from '../lab/party.ts';
import type { Tx } from './house.ts';

/** Does something to the tables, with triggers switched off. */
export type TamperDatabase = (tx: Tx, random: () => number) => Promise<void>;

async function pickSeq(tx: Tx, random: () => number, from = 1): Promise<number> {
  const rows = await tx<{ size: number }[]>`SELECT max(size) AS size FROM audit_checkpoint`;
  const size = rows[0]?.size ?? 0;
  return from + Math.floor(random() * (size - from));
}

async function editBody(tx: Tx, seq: number): Promise<void> {
  await tx`UPDATE audit_event SET body = replace(replace(body, '"outcome":"done"', '"outcome":"d0ne"'), 'refused', 'refuse2')
    WHERE seq = ${seq}`;
}

/** Makes every hash fit again, from the first entry on, and the end of the chain. */
async function rehash(tx: Tx): Promise<void> {
  const [organization] = await tx<{ id: string }[]>`SELECT id FROM organization`;
  const org = organization?.id ?? '';
  const rows = await tx<
    { seq: number; at: Date; body: string }[]
  >`SELECT seq, at, body FROM audit_event ORDER BY seq`;
  let prev = FIRST_PREV;
  for (const { seq, at, body } of rows) {
    const hash = hashEntry(formatEntry({ org, seq, at: at.toISOString(), prev, event: body }), crypto);
    await tx`UPDATE audit_event SET hash = ${Buffer.from(hash)} WHERE seq = ${seq}`;
    await tx`UPDATE audit_head SET hash = ${Buffer.from(hash)}, size = ${seq}`;
    prev = formatHash(hash);
  }
}

/** By name. */
export const databaseTampers: Readonly<Record<string, TamperDatabase>> = {
  'edit a row': async (tx, random) => editBody(tx, await pickSeq(tx, random)),
  'edit a time': async (tx, random) => {
    await tx`UPDATE audit_event SET at = at + interval '1 second' WHERE seq = ${await pickSeq(tx, random)}`;
  },
  'edit a hash': async (tx, random) => {
    await tx`UPDATE audit_event SET hash = sha256(hash) WHERE seq = ${await pickSeq(tx, random)}`;
  },
  'delete a row': async (tx, random) => {
    await tx`DELETE FROM audit_event WHERE seq = ${await pickSeq(tx, random)}`;
  },
  'delete a row and move up': async (tx, random) => {
    const seq = await pickSeq(tx, random);
    await tx`DELETE FROM audit_event WHERE seq = ${seq}`;
    await tx`UPDATE audit_event SET seq = seq - 1 WHERE seq > ${seq}`;
    await rehash(tx);
    await tx`UPDATE audit_checkpoint SET size = size - 1 WHERE size >= ${seq}`;
  },
  'insert a row': async (tx, random) => {
    const seq = await pickSeq(tx, random);
    await tx`INSERT INTO audit_event (tenant, seq, at, body, hash)
      SELECT tenant, seq, at + interval '1 millisecond', body, hash FROM audit_event WHERE seq = ${seq}`;
  },
  'exchange two rows': async (tx, random) => {
    const seq = await pickSeq(tx, random, 2);
    await tx`UPDATE audit_event SET body = other.body FROM audit_event AS other
      WHERE (audit_event.seq = ${seq} AND other.seq = ${seq - 1}) OR (audit_event.seq = ${seq - 1} AND other.seq = ${seq})`;
  },
  'edit a row and all hashes': async (tx, random) => {
    await editBody(tx, await pickSeq(tx, random));
    await rehash(tx);
  },
  'cut off behind a checkpoint': async (tx, random) => {
    const sizes = await tx<{ size: number }[]>`SELECT size FROM audit_checkpoint ORDER BY size`;
    const { size } = pick(sizes.slice(0, -1), random);
    await tx`DELETE FROM audit_event WHERE seq > ${size}`;
    await tx`DELETE FROM audit_checkpoint WHERE size > ${size}`;
    await tx`UPDATE audit_head SET size = ${size}, hash = (SELECT hash FROM audit_event WHERE seq = ${size})`;
  },
  'exchange a checkpoint': async (tx, random) => {
    const sizes = await tx<{ size: number }[]>`SELECT size FROM audit_checkpoint ORDER BY size`;
    const { size } = pick(sizes.slice(1), random);
    await tx`UPDATE audit_checkpoint SET envelope = (SELECT envelope FROM audit_checkpoint ORDER BY size LIMIT 1)
      WHERE size = ${size}`;
  },
};
