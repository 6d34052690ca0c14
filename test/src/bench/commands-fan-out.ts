// Bench of one command on 300 devices that are there: from the order to the last result, each with a signed result of its own.
import { join } from 'node:path';
import { enrollDevice } from '../fleet/device.ts';
import { type ObedientDevice, runObedientDevice } from '../support/obedient-device.ts';
import { pause, until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { type CommandHouse, startCommandHouse } from './commands-house.ts';
import { measureRawTrips } from './commands-raw.ts';

const DEVICES = 300;
/** Orders of a round, and those before the first that fill caches. */
const ORDERS = 8;
const WARM_ORDERS = 3;
/** Devices that enroll at the same time. */
const AT_ONCE = 10;
/** Between two orders, ms. */
const BETWEEN_MS = 200;
/** Reports of each device: accepted, running, the result. */
const REPORTS = 3;

async function startDevices(context: BenchContext, { server }: CommandHouse): Promise<ObedientDevice[]> {
  context.say(`enrolling ${DEVICES} devices`);
  const token = await server.enrollmentToken(DEVICES);
  const devices: ObedientDevice[] = [];
  let started = 0;
  async function work(): Promise<void> {
    for (let next = started++; next < DEVICES; next = started++) {
      const device = await enrollDevice(server.url, token, { hostname: `fan-${next}` });
      devices.push(runObedientDevice(server.url, device));
    }
  }
  context.teardown(async () => {
    await Promise.all(devices.map((device) => device.stop()));
  });
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await until('all devices have sessions', async () => (await server.figure('muster_sessions')) === DEVICES);
  return devices;
}

/** One order to all; how long to the last result, ms. */
async function orderAll({ orders, run }: CommandHouse): Promise<number> {
  const targets = await orders.find('id != ""');
  const { ms, ended } = await run(targets, orders.sign(targets));
  if (ended.counts.succeeded !== DEVICES) throw new Error(`it ended as ${JSON.stringify(ended)}`);
  return ms;
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const house = await startCommandHouse(context);
  const devices = await startDevices(context, house);
  const times: number[] = [];
  for (let one = 0; one < WARM_ORDERS + ORDERS * context.rounds; one++) {
    const ms = await orderAll(house);
    if (one >= WARM_ORDERS) times.push(ms);
    await pause(BETWEEN_MS);
  }
  await until('every report is acknowledged', () => devices.every((device) => device.settled()));
  const tlsFolder = join(house.server.dataDir, 'tls');
  // As many messages as the fan-out has, one after the other: what messages alone would cost.
  const raw = await measureRawTrips(context, {
    tlsFolder,
    trips: 5,
    echoes: DEVICES * (1 + REPORTS),
    syncs: 0,
  });
  return [
    {
      name: 'to 300 devices, to the last result',
      unit: 'ms',
      ...summarize(times),
      atMost: 400,
      raw: { what: `ms, ${DEVICES * (1 + REPORTS)} bare echoes`, value: summarize(raw).value },
      note: 'simulated devices and the person in one process, the server in another; 300 of 300 succeeded every time; an offer and three reports each, each report acknowledged after its commit; MeshCentral: 530 ms, 299 of 300, unsigned',
    },
  ];
}

export const commandsFanOut: Bench = {
  id: 'commands-fan-out',
  says: 'one command on 300 devices, to the last result',
  run,
};
