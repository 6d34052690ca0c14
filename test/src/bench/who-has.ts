// Bench of "who has this package": exact counts and a page of devices over a whole fleet, and what the software costs on disk.

import type { Sql } from 'postgres';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { quantile, withDatabase } from './commands-house.ts';
import { readTenant, seedDevices, seededName, seededVersion, seedSoftware } from './seed.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

const DEVICES = 100_000;
/** Questions of a round and kind, each about another package. */
const QUESTIONS = 40;
const KB = 1024;

/** A question of a person, and the statement that a database expert would ask instead. */
interface Question {
  readonly query: string;
  readonly name: string;
  readonly version: string;
}

/** Package at a place that differs from question to question; every part has 31 places. */
function questionsOf(kind: 'any' | 'old', round: number): Question[] {
  return Array.from({ length: QUESTIONS }, (_, at) => {
    const name = seededName((round * 19 + at * 3) % 64, at % 31);
    const version = seededVersion(1);
    const query =
      kind === 'any' ? `name=${name}` : `name=${name}&version=${encodeURIComponent(version)}&op=lt`;
    return { query: `${query}&limit=50`, name, version };
  });
}

/** Milliseconds of each question, over HTTP on a kept connection, and of the bare count in SQL. */
async function ask(
  server: ServerProcess,
  sql: Sql,
  { kind, round }: { readonly kind: 'any' | 'old'; readonly round: number },
): Promise<{ readonly api: number[]; readonly raw: number[] }> {
  const tenant = await readTenant(sql);
  const api: number[] = [];
  const raw: number[] = [];
  for (const { query, name, version } of questionsOf(kind, round)) {
    const fromMs = performance.now();
    const { devices } = await server.call<{ devices: number }>(`/api/v1/software?${query}`);
    api.push(performance.now() - fromMs);
    const rawMs = performance.now();
    const [row] = await sql<{ devices: number }[]>`
      SELECT coalesce(sum(s.devices), 0)::int AS devices FROM package_set s
      WHERE s.tenant = ${tenant} AND s.ids && ARRAY(
        SELECT id FROM package WHERE tenant = ${tenant} AND name = ${name} AND lower(name) = ${name}
          AND (${kind} = 'any' OR version = ANY(${[seededVersion(0)]}::text[])))`;
    raw.push(performance.now() - rawMs);
    if (row?.devices !== devices)
      throw new Error(`${name} before ${version}: the API says ${devices}, the database ${row?.devices}`);
  }
  return { api, raw };
}

async function readDiskBytes(sql: Sql): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`
    SELECT pg_total_relation_size('package') + pg_total_relation_size('package_set')
      + pg_total_relation_size('device_packages') AS bytes`;
  return Number(row?.bytes);
}

async function measure(context: BenchContext, server: ServerProcess, sql: Sql): Promise<readonly Figure[]> {
  context.say(`filling in ${DEVICES} devices with 2,000 packages each`);
  await seedDevices(sql, DEVICES);
  await seedSoftware(sql, DEVICES);
  // Code that has not run before is not what a second question costs.
  await ask(server, sql, { kind: 'any', round: 0 });
  const figures: Figure[] = [];
  for (const kind of ['any', 'old'] as const) {
    const rounds: { readonly api: number[]; readonly raw: number[] }[] = [];
    for (let round = 1; round <= context.rounds; round++)
      rounds.push(await ask(server, sql, { kind, round }));
    const of = (share: number) => summarize(rounds.map(({ api }) => quantile(api, share)));
    const raw = {
      what: 'ms, the bare count in SQL',
      value: summarize(rounds.map((one) => quantile(one.raw, 0.5))).value,
    };
    const what = kind === 'any' ? 'who has a package, any version' : 'who has it older than a version';
    figures.push(
      { name: `${what}, p50`, unit: 'ms', ...of(0.5), atMost: 20, raw },
      { name: `${what}, p95`, unit: 'ms', ...of(0.95), atMost: 20, raw },
    );
  }
  return [
    ...figures,
    {
      name: 'software of a device in the database, indexes included',
      unit: 'KB',
      value: (await readDiskBytes(sql)) / DEVICES / KB,
      atMost: 5,
      note: `${DEVICES} devices × 2,000 packages in about 5,000 distinct sets; seeded by SQL, counts as the server keeps them`,
    },
  ];
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  return withDatabase(dataDir, (sql) => measure(context, server, sql));
}

export const whoHas: Bench = {
  id: 'who-has',
  says: 'exact answers over 100,000 devices with 2,000 packages each, and their room on disk',
  run,
};
