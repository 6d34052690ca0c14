// Bench of one command to 20,000 connected devices: first byte to last socket, with the devices idle and at work; all results, and what both add to the log of the database.
import type { Sql } from 'postgres';
import type { Fleet } from '../fleet/fleet.ts';
import { profiles } from '../fleet/profile.ts';
import { createOrders } from '../support/orders.ts';
import { type Call, send } from '../support/server.ts';
import { pause, until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { withDatabase } from './commands-house.ts';
import { startFleetOn, startFleetServer } from './fleet-house.ts';
import type { ServerProcess } from './stage.ts';
import { readWalBytes } from './wal.ts';

const DEVICES = 20_000;
const WORKERS = 2;
/** Orders before the first that counts: code that has not run before. */
const WARM_ORDERS = 1;
/** How long devices that are to be idle leave an offer alone: longer than all offers take, ms. */
const HOLD_MS = 10_000;
/** The log of the database is quiet again after a job, ms. */
const SETTLE_MS = 3_000;
const PATIENCE_MS = 120_000;

interface Told {
  readonly reachedMs: number;
  readonly recordedMs: number;
  readonly createdWal: number;
  readonly recordedWal: number;
}

interface TellHouse {
  readonly server: ServerProcess;
  readonly fleet: Fleet;
  readonly sql: Sql;
}

/** One order to all. `notBefore` lies a little ahead, so that creation and delivery are told apart. */
async function tell({ server, fleet, sql }: TellHouse, holdMs: number): Promise<Told> {
  await fleet.hold(holdMs);
  const { url, token, dataDir } = server;
  const call = <Body>(path: string, wish: Call = {}) => send<Body>(url + path, { token, ...wish });
  const orders = await createOrders({ dataDir, call });
  const targets = await orders.find('id != ""');
  if (targets.count !== DEVICES) throw new Error(`${targets.count} devices were found, not ${DEVICES}`);
  const notBefore = new Date(Date.now() + 4_000).toISOString();
  const signed = orders.sign(targets, { notBefore });
  const before = await readWalBytes(sql);
  const answer = await call('/api/v1/jobs', {
    method: 'POST',
    body: { envelope: signed.envelope, snapshot: targets.snapshot },
  });
  if (answer.status !== 201) throw new Error(`the order was answered with ${answer.status}: ${answer.text}`);
  await pause(500);
  const created = await readWalBytes(sql);
  const isOver = async () => {
    const { body } = await call<{ state: string; counts: Record<string, number> }>(
      `/api/v1/jobs/${signed.id}`,
    );
    return body.state === 'ended' || (body.counts.succeeded ?? 0) === DEVICES ? body : null;
  };
  const ended = await until('every result is recorded', isOver, PATIENCE_MS);
  if (ended.counts.succeeded !== DEVICES) throw new Error(`it ended as ${JSON.stringify(ended.counts)}`);
  await pause(SETTLE_MS);
  const recorded = await readWalBytes(sql);
  const tally = (await fleet.stats()).commands[signed.id];
  if (tally === undefined || tally.acked !== DEVICES)
    throw new Error(`the fleet saw ${JSON.stringify(tally)}`);
  if (holdMs > 0 && tally.lastOfferMs - tally.firstOfferMs > holdMs)
    throw new Error('the devices began with their work before all had their offers');
  return {
    reachedMs: tally.lastOfferMs - tally.firstOfferMs,
    recordedMs: tally.lastAckMs - tally.firstOfferMs,
    createdWal: created - before,
    recordedWal: recorded - created,
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const server = await startFleetServer(context, { tls: true, workers: WORKERS });
  const fleet = await startFleetOn(context, server, {
    devices: DEVICES,
    tls: true,
    fleet: { profile: profiles.idle, reports: 'merged' },
  });
  const { idle, busy } = await withDatabase(server.dataDir, async (sql) => {
    const arms: Record<'idle' | 'busy', Told[]> = { idle: [], busy: [] };
    for (let order = 0; order < WARM_ORDERS + context.rounds; order++) {
      context.say(`order ${order + 1} of ${WARM_ORDERS + context.rounds}, idle and at work`);
      const house = { server, fleet, sql };
      const [still, working] = [await tell(house, HOLD_MS), await tell(house, 0)];
      if (order < WARM_ORDERS) continue;
      arms.idle.push(still);
      arms.busy.push(working);
    }
    return arms;
  });
  const of = (told: readonly Told[], pick: (one: Told) => number) => summarize(told.map(pick));
  return [
    {
      name: 'from the first byte to the last of 20,000 sockets, devices idle',
      unit: 's',
      ...of(idle, ({ reachedMs }) => reachedMs / 1_000),
      atMost: 2,
      note: 'each offer carries the proof of its device, and is committed as offered before it is sent; TLS, two workers; the fleet on the same two cores reads each offer and leaves it alone for ten seconds, since only the target for results counts its work',
    },
    {
      name: 'the same while all of them verify, run, sign and report on the same cores',
      unit: 's',
      ...of(busy, ({ reachedMs }) => reachedMs / 1_000),
      note: 'read by simulated devices that are at work for those before them',
    },
    {
      name: 'until every result is recorded and acknowledged',
      unit: 's',
      ...of(busy, ({ recordedMs }) => recordedMs / 1_000),
      atMost: 20,
      note: 'each device signs its result; the simulated devices verify equal bytes once a process, everything else each for itself',
    },
    {
      name: 'added to the log of the database a target, at creation',
      unit: 'B',
      ...of(busy, ({ createdWal }) => createdWal / DEVICES),
      atMost: 8,
    },
    {
      name: 'the same for each recorded result, offer and reports included',
      unit: 'B',
      ...of(busy, ({ recordedWal }) => recordedWal / DEVICES),
      atMost: 300,
    },
  ];
}

export const broadcast: Bench = {
  id: 'broadcast',
  says: 'one command to 20,000 connected TLS devices, to the last recorded result',
  run,
};
