// Bench of a check cycle on a device: 200 rules that files can answer, in processor time and in programs that it starts.
import { lstatSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { noMemory, type PolicyMachine, parseResolved, runPolicyCycle } from '@muster/agent/executor';
import type { ResolvedItem } from '@muster/protocol/policy';
import { type Bench, type BenchContext, type Figure, median, summarize } from './bench.ts';
import { readProcessorMs } from './resolve.ts';
import { makeBenchFolder } from './stage.ts';

/** Packages of the device; a server has some hundred, a desktop with everything 3,000. */
const PACKAGES = 2_000;
/** Rules by kind, together 200. */
const RULES = { package: 60, file: 60, sysctl: 50, module: 20, service: 10 } as const;
/** Cycles of a round whose median counts, and those before that warm the machine up. */
const CYCLES = 20;
const WARM_CYCLES = 3;

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

const pathOf = (at: number) => `/etc/bench/conf.d/settings-${at}.conf`;
const keyOf = (at: number) => `net/ipv4/conf/bench${at}/forwarding`;

/** A stanza of the length that those of a distribution have. */
function writeStanza(at: number): string {
  return [
    ...[`Package: bench-${at}`, 'Status: install ok installed', 'Priority: optional', 'Section: misc'],
    ...['Installed-Size: 1234', 'Maintainer: Somebody <somebody@example.org>', 'Architecture: amd64'],
    ...[`Version: 1.${at}-1`, `Depends: ${times(12, (n) => `bench-${n} (>= 1.0)`).join(', ')}`],
    ...[`Description: package ${at} of a bench`, ...times(8, (n) => ` ${'what it does '.repeat(5)}${n}`)],
  ].join('\n');
}

/** The files of such a device. */
function listFiles(): [path: string, text: string][] {
  const unit =
    '[Unit]\nDescription=a service\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
  return [
    ['/var/lib/dpkg/status', `${times(PACKAGES, writeStanza).join('\n\n')}\n`],
    ['/etc/passwd', 'root:x:0:0::/root:/bin/sh\n'],
    ['/etc/group', 'root:x:0:\n'],
    ['/proc/modules', times(150, (at) => `module_${at} 4096 0 - Live 0x0`).join('\n')],
    ['/etc/modprobe.d/bench.conf', times(100, (at) => `install other_${at} /bin/false`).join('\n')],
    ['/etc/sysctl.d/bench.conf', times(100, (at) => `${keyOf(at)} = 0`).join('\n')],
    ['/run/systemd/system/.keep', ''],
    ...times(RULES.file, (at): [string, string] => [pathOf(at), 'x']),
    ...times(RULES.sysctl, (at): [string, string] => [`/proc/sys/${keyOf(at)}`, '0\n']),
    ...times(200, (at): [string, string] => [`/usr/lib/systemd/system/bench-${at}.service`, unit]),
  ];
}

/** Half of them hold, as on a device that nobody has looked after. */
function listItems(): readonly ResolvedItem[] {
  const wishes = [
    ...times(RULES.package, (at) => [
      'package',
      { name: `bench-${at * 40}`, state: at % 2 ? 'absent' : 'installed' },
    ]),
    ...times(RULES.file, (at) => [
      'file',
      { path: pathOf(at), mode: at % 2 ? '0600' : '0644', owner: 'root' },
    ]),
    ...times(RULES.sysctl, (at) => ['sysctl', { key: keyOf(at), value: String(at % 2) }]),
    ...times(RULES.module, (at) => [
      'kernel-module',
      { name: `${at % 2 ? 'module' : 'other'}_${at}`, state: 'absent' },
    ]),
    ...times(RULES.service, (at) => ['service', { name: `bench-${at}`, enabled: at % 2 === 1 }]),
  ];
  return parseResolved(
    JSON.stringify(wishes.map(([kind, wanted]) => ({ kind, wanted, mode: 'audit' }))),
    'bench',
  );
}

/** A device below that folder, which remembers nothing. */
function createMachine(root: string, counts: { programs: number }): PolicyMachine {
  return {
    open: (cmdId, reason) => ({
      ...{ root, bootId: '', asked: { cmdId, deviceId: '', requester: '', reason } },
      async read() {
        counts.programs++;
        return { exit: 1, signal: null, timedOut: false, output: '' };
      },
      content: () => Promise.reject(new Error('a check needs no content')),
      now: () => Date.now(),
    }),
    memory: noMemory,
    readDenyList: async () => [],
    isUnderWay: async () => false,
    now: () => Date.now(),
  };
}

/** The least that anybody has to do: read the same files whole, and look at the same paths. */
function readBare(root: string): number {
  const texts = [
    '/var/lib/dpkg/status',
    '/proc/modules',
    '/etc/modprobe.d/bench.conf',
    '/etc/sysctl.d/bench.conf',
  ];
  const keys = times(RULES.sysctl, (at) => `/proc/sys/${keyOf(at)}`);
  const chars = [...texts, ...keys].map((path) => readFileSync(join(root, path), 'utf8').length);
  const modes = times(RULES.file, (at) => lstatSync(join(root, pathOf(at))).mode);
  return [...chars, ...modes].reduce((sum, one) => sum + one, 0);
}

async function once(work: () => unknown): Promise<number> {
  const fromMs = readProcessorMs();
  await work();
  return readProcessorMs() - fromMs;
}

async function time(work: () => unknown): Promise<number> {
  for (let cycle = 0; cycle < WARM_CYCLES; cycle++) await work();
  const all: number[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) all.push(await once(work));
  return median(all);
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const root = await makeBenchFolder(context, 'policy-check');
  for (const [path, text] of listFiles()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode: 0o644 });
  }
  const items = listItems();
  const counts = { programs: 0 };
  const machine = createMachine(root, counts);
  let drifted = 0;
  const cycle = async () => {
    const report = await runPolicyCycle(items, machine);
    drifted = report.items.filter(({ state }) => state === 'drifted').length;
  };
  // The first has the compiler's work in it, as that of an executor that was just started.
  const first = await once(cycle);
  const warm: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    context.say(`round ${round + 1} of ${context.rounds}`);
    warm.push(await time(cycle));
    bare.push(await time(() => readBare(root)));
  }
  const raw = { what: 'ms, the same files read whole, the same paths looked at', value: median(bare) };
  const note = `${items.length} rules, ${drifted} of them not kept, on a device with ${PACKAGES} packages`;
  return [
    { name: 'a check cycle', unit: 'ms', ...summarize(warm), atMost: 1_000, raw, note },
    { name: 'the first in a process', unit: 'ms', value: first, atMost: 1_000, raw },
    { name: 'programs started by all of them', unit: '', value: counts.programs, atMost: 0 },
  ];
}

export const policyCheck: Bench = {
  id: 'policy-check',
  says: 'whether 200 rules hold on a device',
  run,
};
