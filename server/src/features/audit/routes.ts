// Routes of the audit: list, checkpoint, proof, export.
import { Readable } from 'node:stream';
import { formatHash } from '@muster/protocol';
import { done, originOf, writeAudit } from '../../core/audit/audit.ts';
import { type AuditFilter, selectPending } from '../../core/audit/store.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { decodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import type { AuditDeps } from './deps.ts';
import { readEntries, writeVerifiable } from './export.ts';
import { toOcsf, toSyslog } from './formats.ts';
import { readProof } from './proofs.ts';
import {
  AuditEventView,
  AuditQuery,
  CheckpointView,
  ConsistencyQuery,
  ConsistencyView,
  ExportQuery,
} from './schema.ts';
import type { Sealer } from './sealer.ts';
import { selectHead, selectNewest, selectNextCheckpoint } from './store.ts';

const config = { permission: 'audit.read', scope: 'organization' } as const;
/** All of it in one file: whoever takes that away is there himself. */
const taking = { ...config, stepUp: true } as const;
const tags = ['audit'];
const newestFirst: Keyset<[number]> = { list: 'audit:newest', key: ['number'] };

/** An event on its way to the API; `seq` is null while it waits to be sealed. */
interface Listed {
  readonly seq: number | null;
  readonly at: Date;
  readonly body: string;
  readonly hash: Uint8Array | null;
}

function toView({ seq, at, body, hash }: Listed): AuditEventView {
  const event = JSON.parse(body) as Omit<AuditEventView, 'seq' | 'at' | 'hash'>;
  return { ...event, seq, at: at.toISOString(), hash: hash === null ? null : formatHash(hash) };
}

function toFilter({ act, actor, subject, outcome, from, to }: AuditQuery): AuditFilter {
  const day = (text: string | undefined) => (text === undefined ? null : new Date(text));
  return {
    ...{ act: act ?? null, actor: actor ?? null, subject: subject ?? null, outcome: outcome ?? null },
    ...{ from: day(from), to: day(to) },
  };
}

/** Newest first; what waits to be sealed stands before everything else, on the first page only. */
async function findPage({ sql, trust }: AuditDeps, query: AuditQuery) {
  const { tenant } = trust;
  const { limit } = query;
  const filter = toFilter(query);
  const key = decodeCursor(newestFirst, query.cursor);
  const page = { filter, limit: limit + 1 };
  const before = key?.[0] ?? null;
  // What is sealed in between stands in both: asked for in this order, never in neither.
  const pending = key === undefined ? await selectPending(sql, tenant, page) : [];
  const sealed = await selectNewest(sql, tenant, { ...page, before });
  const rows: Listed[] = [...pending.map(({ at, body }) => ({ seq: null, at, body, hash: null })), ...sealed];
  // A page that ends among those that wait goes on with whatever is sealed by then.
  const keyOf = ({ seq }: Listed): [number] => [seq ?? Number.MAX_SAFE_INTEGER];
  const { items, next } = toPage(rows, limit, { keyset: newestFirst, keyOf });
  return { items: items.map(toView), next };
}

/** Registers the routes. */
export function registerAuditRoutes(app: HttpApp, deps: AuditDeps, sealer: Sealer): void {
  app.get(
    '/api/v1/audit',
    {
      config,
      schema: {
        summary: 'List what was done and refused, newest first',
        tags,
        querystring: AuditQuery,
        response: { 200: PageOf(AuditEventView) },
      },
    },
    (request) => withMappedErrors(() => findPage(deps, request.query)),
  );
  registerProofs(app, deps, sealer);
  registerExport(app, deps, sealer);
}

function registerProofs(app: HttpApp, deps: AuditDeps, sealer: Sealer): void {
  const { sql, crypto, trust } = deps;
  app.get(
    '/api/v1/audit/checkpoint',
    {
      config,
      schema: { summary: 'Show the newest signed checkpoint', tags, response: { 200: CheckpointView } },
    },
    async () => {
      const newest = sealer.newest();
      if (newest === null)
        throw fail('E_NOT_FOUND', { detail: 'There is no checkpoint yet; the first comes within a minute.' });
      const { size, envelope } = newest;
      return { size, envelope: { ...envelope, signatures: envelope.signatures.map((one) => ({ ...one })) } };
    },
  );
  app.get(
    '/api/v1/audit/consistency',
    {
      config,
      schema: {
        summary: 'Prove that the audit of one size is the beginning of that of another',
        tags,
        querystring: ConsistencyQuery,
        response: { 200: ConsistencyView },
      },
    },
    async (request) => {
      const { from, to } = request.query;
      const { size } = await withMappedErrors(() => selectHead(sql, trust.tenant));
      if (from > to || to > size)
        throw fail('E_RANGE', { detail: `Sizes go from 1 to ${size}, the smaller first.` });
      const place = { sql, crypto, tenant: trust.tenant };
      const hashes = await withMappedErrors(() => readProof(place, { first: from, second: to }));
      return { from, to, hashes: hashes.map(formatHash) };
    },
  );
}

/** What each format is sent as. */
const mediaTypes = {
  json: 'application/x-ndjson',
  syslog: 'text/plain; charset=utf-8',
  ocsf: 'application/x-ndjson',
} as const satisfies Record<ExportQuery['format'], string>;

async function* writeLines(
  deps: AuditDeps,
  { format, ...range }: { readonly format: 'syslog' | 'ocsf'; readonly from: number; readonly to: number },
): AsyncGenerator<string> {
  for await (const entries of readEntries(deps, range))
    yield entries
      .map((entry) => (format === 'ocsf' ? toOcsf(entry) : toSyslog(entry, deps.trust.org)))
      .join('');
}

function registerExport(app: HttpApp, deps: AuditDeps, sealer: Sealer): void {
  app.get(
    '/api/v1/audit/export',
    {
      config: taking,
      schema: {
        summary: 'Export the audit',
        description:
          'Format json can be verified by muster-verify with the server gone: it carries the bytes of each entry, hashes, signed checkpoints, proofs between them, and the chain of trust documents.',
        tags,
        querystring: ExportQuery,
      },
    },
    async (request, reply) => {
      const { format, from } = request.query;
      const { tenant } = principalOf(request);
      const detail = { format, from, to: request.query.to ?? null };
      await withMappedErrors(() =>
        writeAudit(deps.sql, done(originOf(request), { tenant, act: 'audit.export', subject: null, detail })),
      );
      const newest = await withMappedErrors(() => sealer.checkpoint());
      const to = await withMappedErrors(() =>
        selectNextCheckpoint(deps.sql, tenant, request.query.to ?? newest?.size ?? 0),
      );
      if (from > to) throw fail('E_RANGE', { detail: `There are entries from 1 to ${newest?.size ?? 0}.` });
      const range = { from, to };
      const lines = format === 'json' ? writeVerifiable(deps, range) : writeLines(deps, { format, ...range });
      return reply
        .type(mediaTypes[format])
        .header('content-disposition', `attachment; filename="audit-${from}-${to}.${format}"`)
        .send(Readable.from(lines) as never);
    },
  );
}
