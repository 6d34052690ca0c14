// Bench of metrics into PostgreSQL: devices that send their hours as fast as they are acknowledged, beside a bare COPY of the same chunks.
import { finished } from 'node:stream/promises';
import type { Sql } from 'postgres';
import { startNode } from '../support/processes.ts';
import { until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { makeHour, NUMBERS_A_CHUNK, SAMPLES_A_CHUNK } from './chunk-load.ts';
import { withDatabase } from './commands-house.ts';
import { enrollFleet } from './load.ts';
import { readCpuMs } from './proc.ts';
import { benchProgram, makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';
import { readWalBytes } from './wal.ts';

const DEVICES = 400;
/** Hours that each device sends in a round: six days it was away. */
const HOURS = 144;
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 300_000;

/** What a way of storing reached. */
interface Rate {
  readonly chunksPerSecond: number;
  /** Added to the log of the database a chunk. */
  readonly walBytes: number;
}

/** What the server reached, and what it cost. */
interface ServerRate extends Rate {
  readonly cpuUs: number;
  readonly databaseUs: number;
  readonly chunkBytes: number;
}

/** Processor time of PostgreSQL's processes that live, ms. */
async function readDatabaseMs(server: ServerProcess): Promise<number> {
  return (await server.postgres()).reduce((sum, pid) => sum + readCpuMs(pid), 0);
}

/** All devices send, each chunk is acknowledged after its commit. */
async function measureServer(
  context: BenchContext,
  { server, devicesFile, sql }: House,
  round: number,
): Promise<ServerRate> {
  const args = [server.url, devicesFile, String(HOURS), String(round * HOURS)];
  const walFrom = await readWalBytes(sql);
  const cpuFrom = readCpuMs(server.pid);
  const databaseFrom = await readDatabaseMs(server);
  const program = startNode(context, [benchProgram('drive-chunks'), ...args]);
  let failed = '';
  void program.ended.then((end) => {
    failed = `the driver ended with ${end}: ${program.output()}`;
  });
  const line = await until(
    'all chunks are acknowledged',
    () => {
      const found = /^\{.*\}$/m.exec(program.output());
      if (found === null && failed !== '') throw new Error(failed);
      return found;
    },
    PATIENCE_MS,
  );
  const { chunks, bytes, ms } = JSON.parse(line[0]) as { chunks: number; bytes: number; ms: number };
  await program.ended;
  return {
    chunksPerSecond: (chunks / ms) * 1_000,
    walBytes: ((await readWalBytes(sql)) - walFrom) / chunks,
    cpuUs: ((readCpuMs(server.pid) - cpuFrom) * 1_000) / chunks,
    databaseUs: (((await readDatabaseMs(server)) - databaseFrom) * 1_000) / chunks,
    chunkBytes: bytes / chunks,
  };
}

/** Microseconds between the epochs of Unix and of PostgreSQL. */
const PG_EPOCH_US = 946_684_800_000_000n;

/** A row in the binary form of COPY: each value behind its length. */
function formatRow(
  idx: number,
  seq: number,
  { fromMs, chunk }: { fromMs: number; chunk: Uint8Array },
): Buffer {
  const head = Buffer.alloc(2 + 8 + 8 + 12 + 12 + 6 + 4);
  let at = head.writeInt16BE(6, 0);
  for (const int of [0, idx]) at = head.writeInt32BE(int, head.writeInt32BE(4, at));
  at = head.writeBigInt64BE(BigInt(fromMs) * 1_000n - PG_EPOCH_US, head.writeInt32BE(8, at));
  at = head.writeBigInt64BE(BigInt(seq), head.writeInt32BE(8, at));
  at = head.writeInt16BE(60, head.writeInt32BE(2, at));
  head.writeInt32BE(chunk.length, at);
  return Buffer.concat([head, chunk]);
}

/** The same rows by COPY into a table of the same form, one stream and one transaction: nothing that is durable is faster. */
async function measureCopy(sql: Sql, round: number): Promise<Rate> {
  const lastMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (round * HOURS + 1) * HOUR_MS;
  const hours = Array.from({ length: HOURS }, (_, at) => {
    const fromMs = lastMs - (HOURS - 1 - at) * HOUR_MS;
    return { fromMs, chunk: makeHour(fromMs, 1 + round * HOURS + at) };
  });
  await sql`DROP TABLE IF EXISTS bench_chunk`;
  await sql`CREATE TABLE bench_chunk (LIKE metric_chunk INCLUDING ALL)`;
  const walFrom = await readWalBytes(sql);
  const fromMs = performance.now();
  const stream =
    await sql`COPY bench_chunk (tenant, idx, starts_at, seq, points, chunk) FROM STDIN (FORMAT binary)`.writable();
  stream.write(Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]));
  for (let idx = 0; idx < DEVICES; idx++) {
    const rows = hours.map((hour, at) => formatRow(idx, round * HOURS + at + 1, hour));
    if (!stream.write(Buffer.concat(rows))) await new Promise((resolve) => stream.once('drain', resolve));
  }
  const last = Buffer.alloc(2);
  last.writeInt16BE(-1);
  stream.end(last);
  await finished(stream);
  const ms = performance.now() - fromMs;
  const chunks = DEVICES * HOURS;
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM bench_chunk`;
  if (row?.count !== chunks) throw new Error(`COPY stored ${row?.count} of ${chunks} rows`);
  return { chunksPerSecond: (chunks / ms) * 1_000, walBytes: ((await readWalBytes(sql)) - walFrom) / chunks };
}

/** What is measured on. */
interface House {
  readonly server: ServerProcess;
  readonly devicesFile: string;
  readonly sql: Sql;
}

async function measure(context: BenchContext, house: House): Promise<readonly Figure[]> {
  const ours: ServerRate[] = [];
  const copy: Rate[] = [];
  for (let round = 0; round < context.rounds; round++) {
    context.say(`round ${round + 1} of ${context.rounds}`);
    ours.push(await measureServer(context, house, round));
    copy.push(await measureCopy(house.sql, round));
  }
  const expected = DEVICES * HOURS * context.rounds;
  const [row] = await house.sql<{ count: number }[]>`SELECT count(*)::int AS count FROM metric_chunk`;
  if (row?.count !== expected) throw new Error(`${row?.count} of ${expected} chunks are stored`);
  const rate = (all: readonly Rate[], numbers: number) =>
    summarize(all.map(({ chunksPerSecond }) => chunksPerSecond * numbers));
  const copied = rate(copy, NUMBERS_A_CHUNK).value;
  const ratio = summarize(
    ours.map(({ chunksPerSecond }, at) => chunksPerSecond / (copy[at]?.chunksPerSecond ?? 0)),
  );
  return [
    {
      name: 'numbers a second, acknowledged after the commit',
      unit: '/s',
      ...rate(ours, NUMBERS_A_CHUNK),
      atLeast: 2_000_000,
      raw: { what: '/s, bare COPY of the same chunks', value: copied },
      note: `${DEVICES} devices send ${HOURS} hours of 20 series (mean and most of 60 minutes); ${Math.round(ours[0]?.chunkBytes ?? 0)} B a chunk; driver, server and PostgreSQL on the same cores`,
    },
    { name: 'share of bare COPY', unit: '', ...ratio, atLeast: 0.5 },
    {
      name: 'samples taken on the device that they stand for, a second',
      unit: '/s',
      ...rate(ours, SAMPLES_A_CHUNK),
    },
    {
      name: 'processor time of the server a chunk',
      unit: 'µs',
      ...summarize(ours.map(({ cpuUs }) => cpuUs)),
    },
    {
      name: 'processor time of PostgreSQL a chunk',
      unit: 'µs',
      ...summarize(ours.map(({ databaseUs }) => databaseUs)),
    },
    {
      name: 'added to the log of the database a number',
      unit: 'B',
      ...summarize(ours.map(({ walBytes }) => walBytes / NUMBERS_A_CHUNK)),
      raw: {
        what: 'B, bare COPY',
        value: summarize(copy.map(({ walBytes }) => walBytes / NUMBERS_A_CHUNK)).value,
      },
    },
  ];
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  const devicesFile = await enrollFleet(context, server, DEVICES);
  return withDatabase(dataDir, (sql) => measure(context, { server, devicesFile, sql }));
}

export const ingest: Bench = {
  id: 'ingest',
  says: 'metrics a second into PostgreSQL, acknowledged after the commit, beside bare COPY',
  run,
};
