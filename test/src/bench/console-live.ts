// Bench of the console, live: from a frame of a device to the page that says so, at rest and while many devices come and go.
import { encodeHeartbeat } from '@muster/protocol';
import type { Page } from 'playwright-core';
import { openDevice, quietBeat, type SimulatedDevice } from '../fleet/device.ts';
import { makeAlert } from '../support/report.ts';
import { pause } from '../support/wait.ts';
import { type BenchContext, type Figure, median, summarize } from './bench.ts';
import { awaitShown, type ConsoleHouse, openDevices, readShown, untilQuiet } from './console-house.ts';

const TARGET_MS = 500;
/** Live changes of a round and kind. */
const CHANGES = 5;
/** Rest between two of them: the first change of a storm is told at once, so it must be one, ms. */
const REST_MS = 1_500;
/** While devices come and go there is none. */
const NO_REST_MS = 100;
/** Devices that come and go: half of them in sight, the others where nobody has scrolled to. */
const COMERS = 200;
const COME_EVERY_MS = 100;

/** Where a page says that a device has come, and that it has gone: part of the text of an element. */
interface Place {
  readonly selector: string;
  readonly come: string;
  readonly gone: string;
}

/** From the first heartbeat, which proves the session, to the page that says so, ms; it leaves again afterwards. */
async function timeComing(
  house: ConsoleHouse,
  { page, device, place }: { readonly page: Page; readonly device: SimulatedDevice; readonly place: Place },
): Promise<number> {
  const { selector, come, gone } = place;
  const wire = await openDevice(house.server.url, device, { beat: null });
  await awaitShown(page, selector, come);
  const fromMs = Date.now();
  wire.socket.send(encodeHeartbeat(quietBeat));
  const ms = (await readShown(page)) - fromMs;
  await awaitShown(page, selector, gone);
  wire.socket.close();
  await readShown(page);
  return ms;
}

/** From the alert of a device to Home that shows it, ms; it is cleared again afterwards. */
async function createAlerts(house: ConsoleHouse, page: Page, device: SimulatedDevice) {
  const wire = await openDevice(house.server.url, device);
  const link = `div > a[href="/devices/${device.id}"]`;
  let seq = 1;
  return {
    async time(): Promise<number> {
      const alert = makeAlert(seq++, 'fs.used{/}');
      await awaitShown(page, link, '');
      const fromMs = Date.now();
      wire.send(alert);
      const ms = (await readShown(page)) - fromMs;
      wire.send({ ...makeAlert(seq++, 'fs.used{/}'), state: 'cleared' });
      await page.locator(link).waitFor({ state: 'detached' });
      return ms;
    },
    stop: () => wire.socket.close(),
  };
}

/** A figure of many changes: medians of the rounds, and the slowest of all. */
async function timeRounds(
  context: BenchContext,
  { name, restMs = REST_MS, time }: { name: string; restMs?: number; time: () => Promise<number> },
): Promise<Figure> {
  await time();
  const all: number[] = [];
  const rounds: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const took: number[] = [];
    for (let at = 0; at < CHANGES; at++) {
      await pause(restMs);
      took.push(await time());
    }
    rounds.push(median(took));
    all.push(...took);
  }
  const note = `slowest of ${all.length}: ${Math.max(...all)} ms`;
  return { name, unit: 'ms', atMost: TARGET_MS, ...summarize(rounds), note };
}

/** Devices that come and go, one after the other. */
export interface Traffic {
  /** Answers how often something changed, and how often it failed. */
  stop(): Promise<{ readonly changes: number; readonly failures: number }>;
}

/** Lets them come and go until it is stopped: each comes in one turn and goes in the next. */
export function startTraffic(
  house: ConsoleHouse,
  devices: readonly SimulatedDevice[],
  everyMs: number,
): Traffic {
  const wires = new Map<SimulatedDevice, Awaited<ReturnType<typeof openDevice>>>();
  let isOver = false;
  let [changes, failures] = [0, 0];
  async function turn(device: SimulatedDevice): Promise<void> {
    const open = wires.get(device);
    wires.delete(device);
    if (open !== undefined) return open.socket.close();
    try {
      wires.set(device, await openDevice(house.server.url, device));
    } catch {
      // It is turned away while its former session ends.
      failures += 1;
    }
  }
  async function come(): Promise<void> {
    while (!isOver) {
      const device = devices[changes % devices.length];
      if (device === undefined) return;
      await turn(device);
      changes += 1;
      await pause(everyMs);
    }
  }
  const coming = come();
  return {
    async stop() {
      isOver = true;
      await coming;
      for (const { socket } of wires.values()) socket.close();
      return { changes, failures };
    },
  };
}

/** Names of devices that come and go: every second is in sight of who has just opened Devices. */
export function nameComers(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at % 2 === 0 ? 'a' : 'm'}-comes-${at}`);
}

async function measureDevices(context: BenchContext, house: ConsoleHouse, device: SimulatedDevice) {
  const visitor = await house.visit();
  const comers = await house.addDevices(nameComers(COMERS));
  const { page } = await openDevices(visitor);
  const selector = `tr:has(a[href="/devices/${device.id}"])`;
  const place = { selector, come: 'online', gone: 'offline' };
  const time = () => timeComing(house, { page, device, place });
  const name = 'the first heartbeat of a device, until Devices says online';
  const atRest = await timeRounds(context, { name, time });
  const traffic = startTraffic(house, comers, COME_EVERY_MS);
  const amid = await timeRounds(context, {
    name: `${name}, while others come and go`,
    restMs: NO_REST_MS,
    time,
  });
  const { changes } = await traffic.stop();
  await visitor.context.close();
  return [atRest, { ...amid, note: `${amid.note}; ${changes} changes of ${COMERS} others meanwhile` }];
}

async function measureDevice(context: BenchContext, house: ConsoleHouse, device: SimulatedDevice) {
  const visitor = await house.visit();
  const { page } = await visitor.open(`/devices/${device.id}`);
  await page.getByText('offline for').first().waitFor();
  await untilQuiet(page);
  const place = { selector: '#content', come: 'online for', gone: 'offline for' };
  const figure = await timeRounds(context, {
    name: 'the same, until the page of the device says online',
    time: () => timeComing(house, { page, device, place }),
  });
  await visitor.context.close();
  return figure;
}

async function measureHome(context: BenchContext, house: ConsoleHouse, device: SimulatedDevice) {
  const visitor = await house.visit();
  const { page } = await visitor.open('/');
  await untilQuiet(page);
  const place = { selector: 'a[data-name="online"]', come: '1', gone: '0' };
  await awaitShown(page, place.selector, place.gone);
  await readShown(page);
  const count = await timeRounds(context, {
    name: 'the same, until Home counts it',
    time: () => timeComing(house, { page, device, place }),
  });
  const alerts = await createAlerts(house, page, device);
  const alert = await timeRounds(context, {
    name: 'a device sends an alert, until Home shows it',
    time: alerts.time,
  });
  alerts.stop();
  await visitor.context.close();
  return [count, alert];
}

export async function measureLive(context: BenchContext, house: ConsoleHouse): Promise<readonly Figure[]> {
  context.say('following a device to the page');
  const [device] = await house.addDevices(['0-live']);
  if (device === undefined) throw new Error('no device enrolled');
  return [
    ...(await measureDevices(context, house, device)),
    await measureDevice(context, house, device),
    ...(await measureHome(context, house, device)),
  ];
}
