// Route of alerts: open ones first.
import { withMappedErrors } from '../../core/db/failures.ts';
import { parseFields, sendPage } from '../../core/http/fields.ts';
import { decodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { AlertsDeps } from './deps.ts';
import { Alert, AlertQuery } from './schema.ts';
import { type AlertRow, selectAlerts } from './store.ts';

const openFirst: Keyset<[boolean, string, number]> = {
  list: 'alerts:open',
  key: ['boolean', 'string', 'number'],
};

function toAlert(
  row: AlertRow,
  device: { readonly id: string; readonly hostname: string } | undefined,
): Alert {
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
  };
}

/** Registers the route. */
export function registerAlertRoutes(app: HttpApp, { sql, devices }: AlertsDeps): void {
  app.get(
    '/api/v1/alerts',
    {
      config: { permission: 'alerts.read' },
      schema: {
        summary: 'List alerts, open ones first',
        tags: ['alerts'],
        querystring: AlertQuery,
        response: { 200: PageOf(Alert) },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { limit, cursor, state, device, fields } = request.query;
      const selected = parseFields(fields, Alert);
      const idx = device === undefined ? null : (await devices.find(tenant, device)).idx;
      const filter = { idx, isOpen: state === undefined ? null : state === 'open' };
      const key = decodeCursor(openFirst, cursor);
      const after = key === undefined ? null : { isOpen: key[0], firedAt: new Date(key[1]), id: key[2] };
      const rows = await withMappedErrors(() =>
        selectAlerts(sql, tenant, { filter, after, limit: limit + 1 }),
      );
      const page = toPage(rows, limit, {
        keyset: openFirst,
        keyOf: (row) => [row.clearedAt === null, row.firedAt.toISOString(), row.id],
      });
      const names = await devices.name(
        tenant,
        page.items.map((row) => row.idx),
      );
      const items = page.items.map((row) => toAlert(row, names.get(row.idx)));
      return sendPage(reply, { items, next: page.next }, selected);
    },
  );
}
