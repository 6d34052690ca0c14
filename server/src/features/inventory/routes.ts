// Routes of one device's inventory: sections, software, history, differences, and live questions.
import { findSection } from '@muster/protocol';
import type { Connections } from '../../core/agents/session.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { parseFields, sendPage } from '../../core/http/fields.ts';
import { decodeCursor, encodeCursor, type Keyset, PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import { requireSeen } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { type DeviceNames, DeviceParams } from '../devices/index.ts';
import type { Digests } from './digests.ts';
import { nameRows } from './facts.ts';
import type { LiveQuestions } from './live.ts';
import {
  AtQuery,
  DeviceInventory,
  DifferenceItem,
  DifferenceList,
  DifferenceQuery,
  ListQuery,
  LiveRows,
  RowsQuery,
  SectionInfo,
  SectionList,
  SectionParams,
  SectionRows,
  SoftwareItem,
  SoftwareQuery,
  TimelineItem,
  TimelineQuery,
} from './schema.ts';
import {
  describeInventory,
  listSections,
  requireState,
  showChange,
  showDifference,
  showRows,
  toAt,
} from './service.ts';
import type { SectionState } from './states.ts';
import { readPackagesAt } from './store-reads.ts';
import { type PackagePlace, readPackagePage } from './store-software.ts';
import { readDifferences, readTimeline } from './timeline.ts';

/** What the routes need. */
export interface RouteDeps {
  readonly sql: RawSql;
  readonly devices: DeviceNames;
  readonly connections: Connections;
  readonly live: LiveQuestions;
  readonly digests: Digests;
  /** Wall clock, ms. */
  now(): number;
}

const config = { permission: 'inventory.read', scope: 'device' } as const;
const tags = ['inventory'];
const byRow: Keyset<[string, number]> = { list: 'inventory:row', key: ['string', 'number'] };
const byPackage: Keyset<[string, number]> = { list: 'software:name', key: ['string', 'number'] };
const newestFirst: Keyset<[string, string]> = { list: 'timeline:newest', key: ['string', 'string'] };
/** Sorts behind every section name: no change of the given moment is left out. */
const LAST_SECTION = '~';
/** Later than any change. */
const END_OF_TIME = new Date('9999-12-31T00:00:00Z');

/** Registers the routes. */
export function registerInventoryRoutes(app: HttpApp, deps: RouteDeps): void {
  registerSections(app, deps);
  registerSoftware(app, deps);
  registerHistory(app, deps);
  registerLive(app, deps);
}

function registerSections(app: HttpApp, { sql, devices, digests }: RouteDeps): void {
  app.get(
    '/api/v1/sections',
    {
      config: { ...config, scope: 'list' },
      schema: {
        summary: 'List the sections of an inventory and their columns',
        tags,
        querystring: ListQuery,
        response: { 200: SectionList },
      },
    },
    async (request, reply) =>
      sendPage(reply, { items: listSections() }, parseFields(request.query.fields, SectionInfo)),
  );

  app.get(
    '/api/v1/devices/:id/inventory',
    {
      config,
      schema: {
        summary: 'List the sections of a device',
        tags,
        params: DeviceParams,
        querystring: AtQuery,
        response: { 200: DeviceInventory },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { idx } = await devices.find(tenant, request.params.id);
      return await withMappedErrors(() =>
        describeInventory(sql, { tenant, idx }, { at: toAt(request.query.at), digests }),
      );
    },
  );

  app.get(
    '/api/v1/devices/:id/inventory/:section',
    {
      config,
      schema: {
        summary: 'Show a section of a device',
        tags,
        params: SectionParams,
        querystring: RowsQuery,
        response: { 200: SectionRows },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { id, section } = request.params;
      const { at, limit, cursor, fields } = request.query;
      const [since, from] = decodeCursor(byRow, cursor) ?? [null, 0];
      const { idx } = await devices.find(tenant, id);
      const state = await withMappedErrors(() => requireState(sql, { tenant, idx, name: section }, toAt(at)));
      // Rows have no place of their own; a page of other content would not follow the one before.
      if (since !== null && since !== state.since.toISOString()) {
        throw fail('E_CURSOR', {
          detail: 'The section has changed since the first page; start again without the cursor.',
        });
      }
      const selected = parseFields(fields, columnsOf(section, state));
      const hasMore = from + limit < state.body.rows.length;
      const next = hasMore ? encodeCursor(byRow, [state.since.toISOString(), from + limit]) : null;
      return sendPage(reply, { ...showRows(section, state, { from, limit }), next }, selected);
    },
  );
}

function registerSoftware(app: HttpApp, { sql, devices }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/software',
    {
      config,
      schema: {
        summary: 'List the packages of a device by name',
        tags,
        params: DeviceParams,
        querystring: SoftwareQuery,
        response: { 200: PageOf(SoftwareItem) },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { at, prefix, limit, cursor, fields } = request.query;
      const selected = parseFields(fields, SoftwareItem);
      const [name, id] = decodeCursor(byPackage, cursor) ?? ['', 0];
      const after: PackagePlace = { name, id };
      const { idx } = await devices.find(tenant, request.params.id);
      const rows = await withMappedErrors(async () => {
        const held = await readPackagesAt(sql, { tenant, idx }, toAt(at));
        return held === undefined
          ? []
          : await readPackagePage(sql, held.parts, { after, prefix, limit: limit + 1 });
      });
      const page = toPage(rows, limit, {
        keyset: byPackage,
        keyOf: (row): [string, number] => [row.name, row.id],
      });
      const items = page.items.map(({ id: _id, ...item }) => item);
      return sendPage(reply, { items, next: page.next }, selected);
    },
  );
}

function registerHistory(app: HttpApp, { sql, devices }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/timeline',
    {
      config,
      schema: {
        summary: 'List the changes of a device, newest first',
        tags,
        params: DeviceParams,
        querystring: TimelineQuery,
        response: { 200: PageOf(TimelineItem) },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { from, to, limit, cursor, fields } = request.query;
      const selected = parseFields(fields, TimelineItem);
      const place = decodeCursor(newestFirst, cursor);
      const before =
        place === undefined
          ? { at: toAt(to) ?? END_OF_TIME, section: to === undefined ? LAST_SECTION : '' }
          : { at: readMoment(place[0]), section: place[1] };
      const { idx } = await devices.find(tenant, request.params.id);
      const range = { before, from: toAt(from) ?? new Date(0), limit };
      const timeline = await withMappedErrors(() => readTimeline(sql, { tenant, idx }, range));
      const { next } = timeline;
      const page = {
        items: timeline.changes.map(showChange),
        next: next === null ? null : encodeCursor(newestFirst, [next.at.toISOString(), next.section]),
      };
      return sendPage(reply, page, selected);
    },
  );

  app.get(
    '/api/v1/devices/:id/diff',
    {
      config,
      schema: {
        summary: 'Compare a device at two times, or two devices',
        tags,
        params: DeviceParams,
        querystring: DifferenceQuery,
        response: { 200: DifferenceList },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { from, to, section, fields } = request.query;
      const selected = parseFields(fields, DifferenceItem);
      const before = await devices.find(tenant, request.params.id);
      const after =
        request.query.with === undefined ? before : await devices.find(tenant, request.query.with);
      await requireSeen(request, after.idx);
      const sides = {
        before: { tenant, idx: before.idx, at: toAt(from) },
        after: { tenant, idx: after.idx, at: toAt(to) },
      };
      const found = await withMappedErrors(() => readDifferences(sql, sides, section ?? null));
      return sendPage(reply, { items: found.map(showDifference) }, selected);
    },
  );
}

/** Columns that may be selected: those of the section, and those the device sent. */
function columnsOf(name: string, { body }: SectionState): { readonly properties: object } {
  const sent = Object.fromEntries(body.columns.map((column) => [column, null]));
  return { properties: { ...findSection(name)?.columns, ...sent } };
}

/** The moment of a cursor. @throws MusterError E_CURSOR */
function readMoment(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw fail('E_CURSOR');
  return moment;
}

function registerLive(app: HttpApp, { devices, connections, live, now }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/live/:section',
    {
      config,
      schema: {
        summary: 'Ask a connected device for a live section',
        tags,
        params: SectionParams,
        querystring: ListQuery,
        response: { 200: LiveRows },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const section = findSection(request.params.section);
      if (section?.kind !== 'live') {
        throw fail('E_NOT_FOUND', { detail: 'There is no live section of that name; see /api/v1/sections.' });
      }
      const selected = parseFields(request.query.fields, { properties: section.columns });
      const { idx } = await devices.find(tenant, request.params.id);
      const session = connections.find(tenant, idx);
      if (session === undefined) throw fail('E_DEVICE_OFFLINE');
      const body = await live.ask(session, section);
      const answer = {
        name: section.name,
        at: new Date(now()).toISOString(),
        outcome: body.outcome,
        reason: body.reason,
        items: nameRows(body),
      };
      return sendPage(reply, answer, selected);
    },
  );
}
