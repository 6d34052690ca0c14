// Check `kill-agent`: core, launcher, executor and wrapper are killed at random while commands flow; nothing is lost, nothing runs twice.
import { pause } from '../support/wait.ts';
import { type Check, type CheckContext, createTally, pick, type Verdict } from './check.ts';
import { buildHouse, type HouseDevice, type Part } from './lab/house.ts';
import { createTraffic } from './lab/traffic.ts';

const KILLS = { quick: 6, full: 200, long: 2_000 } as const;
const DEVICES = { quick: 1, full: 6, long: 6 } as const;
/** Of the 60 privileged commands that a device takes in an hour; the rest is for what people decide. */
const SCRIPTS = 36;
/** Longest pause between two kills on a device, and before something killed is started again, ms. */
const PAUSE_MS = 700;
const DOWN_MS = 200;
/** How long a victim is waited for, between which looks, and how long a wrapper is left alive, ms. */
const APPEAR_MS = 1_000;
const LOOK_MS = 60;
const WRAPPER_MS = 600;
/** How long what was begun may take to come to its end after the last kill, ms. */
const PATIENCE_MS = 120_000;
/** How often each is chosen: most of what can go wrong is in the middle of a run. */
const victims: readonly Part[] = [
  ...['executor', 'executor', 'executor', 'wrapper', 'wrapper', 'wrapper', 'core', 'core', 'launcher'],
] as const satisfies readonly Part[];

/** Kills that part, somewhere in its life; false: there was none to be killed for a while. */
async function killSoon(device: HouseDevice, part: Part, random: () => number): Promise<boolean> {
  const waitUntil = performance.now() + APPEAR_MS;
  while ((await device.find(part)).length === 0) {
    if (performance.now() > waitUntil) return false;
    await pause(LOOK_MS);
  }
  if (part === 'wrapper') await pause(random() * WRAPPER_MS);
  return device.kill(part);
}

/** Kills parts of one device; what was not there to be killed does not count. */
async function killParts(
  device: HouseDevice,
  { random }: CheckContext,
  { kills, killed }: { readonly kills: number; killed(part: Part): void },
): Promise<void> {
  for (let count = 0; count < kills; ) {
    await pause(random() * PAUSE_MS);
    const part = pick(victims, random);
    if (!(await killSoon(device, part, random))) continue;
    count += 1;
    killed(part);
    await pause(random() * DOWN_MS);
    device.start();
  }
}

async function run(context: CheckContext): Promise<Verdict> {
  const { size, random, say } = context;
  const house = await buildHouse(context);
  const devices = await house.startDevices(DEVICES[size]);
  const traffic = createTraffic({ house, devices, random, scripts: SCRIPTS, openJobs: 2 * devices.length });
  const kills = createTally();
  const each = Math.ceil(KILLS[size] / devices.length);
  const flowing = traffic.flow(() => kills.total() / (each * devices.length));
  const killed = (part: Part) => {
    kills.add(part);
    if (kills.total() % 25 === 0) say(`${kills.total()} of ${each * devices.length} kills`);
  };
  await Promise.all(devices.map((device) => killParts(device, context, { kills: each, killed })));
  await flowing;
  await traffic.settle(PATIENCE_MS);
  const { evidence, faults } = await traffic.judge();
  return {
    evidence: [`${kills.total()} times kill -9 on ${devices.length} devices: ${kills}`, ...evidence],
    faults,
  };
}

export const killAgent: Check = {
  id: 'kill-agent',
  claims:
    'Whatever is killed on a device, no acknowledged result is lost and nothing that may run once runs twice.',
  group: 'agent',
  run,
};
