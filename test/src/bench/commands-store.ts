// Bench of an order for 100,000 devices: from the click to the answer that it is durable, and what it adds to the log of the database.
import type { Sql } from 'postgres';
import { pause, until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { type CommandHouse, startCommandHouse, withDatabase } from './commands-house.ts';
import { seedDevices } from './seed.ts';
import { readWalBytes } from './wal.ts';

const DEVICES = 100_000;
/** Orders of a round; the first of all is told apart, since code is compiled and caches are filled by it. */
const ORDERS = 5;
/** The database settles after so many new rows, ms. */
const SETTLE_MS = 3_000;
/** It has read them well before that, ms. */
const READ_MS = 60_000;

/** An order beside a plain INSERT of the same bytes. */
interface Stored {
  readonly ms: number;
  readonly walBytes: number;
  readonly rawMs: number;
  readonly rawWalBytes: number;
}

async function addDevices(sql: Sql): Promise<void> {
  await seedDevices(sql, DEVICES);
  await sql`CREATE TABLE bench_raw (number bigint GENERATED ALWAYS AS IDENTITY, block integer, states bytea)`;
}

/** The server answers which devices an expression means as soon as it has read them all. */
async function untilListed({ server }: CommandHouse): Promise<void> {
  const read = () => server.call<{ count: number | null }>('/api/v1/devices?limit=1&fields=id');
  await until(
    'the server has read its devices',
    async () => (await read()).count !== null || undefined,
    READ_MS,
  );
}

/** What the work added to the log, and how long it took, ms. */
async function measureWal<T>(sql: Sql, work: () => Promise<T>): Promise<{ walBytes: number; ms: number }> {
  const before = await readWalBytes(sql);
  const fromMs = performance.now();
  await work();
  const ms = performance.now() - fromMs;
  return { walBytes: (await readWalBytes(sql)) - before, ms };
}

/** One order, and then its bytes once more as one plain statement. */
async function storeOne({ orders, order }: CommandHouse, sql: Sql): Promise<Stored> {
  // A person looks at the devices and signs; what counts begins with the click.
  const targets = await orders.find('id != ""');
  if (targets.count !== DEVICES) throw new Error(`${targets.count} devices were found, not ${DEVICES}`);
  const signed = orders.sign(targets);
  let ms = Number.NaN;
  const { walBytes } = await measureWal(sql, async () => {
    ms = await order(targets, signed);
  });
  const blocks = await sql<{ block: number; states: Buffer }[]>`
    SELECT block, states FROM job_block JOIN job ON job.tenant = job_block.tenant AND job.number = job_block.job
    WHERE job.id = ${signed.id}`;
  const numbers = blocks.map(({ block }) => block);
  const states = blocks.map((one) => one.states.toString('hex'));
  const raw = await measureWal(sql, async () => {
    await sql`INSERT INTO bench_raw (block, states)
      SELECT block, decode(states, 'hex') FROM unnest(${numbers}::int4[], ${states}::text[]) AS fresh (block, states)`;
  });
  return { ms, walBytes, rawMs: raw.ms, rawWalBytes: raw.walBytes };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const house = await startCommandHouse(context, addDevices);
  const stored = await withDatabase(house.server.dataDir, async (sql) => {
    await untilListed(house);
    await pause(SETTLE_MS);
    const all: Stored[] = [];
    for (let one = 0; one <= ORDERS * context.rounds; one++) {
      if (one % ORDERS === 0) context.say(`${one} of ${ORDERS * context.rounds} orders`);
      all.push(await storeOne(house, sql));
    }
    return all;
  });
  const [first, ...warm] = stored;
  const of = (pick: (one: Stored) => number) => summarize(warm.map(pick));
  return [
    {
      name: 'from the order to the answer that it is stored, 100,000 targets',
      unit: 'ms',
      ...of(({ ms }) => ms),
      atMost: 50,
      raw: { what: 'ms, one INSERT of the same blocks', value: of(({ rawMs }) => rawMs).value },
      note: 'over TLS on a connection that is open; devices were found and the command was signed before',
    },
    {
      name: 'the same, first order after the start of the server',
      unit: 'ms',
      value: first?.ms ?? Number.NaN,
      raw: { what: 'ms, one INSERT of the same blocks', value: first?.rawMs ?? Number.NaN },
      note: 'code that has not run before, once',
    },
    {
      name: 'added to the log of the database a target',
      unit: 'B',
      ...of(({ walBytes }) => walBytes / DEVICES),
      atMost: 8,
      raw: {
        what: 'B, one INSERT of the same blocks',
        value: of(({ rawWalBytes }) => rawWalBytes / DEVICES).value,
      },
      note: 'pg_current_wal_insert_lsn() before and after, so what else the server wrote meanwhile is in it',
    },
  ];
}

export const commandsStore: Bench = {
  id: 'commands-store',
  says: 'an order for 100,000 devices, until it is durable',
  run,
};
