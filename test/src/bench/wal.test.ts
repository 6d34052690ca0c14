// Gate of what the server adds to the log of its database: bytes a target of an order, a result, and a number of a chunk.
import { encodeChunkFrame } from '@muster/protocol';
import t from 'tap';
import { type DeviceWire, enrollDevice, openDevice } from '../fleet/device.ts';
import { profiles } from '../fleet/profile.ts';
import type { FleetStats } from '../fleet/stats.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { type BenchContext, median } from './bench.ts';
import { makeHour, NUMBERS_A_CHUNK } from './chunk-load.ts';
import { startCommandHouse, withDatabase } from './commands-house.ts';
import { startFleetOn } from './fleet-house.ts';
import { seedDevices } from './seed.ts';
import { readWalBytes } from './wal.ts';

t.setTimeout(FILE_PATIENCE_MS);

const context: BenchContext = {
  minutes: 0,
  rounds: 1,
  say: () => undefined,
  teardown: (work) => t.teardown(work),
};
const TARGETS = 20_000;
const ORDERS = 3;
/** Promised; about 1.3 here. */
const MAX_TARGET_BYTES = 8;
const OBEDIENT = 600;
/** Promised, offer and reports included; about 270 here. */
const MAX_RESULT_BYTES = 300;
/** Offers begin so long after the order, so that what it added is not counted, ms. */
const BEFORE_MS = 750;
const DEVICES = 30;
const HOURS = 24;
/** Hours of each device before those that are counted. */
const WARM_HOURS = 2;
/** A tenth above the 1.23 of ten runs and the 1.24 of the bench `ingest`; 1.01 of it are the chunk itself. */
const MAX_NUMBER_BYTES = 1.36;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const house = await startCommandHouse(context, async (sql) => {
  await seedDevices(sql, TARGETS);
  // Those who enroll come behind them.
  await sql`INSERT INTO device_counter (tenant, next) SELECT tenant, ${TARGETS} FROM organization
    ON CONFLICT (tenant) DO UPDATE SET next = excluded.next`;
  // The database would do it by itself within a minute, and what that writes would be counted where it falls.
  await sql.unsafe('VACUUM (FREEZE, ANALYZE)');
  await sql`ALTER SYSTEM SET autovacuum = off`;
});
const { server, orders } = house;

/**
 * What each piece of work adds to the log. The first change of a page after a checkpoint writes the whole page, wherever the last one
 * happened to be; so there is one before, and work that touches the pages, and the next is not due before the test is over.
 */
async function measureWal(
  warm: () => Promise<void>,
  work: readonly (() => Promise<void>)[],
): Promise<number[]> {
  return withDatabase(server.dataDir, async (sql) => {
    await sql`CHECKPOINT`;
    await warm();
    const bytes: number[] = [];
    for (const one of work) {
      const before = await readWalBytes(sql);
      await one();
      bytes.push((await readWalBytes(sql)) - before);
    }
    return bytes;
  });
}

t.test('an order adds few bytes a target to the log of the database', async (t) => {
  await until('the server has read its devices', async () => {
    const { count } = await server.call<{ count: number | null }>('/api/v1/devices?limit=1&fields=id');
    return count === TARGETS;
  });
  const targets = await orders.find('id != ""');
  t.equal(targets.count, TARGETS);
  const order = async () => void (await house.order(targets, orders.sign(targets)));
  const each = await measureWal(
    order,
    Array.from({ length: ORDERS }, () => order),
  );
  t.comment(each.map((bytes) => (bytes / TARGETS).toFixed(2)).join(', '));
  t.ok(median(each) / TARGETS <= MAX_TARGET_BYTES, `${median(each) / TARGETS} B a target`);
});

/** Hours of yesterday, so that it does not matter what time of today it is; devices share them, since nobody looks inside. */
const yesterday = Array.from({ length: HOURS }, (_, hour) => {
  const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  return encodeChunkFrame({ seq: hour + 1, chunk: makeHour(midnightMs + hour * HOUR_MS, 1 + hour) });
});

/** Sends chunks at once; resolves when each is acknowledged, which is after its commit. */
async function sendChunks(wire: DeviceWire, chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) wire.socket.send(chunk);
  for (let open = chunks.length; open > 0; ) {
    const message = await wire.next();
    if (message === null || message.type === 'nack')
      throw new Error(`a chunk was refused: ${JSON.stringify(message)}`);
    if (message.type === 'ack') open -= message.seqs.length;
  }
}

t.test('measurements add little more to the log of the database than their own bytes', async (t) => {
  const token = await server.enrollmentToken(DEVICES);
  const wires: DeviceWire[] = [];
  for (let at = 0; at < DEVICES; at++) {
    const device = await enrollDevice(server.url, token, { hostname: `measured-${at}` });
    wires.push(await openDevice(server.url, device));
  }
  t.teardown(() => wires.forEach(({ socket }) => void socket.terminate()));
  const sendAll = (chunks: readonly Uint8Array[]) => async () =>
    void (await Promise.all(wires.map((wire) => sendChunks(wire, chunks))));
  const [bytes = Number.NaN] = await measureWal(sendAll(yesterday.slice(0, WARM_HOURS)), [
    sendAll(yesterday.slice(WARM_HOURS)),
  ]);
  const numbers = DEVICES * (HOURS - WARM_HOURS) * NUMBERS_A_CHUNK;
  t.comment(`${(bytes / numbers).toFixed(3)} B`);
  t.ok(bytes / numbers <= MAX_NUMBER_BYTES, `${bytes / numbers} B a number`);
});

t.test(
  'a result adds little more to the log of the database than its signature and what names its run',
  async (t) => {
    const fleet = await startFleetOn(context, server, {
      devices: OBEDIENT,
      tls: true,
      fleet: { profile: profiles.idle, reports: 'merged' },
    });
    // The seeded ones are nowhere; those that were measured have left, and nobody waits for them.
    const targets = await orders.find('!id.contains("zzzzzzzz")');
    t.equal(targets.count, OBEDIENT + DEVICES);
    const each: number[] = [];
    await withDatabase(server.dataDir, async (sql) => {
      await sql`CHECKPOINT`;
      for (let order = 0; order < 1 + ORDERS; order++) {
        const notBefore = new Date(Date.now() + BEFORE_MS).toISOString();
        const signed = orders.sign(targets, { notBefore });
        await house.order(targets, signed);
        const before = await readWalBytes(sql);
        const isAcked = ({ commands }: FleetStats) => commands[signed.id]?.acked === OBEDIENT;
        await fleet.until('every result is acknowledged', isAcked);
        each.push(((await readWalBytes(sql)) - before) / OBEDIENT);
      }
    });
    const bytes = median(each.slice(1));
    t.comment(each.map((one) => one.toFixed(0)).join(', '));
    t.ok(bytes <= MAX_RESULT_BYTES, `${bytes} B a result`);
  },
);
