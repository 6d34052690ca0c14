// Checks of single hardships on one device: a full disk, a damaged journal, a poisonous command, a wrong clock, a reboot in the middle.
import type { Command, CommandKind } from '@muster/protocol/commands';
import type { Check, CheckContext, Verdict } from './check.ts';
import { type LabDevice, type LabDeviceOptions, makeDevice } from './lab/device.ts';
import {
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  type Party,
  sealCommand,
  sealFreshness,
  sealTrust,
  timeOf,
} from './lab/party.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 86_400_000;

/** One device and who orders on it. */
interface Ward {
  readonly party: Party;
  readonly device: LabDevice;
  random(): number;
  readonly faults: string[];
}

async function open(
  { random, teardown }: CheckContext,
  options: Partial<LabDeviceOptions> = {},
): Promise<Ward> {
  const party = makeParty(random);
  const trust = sealTrust(party, draftTrust(party, 'hardened'));
  const device = await makeDevice({ party, trust, hostname: 'web-1', random, units: true, ...options });
  teardown(() => device.close());
  const ward = { party, device, random, faults: [] };
  await freshen(ward, 0);
  return ward;
}

async function freshen({ party, device }: Ward, offsetMs: number): Promise<void> {
  await device.take({ type: 'freshness', envelope: sealFreshness(party, offsetMs), halts: [], lifts: [] });
}

/** Orders something, by Ann and Bob; gives its id. */
async function give(ward: Ward, change: Partial<Command> & { readonly kind: CommandKind }): Promise<string> {
  const { party, device, random } = ward;
  const cmdId = change.cmdId ?? makeId('cmd', random);
  const command = draftCommand(party, cmdId, { targets: { list: [device.target] }, ...change });
  const envelope = sealCommand(command, party.ann, party.bob);
  await device.take({ type: 'run.offer', cmdId, envelope, proof: null, content: [] });
  return cmdId;
}

const restart = { kind: 'service.restart', args: { name: 'nginx' } } as const;
const install = { kind: 'package.install', args: { packages: [{ name: 'curl', version: '' }] } } as const;
const signal = { kind: 'process.signal', args: { pid: 4_711, startTicks: 1, signal: 'TERM' } } as const;

function expect({ faults }: Ward, holds: boolean, fault: string): void {
  if (!holds) faults.push(fault);
}

/** A disk that fills up while orders come: what ran is told, nothing new begins, and with room again all goes on. */
async function fillDisk(context: CheckContext): Promise<Verdict> {
  const ward = await open(context);
  const { device, faults } = ward;
  const before = await give(ward, install);
  await device.settle();
  device.disk().setRoom(device.disk().usedBytes() + 8_192);
  const orders: string[] = [];
  for (let n = 0; n < 40; n++) {
    // Not waited for: a full journal is waited for by the device itself.
    void give(ward, restart);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  for (let n = 0; n < 400; n++) await new Promise<void>((resolve) => setImmediate(resolve));
  const ranFull = device.done.length;
  const told = device.seen(before).states.at(-1);
  expect(ward, told === 'succeeded', 'a result from before the disk was full is gone');
  device.disk().setRoom(Number.POSITIVE_INFINITY);
  for (let n = 0; n < 5; n++) orders.push(await give(ward, install));
  device.pass(31_000);
  await device.settle();
  const ended = orders.filter((cmdId) => device.seen(cmdId).states.at(-1) === 'succeeded').length;
  const later = orders.filter((cmdId) => device.seen(cmdId).codes.includes('E_DISK_FULL')).length;
  expect(
    ward,
    ended + later === orders.length,
    `with room again ${ended} of ${orders.length} orders ran, ${later} were put off`,
  );
  const twice = [...device.effects.values()].filter((times) => times > 1).length;
  expect(ward, twice === 0, `${twice} commands ran twice`);
  return {
    evidence: [
      `40 orders on a disk with 8 KiB left: ${ranFull} ran, none twice; with room again ${ended} ran, ${later} put off with E_DISK_FULL`,
    ],
    faults,
  };
}

/** Bits of the journal turn over: told, set aside, and nothing that may run once runs again. */
async function damageJournal(context: CheckContext): Promise<Verdict> {
  const faults: string[] = [];
  const rounds = context.size === 'quick' ? 20 : 400;
  let alarms = 0;
  let known = 0;
  for (let round = 0; round < rounds; round++) {
    const ward = await open(context);
    const { device, random } = ward;
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await give(ward, n % 2 === 0 ? signal : restart));
    await device.settle();
    await device.confirmAll();
    device.disk().damage('journal', (bytes) => {
      const at = Math.floor(random() * Math.max(1, bytes.length - 1));
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      return changed;
    });
    await device.cutPower();
    await freshen(ward, 1_000);
    await device.settle();
    alarms += device.alarms() > 0 ? 1 : 0;
    for (const [cmdId, times] of device.effects)
      if (times > 1) faults.push(`round ${round}: ${cmdId} ran ${times} times`);
    known += ids.filter((cmdId) => device.seen(cmdId).states.length > 0).length;
    await device.close();
  }
  if (alarms === 0) faults.push('no device told of the damage');
  return {
    evidence: [
      `${rounds} journals with a wrong bit: ${alarms} told, ${known} of ${rounds * 6} runs known, none ran twice`,
    ],
    faults,
  };
}

/** A command that brings the executor down is given up after three times; others go on. */
async function poison(context: CheckContext): Promise<Verdict> {
  const bad = makeId('cmd', context.random);
  const ward = await open(context, { isPoison: (cmdId) => cmdId === bad });
  const { device, faults } = ward;
  void give(ward, { ...install, cmdId: bad });
  let crashes = 0;
  for (; crashes < 8 && device.seen(bad).states.at(-1) !== 'quarantined'; crashes++) {
    for (let n = 0; n < 60; n++) await new Promise<void>((resolve) => setImmediate(resolve));
    await device.cutPower();
    for (let n = 0; n < 60; n++) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(ward, device.seen(bad).states.at(-1) === 'quarantined', `not quarantined after ${crashes} crashes`);
  expect(ward, crashes <= 4, `quarantined only after ${crashes} crashes`);
  await freshen(ward, 1_000);
  const good = await give(ward, install);
  await device.settle();
  expect(ward, device.seen(good).states.at(-1) === 'succeeded', 'another command did not run afterwards');
  return { evidence: [`quarantined after ${crashes} crashes; the next command ran`], faults };
}

/** A clock a year off, or swinging: nothing that is over runs, no cool-off gets shorter, and the code says what is wrong. */
async function wrongClock(context: CheckContext): Promise<Verdict> {
  const ward = await open(context);
  const { device, party, faults } = ward;
  const over = { notBefore: timeOf(party, -2 * HOUR_MS), notAfter: timeOf(party, -HOUR_MS) };
  device.setClock(-YEAR_MS);
  const revived = await give(ward, { ...install, ...over });
  const now = await give(ward, install);
  // Its time is asked for once more when it starts.
  await device.settle();
  device.setClock(YEAR_MS);
  const ahead = await give(ward, install);
  await device.settle();
  expect(
    ward,
    device.seen(revived).codes.includes('E_TIME'),
    'a clock turned back revived an expired command',
  );
  expect(
    ward,
    device.seen(now).states.at(-1) === 'succeeded',
    'a clock a year behind stopped a good command',
  );
  expect(
    ward,
    device.seen(ahead).codes.includes('E_TIME'),
    'a clock a year ahead did not refuse with E_TIME',
  );
  device.setClock(0);
  const wipe = await give(ward, { kind: 'device.wipe', args: {} });
  for (let n = 0; n < 200; n++) {
    device.setClock((n % 2 === 0 ? 1 : -1) * YEAR_MS);
    await device.take({ type: 'online' });
  }
  device.setClock(0);
  await device.settle();
  const early = device.effects.get(wipe) ?? 0;
  expect(ward, early === 0, 'a swinging clock ended a cool-off');
  return {
    evidence: [
      '± 1 year: expired stays expired (E_TIME), good ran behind, refused ahead; 200 swings did not end a cool-off',
    ],
    faults,
  };
}

/** The machine goes down in the middle of a package installation and of a restart: done again, or asked, never forgotten. */
async function rebootInTheMiddle(context: CheckContext): Promise<Verdict> {
  const ward = await open(context, { unitTurns: 50 });
  const { device, faults } = ward;
  const orders = [await give(ward, install), await give(ward, restart), await give(ward, signal)];
  for (let n = 0; n < 30; n++) await new Promise<void>((resolve) => setImmediate(resolve));
  const begun = device.done.length;
  await device.cutPower();
  await freshen(ward, 1_000);
  await device.settle();
  const ends = orders.map((cmdId) => device.seen(cmdId).states.at(-1));
  const [installed, restarted, signaled] = ends;
  expect(ward, begun === orders.length, `only ${begun} of ${orders.length} had begun`);
  expect(ward, installed === 'succeeded', `the convergent one ended ${installed}`);
  expect(ward, restarted === 'succeeded', `the probeable one ended ${restarted}`);
  expect(ward, signaled === 'waiting-person', `the one that may run once ended ${signaled}`);
  const times = orders.map((cmdId) => device.effects.get(cmdId));
  expect(ward, times[1] === 1 && times[2] === 1, `effects: ${times.join(', ')}`);
  return {
    evidence: [
      `convergent ${installed} (${times[0]} starts), probeable ${restarted} (1), once ${signaled} (1)`,
    ],
    faults,
  };
}

export const diskFull: Check = {
  id: 'disk-full',
  claims: 'A full disk loses no result and starts nothing new, and with room again the work goes on.',
  group: 'device',
  run: fillDisk,
};

export const corruptJournal: Check = {
  id: 'corrupt-journal',
  claims: 'A damaged journal is told of and set aside, and nothing that may run once runs again for it.',
  group: 'device',
  run: damageJournal,
};

export const poisonous: Check = {
  id: 'poison',
  claims: 'A command that brings the executor down is given up after the third time, and the others go on.',
  group: 'device',
  run: poison,
};

export const clock: Check = {
  id: 'clock',
  claims: 'A clock a year off revives no expired command and shortens no cool-off.',
  group: 'device',
  run: wrongClock,
};

export const reboot: Check = {
  id: 'reboot',
  claims:
    'A machine that goes down in the middle of its work finishes, asks or waits for a person, as the kind allows.',
  group: 'device',
  run: rebootInTheMiddle,
};
