// Check `failpoints`: the executor or its wrapper dies at every named write, sync, rename, start, send and confirmation, and comes back.
import { appendFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FAILPOINT_VARIABLE,
  type FailpointName,
  failpointNames,
  wrapperFailpointNames,
} from '@muster/agent/executor';
import { crc32 } from '@muster/protocol';
import { runProgram } from '../support/processes.ts';
import { makeFolder } from '../support/server.ts';
import { until } from '../support/wait.ts';
import type { Check, CheckContext, Verdict } from './check.ts';
import { buildHouse, executorPath, type House, type HouseDevice } from './lab/house.ts';
import { createTraffic, type FlowKind, type Traffic } from './lab/traffic.ts';

/** Devices that share the names; each takes 60 privileged commands an hour, two for a name. */
const DEVICES = 3;
/** How long one failpoint may take to be met, and everything to come to its end after it, ms. */
const PATIENCE_MS = 60_000;
/** Size from which a journal is written anew, with what the next record needs, bytes; see the executor's limits. */
const LARGE_JOURNAL_BYTES = 9 * 1024 * 1024;
const PAD_BYTES = 1024 * 1024;
/** A disk with room for the ballast and little else, bytes. */
const SMALL_DISK_BYTES = 8 * 1024 * 1024;

/** Those that the wrapper of an attempt meets, and by which command: one that may run once, unless only another meets it. */
const ofWrapper: ReadonlyMap<FailpointName, FlowKind> = new Map([
  ...wrapperFailpointNames.map((name) => [name, 'script.run'] as const),
  ['run.effect', 'diagnostics.collect'],
]);
/** Those that a journal meets when it has grown. */
const ofLargeJournal: ReadonlySet<FailpointName> = new Set([
  ...(['journal.snapshot', 'journal.snapshot-end', 'journal.remove'] as const),
]);

/** Those that every run meets several times: which time is up to chance. */
const often: ReadonlySet<FailpointName> = new Set([
  ...(['journal.write', 'journal.sync', 'journal.synced', 'report.send', 'report.confirm'] as const),
]);
const MAX_TIMES = 4;

/** A device whose executor can be told to die. */
interface Doomed {
  readonly device: HouseDevice;
  readonly traffic: Traffic;
  /** The next process of that command dies when it meets that place for the n-th time, once. */
  arm(command: 'serve' | 'wrap', name: FailpointName, times: number): Promise<void>;
  /** True when a process that was armed is gone without having left. */
  hasDied(): Promise<boolean>;
}

/**
 * The program that stands in front of the executor's as it ships: takes the failpoint that waits for this command into its
 * environment, once, and notes when the process ends by itself, which one that dies at a failpoint does not.
 */
function writeFront(folder: string): string {
  const quoted = JSON.stringify(folder);
  return `'use strict';
const { renameSync, readFileSync, writeFileSync } = require('node:fs');
const command = process.argv[2];
const armed = ${quoted} + '/armed-' + process.pid;
try {
  renameSync(${quoted} + '/' + command, armed);
  process.env.${FAILPOINT_VARIABLE} = readFileSync(armed, 'utf8');
  process.on('exit', () => writeFileSync(${quoted} + '/left-' + process.pid, ''));
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
require(${JSON.stringify(executorPath())});
`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function makeDoomed(context: CheckContext, house: House, hostname: string): Promise<Doomed> {
  const folder = await makeFolder(context, 'front');
  const executor = join(folder, 'muster-executor.cjs');
  await writeFile(executor, writeFront(folder));
  const device = await house.addDevice({ hostname, executor });
  const { random } = context;
  const traffic = createTraffic({ house, devices: [device], random, scripts: 0, openJobs: 1 });
  return {
    device,
    traffic,
    async arm(command, name, times) {
      for (const file of await readdir(folder))
        if (/^(?:armed|left)-/.test(file)) await rm(join(folder, file));
      // Whole when it shows, since a process may take it at any moment.
      await writeFile(join(folder, 'draft'), `${name}:${times}`);
      await rename(join(folder, 'draft'), join(folder, command));
    },
    async hasDied() {
      for (const file of await readdir(folder)) {
        const [, pid] = /^armed-(\d+)$/.exec(file) ?? [];
        if (pid === undefined) continue;
        if (!(await isThere(`/proc/${pid}`)) && !(await isThere(join(folder, `left-${pid}`)))) return true;
      }
      return false;
    },
  };
}

/** The executor's own folder on a device. */
async function ownFolder({ stateDir }: HouseDevice): Promise<string> {
  const folder = join(stateDir, 'executor');
  const [name = ''] = (await readdir(folder)).filter((one) => one.startsWith('dev_'));
  return join(folder, name);
}

/** Lets the journal grow by records that say nothing, so that the next batch begins a new segment and writes it anew. */
async function growJournal(device: HouseDevice): Promise<void> {
  const folder = join(await ownFolder(device), 'journal');
  const last = (await readdir(folder)).toSorted().at(-1) ?? '';
  const record = { t: 'confirmed', cmdId: 'x'.repeat(PAD_BYTES), n: 1 };
  const body = Buffer.from(JSON.stringify([record]));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(crc32(body), 4);
  for (let bytes = 0; bytes < LARGE_JOURNAL_BYTES; bytes += body.length)
    await appendFile(join(folder, last), Buffer.concat([head, body]));
}

/** No executor runs, and none is started before something is ordered. */
async function silence({ device }: Doomed): Promise<void> {
  await device.kill('core');
  await device.kill('launcher');
  await until('the executor is gone', async () => {
    const left = await device.find('executor');
    if (left.length > 0) await device.kill('executor');
    return left.length === 0;
  });
}

/** Dies at one place and comes back; what became of it. */
async function dieAt(
  name: FailpointName,
  { doomed, times }: { readonly doomed: Doomed; readonly times: number },
): Promise<string> {
  const { device, traffic } = doomed;
  await silence(doomed);
  if (ofLargeJournal.has(name)) await growJournal(device);
  await doomed.arm(ofWrapper.has(name) ? 'wrap' : 'serve', name, times);
  device.start();
  const kind = ofWrapper.get(name);
  const kinds: readonly FlowKind[] = kind === undefined ? ['diagnostics.collect', 'script.run'] : [kind];
  const ids: (string | null)[] = [];
  for (const one of kinds) ids.push(await traffic.order(one));
  const died = until(`${name} is met`, () => doomed.hasDied(), PATIENCE_MS).then(
    () => true,
    () => false,
  );
  // While a person decides, the rest goes on.
  await Promise.all([died, traffic.settle(PATIENCE_MS)]);
  const ends = ids.map((id, at) => `${kinds[at]} ${traffic.stateOf(id ?? '', device)}`);
  return (await died) ? ends.join(', ') : '';
}

interface Outcome {
  readonly name: FailpointName;
  /** Empty: it was not met. */
  readonly text: string;
  readonly faults: readonly string[];
}

/** The ballast is given up on a disk that is full: a small one of its own, which only root may mount. */
async function dieOnFullDisk(context: CheckContext, house: House): Promise<Outcome> {
  const name = 'ballast.give-up';
  if (process.geteuid?.() !== 0)
    return { name, text: 'not tried: only root may mount a small disk', faults: [] };
  const doomed = await makeDoomed(context, house, 'full');
  const disk = join(doomed.device.stateDir, 'executor');
  await mkdir(disk, { mode: 0o700 });
  const size = `size=${SMALL_DISK_BYTES},mode=700`;
  await runProgram(context, ['/bin/mount', '-t', 'tmpfs', '-o', size, 'muster', disk]);
  // Done before the device is ended: lazily, since its processes are still in there.
  context.teardown(async () => void (await runProgram(context, ['/bin/umount', '-l', disk])));
  const { device, traffic } = doomed;
  device.start();
  await traffic.order('diagnostics.collect');
  await traffic.settle(PATIENCE_MS);
  await silence(doomed);
  await doomed.arm('serve', name, 1);
  device.start();
  const script = await traffic.order('script.run');
  await until('the script has begun', async () => (await device.marks()).size > 0, PATIENCE_MS);
  await fill(join(disk, 'filler'));
  // Their orders alone are more than what is left of the journal's last page.
  for (let n = 0; n < 4; n++) await traffic.order('inventory.refresh');
  const hasDied = await until(`${name} is met`, () => doomed.hasDied(), PATIENCE_MS).then(
    () => true,
    () => false,
  );
  await rm(join(disk, 'filler'));
  await traffic.settle(PATIENCE_MS);
  const { faults } = await traffic.judge();
  return {
    name,
    text: hasDied ? `with room again: script ${traffic.stateOf(script ?? '', device)}` : '',
    faults,
  };
}

/** Writes until the disk takes nothing more. */
async function fill(path: string): Promise<void> {
  for (let pieceBytes = 65_536; pieceBytes >= 1; ) {
    try {
      await appendFile(path, Buffer.alloc(pieceBytes, 0x5a));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      pieceBytes = Math.floor(pieceBytes / 4);
    }
  }
}

async function run(context: CheckContext): Promise<Verdict> {
  const house = await buildHouse(context);
  const evidence: string[] = [];
  const faults: string[] = [];
  // A journal begins its first segment before anything else: that one needs a device that has done nothing.
  const others = failpointNames.filter((name) => name !== 'ballast.give-up' && name !== 'journal.segment');
  const names: readonly FailpointName[] = ['journal.segment', ...others];
  const outcomes: Outcome[] = [];

  async function walk(index: number): Promise<void> {
    const doomed = await makeDoomed(context, house, `host-${index}`);
    const mine = names.filter((_, at) => at % DEVICES === index);
    for (const name of mine) {
      const times = often.has(name) ? 1 + Math.floor(context.random() * MAX_TIMES) : 1;
      const text = await dieAt(name, { doomed, times });
      outcomes.push({
        name,
        text: text === '' || times === 1 ? text : `${text} (met for time ${times})`,
        faults: [],
      });
      context.say(`${outcomes.length} of ${failpointNames.length}: ${name}`);
    }
    const judged = await doomed.traffic.judge();
    faults.push(...judged.faults);
    evidence.push(...judged.evidence.map((line) => `host-${index}: ${line}`));
  }

  await Promise.all(Array.from({ length: DEVICES }, (_, index) => walk(index)));
  const full = await dieOnFullDisk(context, house);
  outcomes.push(full);
  faults.push(...full.faults);
  for (const name of failpointNames) {
    const text = outcomes.find((one) => one.name === name)?.text ?? '';
    if (text === '') faults.push(`${name} was never met`);
    else evidence.push(`${name.padEnd(20)} ${text}`);
  }
  return { evidence, faults };
}

export const failpoints: Check = {
  id: 'failpoints',
  claims:
    'Wherever the executor or a wrapper dies, no acknowledged result is lost and nothing that may run once runs twice.',
  group: 'failpoints',
  run,
};
