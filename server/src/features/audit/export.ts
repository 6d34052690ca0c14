// Exports of the audit: lines that muster-verify checks with the server gone, or what other systems read.
import { formatEntry, formatHash, parseEnvelope } from '@muster/protocol';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { AuditDeps } from './deps.ts';
import { EXPORT_ROWS } from './limits.ts';
import { MissingHash, readProof, readTree } from './proofs.ts';
import { type CheckpointRow, selectCheckpoints, selectEntries } from './store.ts';

/** What is exported: entries from one place to another, both included. */
export interface ExportRange {
  readonly from: number;
  readonly to: number;
}

/** An entry on its way out. */
export interface ExportEntry {
  readonly seq: number;
  readonly at: string;
  /** The event as text. */
  readonly event: string;
  readonly hash: string;
}

/** The hash of the entry before a place. */
async function readPrev({ sql, trust }: AuditDeps, from: number): Promise<Uint8Array> {
  if (from === 1) return new Uint8Array(32);
  const [row] = await selectEntries(sql, trust.tenant, { from: from - 1, to: from - 1, limit: 1 });
  if (row === undefined) throw new Error(`the audit lacks entry ${from - 1}`);
  return row.hash;
}

/** Entries in order, a batch at a time. */
export async function* readEntries(
  { sql, trust }: AuditDeps,
  { from, to }: ExportRange,
): AsyncGenerator<readonly ExportEntry[]> {
  for (let next = from; next <= to; ) {
    const page = { from: next, to, limit: EXPORT_ROWS };
    const rows = await withMappedErrors(() => selectEntries(sql, trust.tenant, page));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ seq, at, body, hash }) => ({
      ...{ seq, at: at.toISOString(), event: body },
      hash: formatHash(hash),
    }));
    next = last.seq + 1;
  }
}

const line = (value: object) => `${JSON.stringify(value)}\n`;

/** What stands before the entries: whose they are, what they go on from, and who may have signed checkpoints. */
async function writeHead(deps: AuditDeps, { from, to }: ExportRange): Promise<string> {
  const { sql, clock, crypto, trust } = deps;
  const tree = await readTree({ sql, tenant: trust.tenant, crypto }, from - 1);
  const head = {
    ...{ t: 'audit', v: 1, org: trust.org, from, to, at: new Date(clock.now()).toISOString() },
    prev: formatHash(await readPrev(deps, from)),
    parts: tree.parts().map(formatHash),
  };
  const documents: string[] = [];
  // Chains come in pieces.
  for (let version = 1; version <= trust.current().document.version; ) {
    const chain = trust.chainFrom(version);
    if (chain.length === 0) break;
    documents.push(...chain.map((envelope) => line({ t: 'trust', envelope })));
    version += chain.length;
  }
  return line(head) + documents.join('');
}

/** A checkpoint, behind the proof that it goes on from the one before. */
async function writeCheckpoint(
  { sql, crypto, log, trust }: AuditDeps,
  before: number,
  { size, envelope }: CheckpointRow,
): Promise<string> {
  const checkpoint = line({ t: 'checkpoint', envelope: parseEnvelope(envelope) });
  if (before === 0) return checkpoint;
  try {
    const hashes = await readProof({ sql, tenant: trust.tenant, crypto }, { first: before, second: size });
    return line({ t: 'proof', from: before, to: size, hashes: hashes.map(formatHash) }) + checkpoint;
  } catch (err) {
    if (!(err instanceof MissingHash)) throw err;
    // The export is the evidence of it, so it goes on: who verifies it misses the proof.
    log.error({ err }, 'something is missing in the tables of the audit');
    return checkpoint;
  }
}

/** The lines of an export that can be verified. */
export async function* writeVerifiable(deps: AuditDeps, range: ExportRange): AsyncGenerator<string> {
  const { sql, trust } = deps;
  const { org, tenant } = trust;
  yield await withMappedErrors(() => writeHead(deps, range));
  const checkpoints = await withMappedErrors(() => selectCheckpoints(sql, tenant, range));
  let prev = formatHash(await readPrev(deps, range.from));
  let count = 0;
  let before = 0;
  for await (const entries of readEntries(deps, range)) {
    let text = '';
    for (const { seq, at, event, hash } of entries) {
      text += line({ t: 'entry', entry: formatEntry({ org, seq, at, prev, event }), hash });
      prev = hash;
      count += 1;
      while (checkpoints[0] !== undefined && checkpoints[0].size <= seq) {
        const [checkpoint] = checkpoints.splice(0, 1);
        if (checkpoint === undefined) break;
        text += await withMappedErrors(() => writeCheckpoint(deps, before, checkpoint));
        before = checkpoint.size;
      }
    }
    yield text;
  }
  yield line({ t: 'end', entries: count });
}
