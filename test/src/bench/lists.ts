// Bench of lists: pages of 100,000 devices at the API, in every order and narrowed in every way, beside the bare statement.
import { deflateRawSync } from 'node:zlib';
import {
  cpuInfoSection,
  kernelInfoSection,
  memoryInfoSection,
  osVersionSection,
  type Section,
  systemInfoSection,
  type Value,
  writeBody,
} from '@muster/protocol';
import type { Sql } from 'postgres';
import { roles, systems } from '../fleet/characters.ts';
import { sharedRows } from '../fleet/facts.ts';
import { until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { fillDatabase, quantile, withDatabase } from './commands-house.ts';
import { readTenant, seedDevices } from './seed.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

const DEVICES = 100_000;
/** Texts of one statement. */
const ROWS = 5_000;
/** Pages of a round and kind. */
const PAGES = 40;
/** The index reads so many devices with their inventories well within that, ms. */
const BUILD_MS = 120_000;

type Row = Readonly<Record<string, Value>>;

interface List {
  readonly items: readonly { readonly id: string }[];
  readonly count: number | null;
  readonly next: string | null;
}

const on = (text: string) => `on=${encodeURIComponent(text)}`;
const five = on(
  'os.family == "debian" && version(os.version) >= version("12") && label("env") == "prod" && seen("7d") && cpu.count >= 4',
);

/** What is asked for; each with how a person would say it. */
const kinds: Readonly<Record<string, string>> = {
  'by name': '',
  'by name, backwards': 'sort=-hostname',
  'last seen first': 'sort=-seen',
  'longest away': 'sort=seen',
  'by id': 'sort=id',
  'of one state': 'state=quarantined',
  'names that begin so': 'hostname=host-77',
  'five predicates': five,
  'five predicates, last seen first': `${five}&sort=-seen`,
  'not seen for a week': on('!seen("7d") && hostname.startsWith("host-")'),
};

/** What each device holds of a section: the text at its number, from the first again behind the last. */
async function seedSection(sql: Sql, section: Section, rows: readonly Row[]): Promise<void> {
  const tenant = await readTenant(sql);
  for (let from = 0; from < rows.length; from += ROWS) {
    const texts = rows
      .slice(from, from + ROWS)
      .map((row) => writeBody(section, { outcome: 'ok', rows: [row] }));
    const bodies = texts.map((text) => deflateRawSync(text).toString('hex'));
    await sql`
      INSERT INTO slice (tenant, hash, section, outcome, reason, row_count, raw_bytes, body)
      SELECT ${tenant}, sha256(convert_to(text, 'UTF8')), ${section.name}, 'ok', '', 1, length(text), decode(body, 'hex')
      FROM unnest(${texts}::text[], ${bodies}::text[]) AS s (text, body)
      ON CONFLICT DO NOTHING`;
    const last = rows.length > ROWS ? Math.min(from + ROWS, DEVICES) : DEVICES;
    await sql`
      INSERT INTO device_slice (tenant, idx, name, valid_from, hash)
      SELECT ${tenant}, i, ${section.name}, now(),
        sha256(convert_to((${texts}::text[])[1 + (i - ${from}) % ${texts.length}], 'UTF8'))
      FROM generate_series(${from}::int, ${last - 1}) AS i`;
  }
}

/** Systems and machines that many devices share, and a name and serial number that none does. */
async function seedInventories(sql: Sql): Promise<void> {
  const shared = roles.flatMap((role) => systems.map((system) => sharedRows({ role, system })));
  await seedSection(
    sql,
    osVersionSection,
    shared.map((rows) => rows.os_version),
  );
  await seedSection(
    sql,
    kernelInfoSection,
    shared.map((rows) => rows.kernel_info),
  );
  await seedSection(
    sql,
    cpuInfoSection,
    shared.map((rows) => rows.cpu_info),
  );
  await seedSection(
    sql,
    memoryInfoSection,
    shared.map((rows) => rows.memory_info),
  );
  const own = Array.from({ length: DEVICES }, (_, at) => ({
    hostname: `host-${at}`,
    hardware_serial: `SN${at}`,
  }));
  await seedSection(sql, systemInfoSection, own);
  await sql`
    UPDATE device SET
      labels = jsonb_build_object('env', (ARRAY['prod', 'test', 'dev'])[1 + idx % 3], 'site', 'fra'),
      state = CASE WHEN idx % 97 = 0 THEN 'quarantined' ELSE 'active' END,
      last_seen_at = now() - idx * interval '20 seconds'
    WHERE idx % 100 <> 1`;
  await sql`VACUUM (ANALYZE) device, device_slice, slice`;
}

/** 100,000 devices with what lists show of them; the server must not run. */
export async function seedFleet(sql: Sql): Promise<void> {
  await seedDevices(sql, DEVICES);
  await seedInventories(sql);
}

/** Waits until the server counts all of them. */
export async function untilIndexed(server: ServerProcess): Promise<void> {
  const isBuilt = async () =>
    (await server.call<List>('/api/v1/devices?limit=1&fields=id')).count === DEVICES;
  await until('the index is built', async () => (await isBuilt()) || undefined, BUILD_MS);
}

/** Milliseconds of each page: from the first on, each behind the one before; from the start again where a list ends. */
async function timePages(server: ServerProcess, query: string): Promise<number[]> {
  const took: number[] = [];
  let next: string | null = null;
  let count: number | null = null;
  for (let at = 0; at < PAGES; at++) {
    const path = `/api/v1/devices?limit=100&${query}${next === null ? '' : `&cursor=${next}`}`;
    const fromMs = performance.now();
    const page: List = await server.call<List>(path);
    took.push(performance.now() - fromMs);
    if (page.count === null || (count !== null && page.count !== count))
      throw new Error(`a list counted ${count}, then ${page.count}: ${query}`);
    ({ next, count } = page);
  }
  return took;
}

/** The plain statement of one page by name. */
async function timeRaw(sql: Sql): Promise<number[]> {
  const tenant = await readTenant(sql);
  const took: number[] = [];
  for (let at = 0; at < PAGES; at++) {
    const fromMs = performance.now();
    await sql`SELECT * FROM device WHERE tenant = ${tenant} AND (hostname, idx) > (${`host-${at * 17}`}, ${0})
      ORDER BY hostname, idx LIMIT 100`;
    took.push(performance.now() - fromMs);
  }
  return took;
}

async function measure(context: BenchContext, server: ServerProcess, sql: Sql): Promise<readonly Figure[]> {
  const fromMs = performance.now();
  await untilIndexed(server);
  const builtMs = performance.now() - fromMs;
  // Code that has not run before is not what a second page costs.
  for (const query of Object.values(kinds)) await timePages(server, query);
  const rounds: { readonly raw: number[]; readonly pages: Map<string, number[]> }[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const pages = new Map<string, number[]>();
    for (const [kind, query] of Object.entries(kinds)) pages.set(kind, await timePages(server, query));
    rounds.push({ raw: await timeRaw(sql), pages });
  }
  const raw = {
    what: 'ms, p95 of the bare statement of a page by name',
    value: summarize(rounds.map((one) => quantile(one.raw, 0.95))).value,
  };
  return [
    ...Object.keys(kinds).map((kind) => ({
      name: `a page of 100, ${kind}, p95`,
      ...{ unit: 'ms', atMost: 50, raw },
      ...summarize(rounds.map(({ pages }) => quantile(pages.get(kind) ?? [], 0.95))),
    })),
    {
      name: 'the index of 100,000 devices, until it answers after a start',
      ...{ unit: 's', value: builtMs / 1_000 },
      note: 'lists by name are answered meanwhile, without their count',
    },
  ];
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const dataDir = await makeBenchFolder(context, 'server');
  context.say(`filling in ${DEVICES} devices`);
  await fillDatabase(context, dataDir, seedFleet);
  const server = await startServerProcess(context, { dataDir, tls: false });
  return withDatabase(dataDir, (sql) => measure(context, server, sql));
}

export const lists: Bench = {
  id: 'lists',
  says: 'pages of 100,000 devices at the API, in every order, with exact counts',
  run,
};
