// apk: plans by --simulate; a hold is a version pinned in the world file.
import type { Ended } from '../kind.ts';
import { filesOf, look } from '../programs/find.ts';
import type { Change, Installed, Order, PackageProvider, Plan } from './provider.ts';
import { APPLY_MS, LOCK_SECONDS, MAX_PLAN_BYTES, quoteFault, SIMULATE_MS, spell } from './provider.ts';

/** Paths of what it is made of. */
export interface ApkPrograms {
  readonly apk: string;
}

/** Where it lies. */
export const apkPaths = { apk: ['/sbin/apk', '/usr/sbin/apk', '/usr/bin/apk'] } as const satisfies Record<
  keyof ApkPrograms,
  readonly string[]
>;

/** apk has no essential flag. */
const ESSENTIAL = new Set([
  ...['alpine-base', 'alpine-baselayout', 'alpine-keys', 'alpine-release', 'apk-tools', 'busybox'],
  ...['busybox-binsh', 'musl', 'musl-utils', 'openrc', 'libc-utils', 'libcrypto3', 'libssl3', 'zlib'],
]);

function parseChange(line: string): Change[] {
  const [, verb = '', name = '', versions = ''] =
    /^\(\d+\/\d+\) ([A-Z]\w+) (\S+) \(([^)]*)\)/.exec(line) ?? [];
  const [first = '', second] = versions.split(' -> ');
  if (name === '') return [];
  if (verb === 'Purging') return [{ name, from: first, to: '' }];
  if (verb === 'Installing') return [{ name, from: '', to: first }];
  return [{ name, from: first, to: second ?? first }];
}

/** Reads what `apk --simulate` prints: `(1/2) Installing tool (1.0-r0)`. Lines are numbered, so a missing one shows. */
export function parseApkPlan({ exit, output }: Ended): Plan {
  if (exit !== 0 || !/^OK: /m.test(output)) return { refusal: quoteFault(output, /^(?:ERROR| {2})/) };
  const changes = output.split('\n').flatMap(parseChange);
  const promised = Number(/^\(\d+\/(\d+)\) /m.exec(output)?.[1] ?? 0);
  return changes.length === promised ? { changes } : { refusal: 'What apk printed cannot be read whole.' };
}

/** Rows of `apk list --installed`: `tool-1.0-r0 x86_64 {tool} (MIT) [installed]`. */
export function parseApkRows(output: string): Installed[] {
  return output.split('\n').flatMap((line) => {
    const [, name = '', version = ''] = /^(\S+)-(\d[^\s-]*-r\d+) .*\[installed\]/.exec(line) ?? [];
    return name === '' ? [] : [{ name, version, essential: false }];
  });
}

function orderArgs({ act, packages }: Order): string[] {
  const specs = packages.map((wanted) => spell(wanted, '='));
  const verb = { install: 'add', remove: 'del', upgrade: 'upgrade' }[act];
  return [verb, '--', ...specs];
}

/** apk on a root. */
export function createApk(programs: ApkPrograms, root: string): PackageProvider {
  const where = root === '' ? [] : [`--root=${root}`];
  const settings = [...where, '--no-progress', `--wait=${LOCK_SECONDS}`];
  return {
    name: 'apk',
    ecosystem: 'apk',
    essentialNames: ESSENTIAL,
    simulate: (order) => ({
      path: programs.apk,
      args: [...settings, '--simulate', ...orderArgs(order)],
      timeoutMs: SIMULATE_MS,
      maxOutputBytes: MAX_PLAN_BYTES,
      keepsFiles: true,
    }),
    parsePlan: parseApkPlan,
    apply: (order) => ({ path: programs.apk, args: [...settings, ...orderArgs(order)], timeoutMs: APPLY_MS }),
    async readInstalled(context, names) {
      if (names.length === 0) return [];
      const { output } = await context.read(
        look(programs.apk, [...where, 'list', '--installed', '--', ...names]),
      );
      return parseApkRows(output).filter(({ name }) => names.includes(name));
    },
    readMissing: async () => [],
    readProtected: async () => [],
    async readHeld(context) {
      const world = (await filesOf(context).readText('/etc/apk/world')) ?? '';
      return world.split('\n').flatMap((line) => /^([A-Za-z0-9][\w.+-]*)=/.exec(line)?.[1] ?? []);
    },
    hold: async (_context, packages, held) => ({
      path: programs.apk,
      args: [
        ...settings,
        'add',
        '--',
        ...packages.map((one) => spell(held ? one : { ...one, version: '' }, '=')),
      ],
      timeoutMs: SIMULATE_MS,
    }),
    isVersion: (asked, version) => asked === version,
  };
}
