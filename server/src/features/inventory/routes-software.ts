// Routes about software of all devices: who has a package, and which packages there are.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { parseFields, sendPage } from '../../core/http/fields.ts';
import { decodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { DeviceNames } from '../devices/index.ts';
import { Holder, Holders, HoldersQuery, NameItem, NamesQuery } from './schema.ts';
import { countVersions, findSoftware, listHolders } from './service.ts';
import { findNames } from './store-software.ts';
import { findNamesWithin } from './store-software-scope.ts';

const config = { permission: 'inventory.read', scope: 'list' } as const;
const tags = ['software'];
const byDevice: Keyset<[number]> = { list: 'holders:device', key: ['number'] };
const byName: Keyset<[string, string]> = { list: 'package-names', key: ['string', 'string'] };

/** Registers the routes. */
export function registerSoftwareRoutes(
  app: HttpApp,
  { sql, devices }: { readonly sql: RawSql; readonly devices: DeviceNames },
): void {
  app.get(
    '/api/v1/software',
    {
      config,
      schema: {
        summary: 'Find the devices that have a package',
        tags,
        querystring: HoldersQuery,
        response: { 200: Holders },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { limit, cursor, fields } = request.query;
      const selected = parseFields(fields, Holder);
      const [afterIdx] = decodeCursor(byDevice, cursor) ?? [-1];
      const scope = await readScope(request);
      const { found, rows } = await withMappedErrors(async () => {
        const found = await findSoftware(sql, tenant, { ...request.query, scope });
        return { found, rows: await listHolders(sql, tenant, { found, afterIdx, limit: limit + 1, scope }) };
      });
      const page = toPage(rows, limit, { keyset: byDevice, keyOf: (row): [number] => [row.idx] });
      const names = await devices.name(
        tenant,
        page.items.map(({ idx }) => idx),
      );
      const answer = {
        devices: found.devices,
        versions: countVersions(found),
        items: page.items.map(({ idx, packages }) => ({
          id: names.get(idx)?.id ?? '',
          hostname: names.get(idx)?.hostname ?? '',
          packages: packages.map(({ ecosystem, version, arch }) => ({ ecosystem, version, arch })),
        })),
        next: page.next,
      };
      return sendPage(reply, answer, selected);
    },
  );

  app.get(
    '/api/v1/software/names',
    {
      config,
      schema: {
        summary: 'List package names that begin so',
        tags,
        querystring: NamesQuery,
        response: { 200: PageOf(NameItem) },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { prefix, limit, cursor, fields } = request.query;
      const selected = parseFields(fields, NameItem);
      const [name, ecosystem] = decodeCursor(byName, cursor) ?? ['', ''];
      const wish = { prefix, after: { name, ecosystem }, limit: limit + 1 };
      const scope = await readScope(request);
      const rows = await withMappedErrors(() =>
        scope === null ? findNames(sql, tenant, wish) : findNamesWithin(sql, tenant, { ...wish, scope }),
      );
      const page = toPage(rows, limit, {
        keyset: byName,
        keyOf: (row): [string, string] => [row.name, row.ecosystem],
      });
      return sendPage(reply, page, selected);
    },
  );
}
