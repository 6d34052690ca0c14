// For injection tests and the check of the same name: hostile values, every parameter of every kind, and what must not become of them.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandKind, commandKinds, kindEntry } from '@muster/protocol/commands';
import fc from 'fast-check';
import type { Program } from '../kind.ts';
import { BODY_SHA256, type Collected, collectArgv } from './collect-argv.ts';
import { plantDevice, type Variant, variants } from './device.ts';

/** A word that stands for a value in the control arm: it fits every pattern and occurs nowhere else. */
const CONTROL = 'zqctrlzq';

type Args = Readonly<Record<string, unknown>>;

/** Parameters in which one value is to be exchanged; `path` values stand behind a folder. */
const slots: readonly (readonly [CommandKind, string, (value: string) => Args, 'plain' | 'path'])[] = [
  ...(['start', 'stop', 'restart', 'enable', 'disable'] as const).map(
    (verb) => [`service.${verb}`, 'name', (value: string) => ({ name: value }), 'plain'] as const,
  ),
  ...(['start', 'stop', 'restart', 'enable', 'disable'] as const).map(
    (verb) =>
      [`service.${verb}`, 'instance', (value: string) => ({ name: `template@${value}` }), 'plain'] as const,
  ),
  ...(['remove', 'upgrade', 'hold', 'unhold'] as const).map(
    (verb) =>
      [`package.${verb}`, 'names', (value: string) => ({ names: ['other', value] }), 'plain'] as const,
  ),
  ['package.install', 'name', (value) => ({ packages: [{ name: value, version: '2.0-1' }] }), 'plain'],
  ['package.install', 'version', (value) => ({ packages: [{ name: 'other', version: value }] }), 'plain'],
  ['user.lock', 'name', (value) => ({ name: value }), 'plain'],
  ['user.unlock', 'name', (value) => ({ name: value }), 'plain'],
  ['file.fetch', 'path', (value) => ({ path: value }), 'path'],
  ['file.put', 'path', (value) => ({ ...put, place: { path: value } }), 'path'],
  ['file.put', 'owner', (value) => ({ ...put, place: { owner: value } }), 'plain'],
  ['file.put', 'group', (value) => ({ ...put, place: { group: value } }), 'plain'],
  ['file.put', 'mode', (value) => ({ ...put, place: { mode: value } }), 'plain'],
  ['file.put', 'content', (value) => ({ ...put, content: value }), 'plain'],
  ['script.run', 'word', (value) => ({ ...script, parameters: { word: value } }), 'plain'],
  ['script.run', 'count', (value) => ({ ...script, parameters: { count: value } }), 'plain'],
  ['script.run', 'a name', (value) => ({ ...script, parameters: { [value]: 'x' } }), 'plain'],
  ['script.run', 'stdin', (value) => ({ ...script, stdin: value }), 'plain'],
  ['script.run', 'runAs', (value) => ({ ...script, runAs: value }), 'plain'],
  ['script.run', 'content', (value) => ({ ...script, content: value }), 'plain'],
  ['process.signal', 'pid', (value) => ({ pid: value, startTicks: 1, signal: 'TERM' }), 'plain'],
  ['process.signal', 'startTicks', (value) => ({ pid: 2, startTicks: value, signal: 'TERM' }), 'plain'],
  ['process.signal', 'signal', (value) => ({ pid: 2, startTicks: 1, signal: value }), 'plain'],
  ['power.reboot', 'message', (value) => ({ delayMs: 0, message: value }), 'plain'],
  ['power.shutdown', 'message', (value) => ({ delayMs: 0, message: value }), 'plain'],
  ['power.reboot', 'delayMs', (value) => ({ delayMs: value, message: '' }), 'plain'],
  ['power.shutdown', 'delayMs', (value) => ({ delayMs: value, message: '' }), 'plain'],
  ['diagnostics.collect', 'sinceMs', (value) => ({ sinceMs: value }), 'plain'],
  ['run.resolve', 'command', (value) => ({ command: value, action: 'again' }), 'plain'],
  ['run.resolve', 'action', (value) => ({ command: `cmd_${'a'.repeat(26)}`, action: value }), 'plain'],
];
const put = { content: BODY_SHA256 };
const script = { content: BODY_SHA256, parameters: {}, stdin: '', runAs: '' };

/** Slots in which the control word itself is refused, because only few values fit. */
const NARROW = new Set([
  'mode',
  'content',
  'count',
  'a name',
  'pid',
  'startTicks',
  'signal',
  'delayMs',
  'sinceMs',
  'command',
  'action',
]);

const METACHARACTERS = [
  '$(id)',
  '`id`',
  ';id',
  '&&id',
  '||id',
  '|id',
  '>x',
  '<x',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '~',
  '!',
  '#',
  '\\',
  "'",
  '"',
  '$IFS',
  '%s',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u001b[2J',
  ' ',
];
const DASHES = [
  '-',
  '--',
  '-o',
  '--help',
  '--root=/',
  '-oDPkg::Pre-Invoke::=id',
  '--eval',
  '-c',
  '-e',
  '--allow-remove-essential',
  '--installroot=/x',
  '--',
  '-H',
  '@/etc/shadow',
];
const PATHS = [
  '../',
  '..',
  './',
  '/',
  '//',
  '/etc/shadow',
  '../../etc/passwd',
  '/proc/self/environ',
  '/dev/tcp/x/1',
  'file:///etc/passwd',
  'http://x/y.rpm',
  './x.deb',
];
const UNICODE = [
  '\u202e',
  '\u2028',
  '\ufeff',
  '\ud800',
  'ａ',
  '‐x',
  'é',
  '😀',
  '\u0130',
  '\uff0d\uff0dhelp',
  '\u0000',
];
const SPECS = [
  '=',
  '=1',
  '/x',
  ':i386',
  '<1',
  '>1',
  '@group',
  '+',
  '-',
  '^',
  'a+',
  'a-',
  '.*',
  '.service',
  '@.service',
  '.target',
  '%n',
  '*.service',
];
const GOOD = [
  'nginx',
  'libstdc++6',
  'python3.11',
  'ann',
  '_apt',
  'a-b_c',
  'x',
  '1.0~rc1',
  '2:1.0-1',
  'user@1000',
  'foo.socket',
  'a.b:c',
  'café',
  'two words',
];

/** Values that try something, and some that try nothing. */
const value = fc.oneof(
  fc.constantFrom(...GOOD, ...METACHARACTERS, ...DASHES, ...PATHS, ...UNICODE, ...SPECS),
  fc
    .tuple(
      fc.constantFrom(...GOOD, ...DASHES, ''),
      fc.constantFrom(...METACHARACTERS, ...PATHS, ...UNICODE, ...SPECS),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...METACHARACTERS, ...DASHES, ...UNICODE), fc.constantFrom(...GOOD))
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 24 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.stringMatching(/^[A-Za-z0-9+._@:-]{1,12}$/),
  fc.constantFrom(300, 5000).map((length) => 'a'.repeat(length)),
);

/** How a value may stand in one argument: alone, or in the one form that its program has for it. */
const ALLOWED = [
  /^zqctrlzq$/,
  /^zqctrlzq\.service$/,
  /^template@zqctrlzq(?:\.service)?$/,
  /^zqctrlzq[=-](?:2\.0-1|1\.0-r0)$/,
  /^other[=-]zqctrlzq$/,
];

function flat(programs: readonly Program[]): string[][] {
  return programs.map(({ path, args, env, stdin, user }) => [
    path,
    ...args,
    JSON.stringify(env ?? {}),
    stdin ?? '',
    user ?? '',
  ]);
}

/** `a.service` needs no suffix, `a` gets one. */
function withoutSuffix(text: string): string {
  return text.replace(/(\.(?:service|socket|timer|path))\.service$/, '$1').replace(/\.service$/, '');
}

/** The control arm with the value in the place of the control word. */
function expect(control: Collected, text: string): string[][] {
  const inJson = JSON.stringify(text).slice(1, -1);
  return flat(control.programs).map((words) =>
    words.map((word, index) => {
      const isEnv = index === words.length - 3;
      return withoutSuffix(word.replaceAll(CONTROL, () => (isEnv ? inJson : text)));
    }),
  );
}

function isBody(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === 'body';
}

/** Faults of the control arm: every place of the value must be a whole argument behind `--`, or no argument at all. */
function judgeControl(kind: CommandKind, { programs }: Collected, root: string): string[] {
  return programs.flatMap(({ path, args }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isScript = path.startsWith(`${root}/etc/init.d/`);
    const shell =
      /^(?:ba|da|a|z|k)?sh$|^(?:env|xargs|python3?|perl|busybox|su|sudo|eval)$/.test(name) &&
      kind !== 'script.run';
    const end = args.indexOf('--');
    const faults = args.flatMap((arg, index) => {
      if (!arg.includes(CONTROL)) return [];
      if (!ALLOWED.some((form) => form.test(arg))) return [`${name} takes the value inside ${arg}`];
      return end >= 0 && end < index ? [] : [`${name} takes the value before --`];
    });
    if (path.includes(CONTROL) && !isScript) faults.push(`${path} holds the value`);
    if (shell) faults.push(`${name} is a shell`);
    return faults;
  });
}

/** sysv cannot enable in another root, and nothing runs in a root of systemd that could be stopped. */
function hasNothingToDo(kind: CommandKind, variant: Variant): boolean {
  if (variant === 'sysv') return kind === 'service.enable' || kind === 'service.disable';
  return kind === 'service.stop' && variant !== 'alpine';
}

/** systemd writes an instance into a command line, so a new one may be ended and never begun. */
function isForbidden(kind: CommandKind, parameter: string, variant: Variant): boolean {
  if (parameter !== 'instance' || variant === 'alpine' || variant === 'sysv') return false;
  return kind !== 'service.stop' && kind !== 'service.disable';
}

/** Folders of a device. */
const KNOWN = new Set(['bin', 'content', 'etc', 'lib', 'run', 'sbin', 'spool', 'srv', 'usr', 'var']);

/** What became of the values of one parameter. */
export interface ParameterTrial {
  readonly kind: CommandKind;
  readonly parameter: string;
  readonly tried: number;
  /** Values that were harmless, and taken. */
  readonly accepted: number;
  /** Only few values fit it. */
  readonly isNarrow: boolean;
  readonly faults: readonly string[];
}

type Slot = (typeof slots)[number];

/** Tries values in one place on one device. */
async function trySlot(
  [kind, parameter, make, form]: Slot,
  {
    variant,
    root,
    texts,
  }: { readonly variant: Variant; readonly root: string; readonly texts: readonly string[] },
): Promise<Pick<ParameterTrial, 'accepted' | 'faults'>> {
  const shape = (text: string) => (form === 'path' ? `/srv/${text}` : text);
  const ask = (text: string) => {
    // The place is signed in the content document, beside the command.
    const { place, ...args } = make(shape(text));
    return collectArgv(root, { kind, args, place });
  };
  const control = await ask(CONTROL);
  const faults = judgeControl(kind, control, root);
  const forbidden = isForbidden(kind, parameter, variant);
  if (forbidden && control.refused !== 'E_PROTECTED') faults.push(`a new instance is taken on ${variant}`);
  if (!NARROW.has(parameter) && control.refused !== null && !forbidden && !hasNothingToDo(kind, variant))
    faults.push(`the control value was refused on ${variant}: ${control.refused}`);
  let accepted = 0;
  for (const text of texts) {
    const got = await ask(text);
    if (got.refused !== null) continue;
    if (forbidden) faults.push(`${JSON.stringify(text)} became an instance`);
    accepted += 1;
    const actual = flat(got.programs).map((words) => words.map(withoutSuffix));
    if (JSON.stringify(actual) !== JSON.stringify(expect(control, text)))
      faults.push(`${JSON.stringify(text)} became ${JSON.stringify(actual)}`);
    if (kind === 'file.put' && form === 'path' && !isBody(join(root, shape(text))))
      faults.push(`${text} lies elsewhere`);
  }
  return { accepted, faults };
}

/** What lies in the root of a device that should not, after everything was tried. */
function findStrays(root: string): string[] {
  const strays = readdirSync(root).filter((name) => !KNOWN.has(name));
  return existsSync(join(root, 'etc/motd')) ? [...strays, 'etc/motd'] : strays;
}

/**
 * Sends hostile values through every parameter of every kind, on devices of all sorts in folders below `parent`. No program is
 * started. `strays` names what was made where nothing should be.
 */
export async function tryInjections(
  parent: string,
  { seed, values: count }: { readonly seed: number; readonly values: number },
): Promise<{ readonly trials: readonly ParameterTrial[]; readonly strays: readonly string[] }> {
  const roots = variants.map((variant) => ({ variant, root: join(parent, variant) }));
  for (const { variant, root } of roots) {
    mkdirSync(root);
    plantDevice(root, variant);
  }
  // An empty text means that nothing was given, which is no value.
  const values = fc.sample(
    value.filter((text) => text !== ''),
    { seed, numRuns: count },
  );
  const trials: ParameterTrial[] = [];
  for (const slot of slots) {
    const [kind, parameter] = slot;
    let accepted = 0;
    const faults: string[] = [];
    for (const { variant, root } of roots) {
      const texts = values.filter((_, index) => variants[index % variants.length] === variant);
      const tried = await trySlot(slot, { variant, root, texts });
      accepted += tried.accepted;
      faults.push(...tried.faults);
    }
    trials.push({ kind, parameter, tried: values.length, accepted, isNarrow: NARROW.has(parameter), faults });
  }
  return { trials, strays: roots.flatMap(({ root }) => findStrays(root)) };
}

/** Parameters with hostile names for every kind, none of which it has: those that were not refused. */
export async function tryUnknownParameters(
  root: string,
  { seed, names: count }: { readonly seed: number; readonly names: number },
): Promise<{ readonly tried: number; readonly faults: readonly string[] }> {
  plantDevice(root, 'debian');
  const names = fc.sample(value, { seed, numRuns: count });
  const faults: string[] = [];
  for (const kind of commandKinds)
    for (const name of names) {
      const args = { ...kindEntry(kind).defaults, [name || 'x']: 'x', shell: true };
      const { refused } = await collectArgv(root, { kind, args });
      if (refused !== 'E_SCHEMA') faults.push(`${kind} ${JSON.stringify(name)}: ${refused}`);
    }
  return { tried: commandKinds.length * count, faults };
}
