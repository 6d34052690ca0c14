// zypper: plans come as XML, which is read by its closed set of tags.
import type { Ended } from '../kind.ts';
import { look } from '../programs/find.ts';
import type { Change, Order, PackageProvider, Plan } from './provider.ts';
import { APPLY_MS, LOCK_SECONDS, MAX_PLAN_BYTES, quoteFault, SIMULATE_MS, spell } from './provider.ts';
import { isRpmVersion, readRpmInstalled, rpmEssentialNames } from './rpm.ts';

/** Paths of what it is made of. */
export interface ZypperPrograms {
  readonly zypper: string;
  readonly rpm: string;
}

/** Where they lie. */
export const zypperPaths = {
  zypper: ['/usr/bin/zypper'],
  rpm: ['/usr/bin/rpm', '/bin/rpm'],
} as const satisfies Record<keyof ZypperPrograms, readonly string[]>;

/** It waits that long for another one, in the environment because there is no option. */
const ENV = { ZYPP_LOCK_TIMEOUT: String(LOCK_SECONDS) } as const;

function attribute(tag: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}

function parseGroup(group: string, body: string): Change[] {
  return [...body.matchAll(/<solvable\s[^>]*>/g)].map(([tag]) => {
    const edition = attribute(tag, 'edition');
    const name = attribute(tag, 'name');
    if (group === 'remove') return { name, from: edition, to: '' };
    return { name, from: attribute(tag, 'edition-old'), to: edition };
  });
}

/** Reads what `zypper --xmlout --dry-run` prints. */
export function parseZypperPlan({ exit, output }: Ended): Plan {
  const summary = /<install-summary[^>]*packages-to-change="(\d+)"[^>]*>([\s\S]*?)<\/install-summary>/.exec(
    output,
  );
  const complaint = quoteFault(
    output.replace(/<(?!message type="error")[^>]*>/g, ''),
    /<message|Problem:/,
  ).replace(/<[^>]*>/g, '');
  if (exit !== 0) return { refusal: complaint };
  if (summary === null) {
    if (!/Nothing to do\.|No update candidate/.test(output)) return { refusal: complaint };
    return { changes: [] };
  }
  const groups = (summary[2] ?? '').matchAll(
    /<to-(install|upgrade|downgrade|remove|reinstall|change-[a-z]+)>([\s\S]*?)<\/to-\1>/g,
  );
  const changes = [...groups].flatMap(([, group = '', body = '']) => parseGroup(group, body));
  return changes.length >= Number(summary[1])
    ? { changes }
    : { refusal: 'What zypper printed cannot be read whole.' };
}

/** By package name only: without --name a word may also mean what some other package provides. */
function orderArgs({ act, packages }: Order, options: readonly string[]): string[] {
  const specs = packages.map((wanted) => spell(wanted, '='));
  if (act === 'remove') return ['remove', ...options, '--name', '--no-clean-deps', '--', ...specs];
  if (act === 'install') return ['install', ...options, '--name', '--', ...specs];
  return ['update', ...options, '--', ...specs];
}

/** zypper on a root. */
export function createZypper(programs: ZypperPrograms, root: string): PackageProvider {
  const where = root === '' ? [] : [`--root=${root}`];
  const settings = [...where, '--non-interactive', '--no-refresh'];
  return {
    name: 'zypper',
    ecosystem: 'rpm',
    essentialNames: rpmEssentialNames,
    simulate: (order) => ({
      path: programs.zypper,
      args: ['--xmlout', ...settings, ...orderArgs(order, ['--dry-run'])],
      env: ENV,
      timeoutMs: SIMULATE_MS,
      maxOutputBytes: MAX_PLAN_BYTES,
      keepsFiles: true,
    }),
    parsePlan: parseZypperPlan,
    apply: (order) => ({
      path: programs.zypper,
      args: [...settings, ...orderArgs(order, [])],
      env: ENV,
      timeoutMs: APPLY_MS,
    }),
    readInstalled: (context, names) => readRpmInstalled(context, programs.rpm, names),
    readMissing: async () => [],
    readProtected: async () => [],
    async readHeld(context) {
      const { output } = await context.read({
        ...look(programs.zypper, ['--xmlout', ...settings, 'locks']),
        keepsFiles: true,
      });
      return [...output.matchAll(/<lock [^>]*><name>([^<]*)<\/name>/g)].map(([, name = '']) => name);
    },
    hold: async (_context, packages, held) => ({
      path: programs.zypper,
      args: [...settings, held ? 'addlock' : 'removelock', '--', ...packages.map(({ name }) => name)],
      env: ENV,
      timeoutMs: SIMULATE_MS,
    }),
    isVersion: isRpmVersion,
  };
}
