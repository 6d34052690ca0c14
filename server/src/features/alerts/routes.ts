// Routes of alerts: open ones first, one of them, and who looks after them.
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { parseFields, sendPage } from '../../core/http/fields.ts';
import { decodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { type Principal, principalOf } from '../../core/http/permission.ts';
import { readScope, requireSeen } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { type Asker, isHolder, settle, type Wish } from './acknowledge.ts';
import type { AlertsDeps } from './deps.ts';
import { Acknowledge, Acknowledgment, Alert, AlertParams, AlertQuery, GiveBack } from './schema.ts';
import { type AlertRow, selectAlerts, selectSome } from './store.ts';
import type { Holder } from './store-acknowledge.ts';

const tags = ['alerts'];
const reading = { permission: 'alerts.read', scope: 'list' } as const;
/** No proof of presence: it is about alerts that one sees, with a name on each, and is done at night on a phone. */
const acknowledging = { permission: 'alerts.acknowledge', scope: 'list' } as const;

const openFirst: Keyset<[boolean, string, number]> = {
  list: 'alerts:open',
  key: ['boolean', 'string', 'number'],
};

/** As whom the caller has alerts: a person by his name, whatever he calls his token. */
function holderOf({ via, name, handle, person }: Principal): Holder {
  return { name: via === 'session' ? name : (handle ?? name), person };
}

interface NamedDevice {
  readonly id: string;
  readonly hostname: string;
}

function toAlert(row: AlertRow, device: NamedDevice | undefined, reader: Holder): Alert {
  const { takenAt, takenBy, takenComment: comment } = row;
  return {
    id: row.id,
    deviceId: device?.id ?? '',
    hostname: device?.hostname ?? '',
    rule: row.rule,
    series: row.series,
    severity: row.severity,
    state: row.clearedAt === null ? 'open' : 'cleared',
    value: row.value,
    threshold: row.threshold,
    since: row.since.toISOString(),
    firedAt: row.firedAt.toISOString(),
    clearedAt: row.clearedAt?.toISOString() ?? null,
    acknowledged:
      takenAt === null || takenBy === null
        ? null
        : { by: takenBy, at: takenAt.toISOString(), comment, isYours: isHolder(row, reader) },
  };
}

/** As they are shown to the caller. */
async function toAlerts(
  request: FastifyRequest,
  { devices }: AlertsDeps,
  rows: readonly AlertRow[],
): Promise<Alert[]> {
  const names = await devices.name(
    principalOf(request).tenant,
    rows.map((row) => row.idx),
  );
  return nameAlerts(request, rows, names);
}

function nameAlerts(
  request: FastifyRequest,
  rows: readonly AlertRow[],
  names: ReadonlyMap<number, NamedDevice>,
): Alert[] {
  const reader = holderOf(principalOf(request));
  return rows.map((row) => toAlert(row, names.get(row.idx), reader));
}

/** Registers the routes. */
export function registerAlertRoutes(app: HttpApp, deps: AlertsDeps): void {
  registerReads(app, deps);
  registerAcknowledging(app, deps);
}

function registerReads(app: HttpApp, deps: AlertsDeps): void {
  const { sql, devices } = deps;
  app.get(
    '/api/v1/alerts',
    {
      config: reading,
      schema: {
        summary: 'List alerts, open ones first',
        tags,
        querystring: AlertQuery,
        response: { 200: PageOf(Alert) },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { limit, cursor, state, acknowledged: isTaken = null, device, fields } = request.query;
      const selected = parseFields(fields, Alert);
      const idx = device === undefined ? null : (await devices.find(tenant, device)).idx;
      const scope = await readScope(request);
      if (idx !== null) await requireSeen(request, idx);
      const filter = { idx, scope, isTaken, isOpen: state === undefined ? null : state === 'open' };
      const key = decodeCursor(openFirst, cursor);
      const after = key === undefined ? null : { isOpen: key[0], firedAt: new Date(key[1]), id: key[2] };
      const rows = await withMappedErrors(() =>
        selectAlerts(sql, tenant, { filter, after, limit: limit + 1 }),
      );
      const page = toPage(rows, limit, {
        keyset: openFirst,
        keyOf: (row) => [row.clearedAt === null, row.firedAt.toISOString(), row.id],
      });
      const items = await toAlerts(request, deps, page.items);
      return sendPage(reply, { items, next: page.next }, selected);
    },
  );
  app.get(
    '/api/v1/alerts/:id',
    {
      config: reading,
      schema: { summary: 'Show an alert', tags, params: AlertParams, response: { 200: Alert } },
    },
    async (request) => {
      const scope = await readScope(request);
      const rows = await withMappedErrors(() =>
        selectSome(sql, principalOf(request).tenant, [request.params.id]),
      );
      const [alert] = await toAlerts(
        request,
        deps,
        rows.filter(({ idx }) => scope?.has(idx) !== false),
      );
      if (alert === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no alert with that number.' });
      return alert;
    },
  );
}

/** Who acknowledges what he does not see acknowledges nothing. */
async function askerOf(request: FastifyRequest): Promise<Asker> {
  const principal = principalOf(request);
  if (!principal.permissions.has('alerts.read'))
    throw fail('E_FORBIDDEN', { detail: 'This needs the permission alerts.read.' });
  const scopes = [await readScope(request), await readScope(request, 'alerts.read')];
  return { tenant: principal.tenant, holder: holderOf(principal), origin: originOf(request), scopes };
}

function registerAcknowledging(app: HttpApp, deps: AlertsDeps): void {
  async function answer(request: FastifyRequest, wish: Wish): Promise<Acknowledgment> {
    const { rows, names, refused } = await settle(deps, await askerOf(request), wish);
    return { items: nameAlerts(request, rows, names), refused: [...refused] };
  }
  app.post(
    '/api/v1/alerts/acknowledge',
    {
      config: acknowledging,
      schema: {
        summary: 'Acknowledge open alerts: the caller has them, until they are over or given back',
        tags,
        body: Acknowledge,
        response: { 200: Acknowledgment },
      },
    },
    (request) => {
      const { alerts: ids, comment } = request.body;
      return answer(request, { what: 'acknowledge', ids, comment: comment.trim() });
    },
  );
  app.post(
    '/api/v1/alerts/give-back',
    {
      config: acknowledging,
      schema: {
        summary: 'Give acknowledged alerts back, one\u2019s own or those of others: nobody has them',
        tags,
        body: GiveBack,
        response: { 200: Acknowledgment },
      },
    },
    (request) => {
      const at = new Map(
        request.body.alerts.map((one) => [one.id, one.at === undefined ? undefined : Date.parse(one.at)]),
      );
      return answer(request, { what: 'give-back', ids: [...at.keys()], at });
    },
  );
}
