// Check `kill-server`: the server is killed at random while commands flow, also between commit and acknowledgment.
import { enrollDevice } from '../fleet/device.ts';
import { type ObedientDevice, runObedientDevice } from '../support/obedient-device.ts';
import { pause, until } from '../support/wait.ts';
import type { Check, CheckContext, Verdict } from './check.ts';
import { buildHouse, type House } from './lab/house.ts';
import { createTraffic } from './lab/traffic.ts';

const KILLS = { quick: 3, full: 100, long: 1_000 } as const;
const SERVERS = { quick: 1, full: 2, long: 2 } as const;
/** Simulated devices, which are back at once; the real ones take their time, as their backoff tells them. */
const DEVICES = 8;
const REAL_DEVICES = 1;
const SCRIPTS = 36;
/** Longest time from an order, or from its first offer, to the kill, ms. */
const ORDER_MS = 40;
const OFFERED_MS = 25;
/** Share of the kills that wait for the first offer. */
const OFFERED_SHARE = 0.7;
/** How long that offer is waited for, ms. */
const OFFER_PATIENCE_MS = 60_000;
/**
 * After so many kills the server lives longer, and the real agents are started anew: their backoff has grown with each kill, and
 * it is not what is tried here.
 */
const LONG_EVERY = 10;
const LONG_MS = 3_500;
/** Time in which PostgreSQL ends what a dead server had sent it, ms. */
const SETTLE_MS = 15;
const PATIENCE_MS = 90_000;

/** The simulated devices and what was ordered of them. */
interface Fleet {
  readonly ids: readonly { readonly id: string }[];
  readonly devices: readonly ObedientDevice[];
  /** Orders that the server has answered, or has. */
  readonly orders: Set<string>;
}

/** What was counted. */
interface Counts {
  answered: number;
  storedUnanswered: number;
  unstored: number;
  /** Kills after which a stored result was not acknowledged yet. */
  unacknowledged: number;
}

async function startSimulated(context: CheckContext, { server }: House): Promise<Fleet> {
  const token = await server.enrollmentToken(DEVICES);
  const devices: ObedientDevice[] = [];
  const ids: { id: string }[] = [];
  for (let n = 0; n < DEVICES; n++) {
    const device = await enrollDevice(server.url, token, { hostname: `simulated-${n}` });
    ids.push({ id: device.id });
    devices.push(runObedientDevice(server.url, device, n % 2 === 0 ? 'even\n' : 'odd\n'));
  }
  context.teardown(async () => void (await Promise.all(devices.map((device) => device.stop()))));
  return { ids, devices, orders: new Set() };
}

/** Results of an order in the database, read beside the server. */
async function countStored({ server }: House, id: string): Promise<number> {
  const [row] = await server.query(
    (sql) => sql<{ count: number }[]>`
      SELECT count(*)::int AS count FROM job_exception e JOIN job j ON j.tenant = e.tenant AND j.number = e.job
      WHERE j.id = ${id} AND e.payload IS NOT NULL`,
  );
  return row?.count ?? 0;
}

/** Orders, kills somewhere on the way to the last acknowledgment, starts again, and looks whether the order is there. */
async function killOnce(
  { random }: CheckContext,
  { house, fleet, counts, faults }: { house: House; fleet: Fleet; counts: Counts; faults: string[] },
): Promise<void> {
  const { server } = house;
  const { id, body } = await house.draft(fleet.ids, { kind: 'inventory.refresh' });
  const posted = server.call('/api/v1/jobs', { method: 'POST', body }).then(
    ({ status }) => status,
    () => 0,
  );
  if (random() < OFFERED_SHARE) {
    const isOffered = () => fleet.devices.some((device) => device.starts.has(id));
    await until('the order is offered', isOffered, OFFER_PATIENCE_MS).catch(() =>
      faults.push(`${id} is not offered`),
    );
    await pause(random() * OFFERED_MS);
  } else await pause(random() * ORDER_MS);
  await server.kill();
  const status = await posted;
  await pause(SETTLE_MS);
  const acknowledged = fleet.devices.filter((device) => device.starts.has(id) && device.settled()).length;
  if ((await countStored(house, id)) > acknowledged) counts.unacknowledged += 1;
  await server.start();
  const found = await until('it says whether it has the order', async () => {
    const { status: said } = await server.call(`/api/v1/jobs/${id}`);
    return said === 200 || said === 404 ? said : undefined;
  });
  if (status === 201) counts.answered += 1;
  else if (found === 200) counts.storedUnanswered += 1;
  else counts.unstored += 1;
  if (status === 201 && found !== 200) faults.push(`order ${id} was answered and is not there`);
  if (found === 200) fleet.orders.add(id);
}

/** Holds the simulated devices' journals against the server. */
async function judgeFleet(house: House, { devices, orders }: Fleet): Promise<string[]> {
  const faults: string[] = [];
  for (const id of orders) {
    const over = await until(
      `job ${id} is over`,
      async () => {
        const job = await house.job(id);
        return job.endedAt !== null && job.counts.succeeded === DEVICES;
      },
      PATIENCE_MS,
    ).catch((error: unknown) => String(error));
    if (over !== true) faults.push(`${over}: ${JSON.stringify((await house.job(id)).counts)}`);
    const stored = await countStored(house, id);
    if (stored !== DEVICES) faults.push(`${id}: ${stored} of ${DEVICES} results are stored`);
  }
  for (const device of devices) {
    if (!device.settled()) faults.push('a device has reports that nobody acknowledges');
    for (const [id, starts] of device.starts)
      if (starts !== 1 || !orders.has(id))
        faults.push(`${id} ran ${starts} times, stored: ${orders.has(id)}`);
  }
  return faults;
}

/** Kills one server so many times. */
async function killOften(context: CheckContext, times: number): Promise<Verdict> {
  const { random, say } = context;
  const house = await buildHouse(context);
  const real = await house.startDevices(REAL_DEVICES);
  const fleet = await startSimulated(context, house);
  const traffic = createTraffic({ house, devices: real, random, scripts: SCRIPTS, openJobs: 2 });
  const counts: Counts = { answered: 0, storedUnanswered: 0, unstored: 0, unacknowledged: 0 };
  const faults: string[] = [];
  let kills = 0;
  const flowing = traffic.flow(() => kills / times);
  const restart = async () => {
    for (const device of real) {
      await device.kill('core');
      device.start();
    }
  };
  while (kills < times) {
    await killOnce(context, { house, fleet, counts, faults });
    kills += 1;
    if (kills % 20 === 0) say(`${kills} of ${times} kills`);
    if (kills % LONG_EVERY !== 0) continue;
    await restart();
    await pause(LONG_MS);
  }
  await restart();
  await flowing;
  await traffic.settle(PATIENCE_MS);
  const judged = await traffic.judge();
  const { answered, storedUnanswered, unstored, unacknowledged } = counts;
  return {
    evidence: [
      `${kills} times kill -9; orders to ${DEVICES} simulated devices: ${answered} answered and all there, ${storedUnanswered} stored without an answer, ${unstored} neither`,
      `${fleet.orders.size * DEVICES} results stored, each once, each acknowledged; ${unacknowledged} kills came between the commit of a result and its acknowledgment`,
      ...judged.evidence.map((line) => `${REAL_DEVICES} real devices: ${line}`),
    ],
    faults: [...faults, ...(await judgeFleet(house, fleet)), ...judged.faults],
  };
}

/** Servers side by side: most of the time is waiting for one to start. */
async function run(context: CheckContext): Promise<Verdict> {
  const each = Math.ceil(KILLS[context.size] / SERVERS[context.size]);
  const servers = Array.from({ length: SERVERS[context.size] }, () => killOften(context, each));
  // All are waited for before anything is tidied up behind one that failed.
  const ended = await Promise.allSettled(servers);
  const verdicts = ended.map((one) => (one.status === 'fulfilled' ? one.value : fail(one.reason)));
  return {
    evidence: verdicts.flatMap(({ evidence }, at) => evidence.map((line) => `server ${at + 1}: ${line}`)),
    faults: verdicts.flatMap(({ faults }) => faults),
  };
}

function fail(reason: unknown): Verdict {
  return {
    evidence: [],
    faults: [reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)],
  };
}

export const killServer: Check = {
  id: 'kill-server',
  claims:
    'A server that is killed at any moment loses no order it has answered and no result it has acknowledged.',
  group: 'server',
  run,
};
