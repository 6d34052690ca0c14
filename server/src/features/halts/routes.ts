// Routes of halts: stop, see, lift.
import { decodeBase64url, parseEnvelope, readTimeMs } from '@muster/protocol';
import { type Halt, parseDocument } from '@muster/protocol/commands';
import { originOf } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { SignedBody } from '../../core/http/signed.ts';
import type { HaltsDeps } from './deps.ts';
import type { HaltRecord, HaltRegistry } from './registry.ts';
import { HaltList, HaltParams, HaltView } from './schema.ts';
import { type HaltRow, selectNewest } from './store.ts';

/** Halts that a list shows. */
const LIST_ROWS = 200;
const tags = ['halts'];

/** A halt as the API shows it. */
function toView(row: Pick<HaltRow, 'id' | 'envelope' | 'liftedAt'>, nowMs: number): HaltView {
  const envelope = parseEnvelope(row.envelope);
  const halt = parseDocument<Halt>(decodeBase64url(envelope.payload), 'halt');
  const { scope, requester, reason, at, until } = halt;
  const isOver = readTimeMs(until) <= nowMs;
  return {
    id: row.id,
    state: row.liftedAt !== null ? 'lifted' : isOver ? 'over' : 'in-force',
    what: scope.what,
    scope: scope.what === 'kind' ? scope.kind : scope.what === 'command' ? scope.cmdId : '',
    requester,
    reason,
    at,
    until,
    liftedAt: row.liftedAt?.toISOString() ?? null,
    envelope: { ...envelope, signatures: envelope.signatures.map((one) => ({ ...one })) },
  };
}

/** Registers the routes. */
export function registerHaltRoutes(app: HttpApp, deps: HaltsDeps, registry: HaltRegistry): void {
  const { sql, clock, trust } = deps;
  const view = (record: HaltRecord) => toView(record.row, clock.now());

  app.post(
    '/api/v1/halts',
    {
      config: { permission: 'halts.write', scope: 'organization' },
      schema: {
        summary: 'Halt everything, a kind or a command, by a signed halt',
        tags,
        body: SignedBody,
        response: { 201: HaltView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(view(await registry.add(request.body.envelope, originOf(request)))),
  );

  app.get(
    '/api/v1/halts',
    {
      config: { permission: 'halts.read', scope: 'organization' },
      schema: { summary: 'List the newest halts', tags, response: { 200: HaltList } },
    },
    async () => {
      const rows = await withMappedErrors(() => selectNewest(sql, trust.tenant, LIST_ROWS));
      const nowMs = clock.now();
      return { halts: rows.map((row) => toView(row, nowMs)) };
    },
  );

  app.post(
    '/api/v1/halts/:id/lift',
    {
      config: { permission: 'halts.write', scope: 'organization' },
      schema: {
        summary: 'Lift a halt by a signed lift; two signers in hardened mode',
        tags,
        params: HaltParams,
        body: SignedBody,
        response: { 200: HaltView },
      },
    },
    async (request) => view(await registry.lift(request.params.id, request.body.envelope, originOf(request))),
  );
}
