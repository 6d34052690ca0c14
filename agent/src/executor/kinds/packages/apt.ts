// apt and dpkg: transactions simulated with -s, old configuration files kept, locks waited for with a bound.

import type { Ended } from '../kind.ts';
import { look } from '../programs/find.ts';
import type { Change, Installed, Order, PackageProvider, Plan, Wanted } from './provider.ts';
import { APPLY_MS, LOCK_SECONDS, MAX_PLAN_BYTES, quoteFault, SIMULATE_MS, spell } from './provider.ts';

/** Paths of what it is made of. */
export interface AptPrograms {
  readonly aptGet: string;
  readonly aptCache: string;
  readonly aptMark: string;
  readonly dpkgQuery: string;
}

/** Where they lie. */
export const aptPaths = {
  aptGet: ['/usr/bin/apt-get'],
  aptCache: ['/usr/bin/apt-cache'],
  aptMark: ['/usr/bin/apt-mark'],
  dpkgQuery: ['/usr/bin/dpkg-query'],
} as const satisfies Record<keyof AptPrograms, readonly string[]>;

/** Most are Essential or Protected by their own word; these are not, or not in every release. */
const ESSENTIAL = new Set(['apt', 'dpkg', 'libc6', 'systemd', 'systemd-sysv', 'sysvinit-core', 'init']);

/** Nobody is there to answer questions; needrestart only lists. */
const QUIET = {
  DEBIAN_FRONTEND: 'noninteractive',
  DEBIAN_PRIORITY: 'critical',
  APT_LISTCHANGES_FRONTEND: 'none',
  NEEDRESTART_MODE: 'l',
  UCF_FORCE_CONFFOLD: '1',
} as const;

/** Without this apt reads an unknown name with a dot or plus in it as a pattern, and installs all that fit it. */
const EXACT = ['-o', 'APT::Cmd::Pattern-Only=true', '-o', 'APT::Get::AutomaticRemove=false'] as const;

/** How it is done for real. A changed configuration file of the device stays. */
const REAL = [
  '-y',
  '-o',
  `DPkg::Lock::Timeout=${LOCK_SECONDS}`,
  '-o',
  'DPkg::Options::=--force-confdef',
  '-o',
  'DPkg::Options::=--force-confold',
] as const;

/** The words of an order; without --no-remove an installation may throw others out. */
function orderArgs({ act, packages }: Order): string[] {
  const specs = packages.map((wanted) => spell(wanted, '='));
  if (act === 'remove') return ['remove', '--', ...specs];
  if (act === 'install') return ['--no-remove', 'install', '--', ...specs];
  return specs.length === 0
    ? ['--no-remove', '--with-new-pkgs', 'upgrade']
    : ['--no-remove', '--only-upgrade', 'install', '--', ...specs];
}

function withoutArchitecture(name: string): string {
  return name.split(':')[0] ?? name;
}

function parseChange(line: string): Change[] {
  const inst = /^Inst (\S+)(?: \[(\S+)\])? \((\S+)/.exec(line);
  if (inst)
    return [
      {
        name: withoutArchitecture(inst[1] ?? ''),
        from: inst[2] ?? '',
        to: (inst[3] ?? '').replace(/\)$/, ''),
      },
    ];
  const gone = /^(?:Remv|Purg) (\S+)(?: \[(\S+)\])?/.exec(line);
  return gone ? [{ name: withoutArchitecture(gone[1] ?? ''), from: gone[2] ?? '', to: '' }] : [];
}

/** Reads what `apt-get -s` prints. Its first line must be there: output that was cut is no plan. */
export function parseAptPlan({ exit, output }: Ended): Plan {
  if (exit !== 0) return { refusal: quoteFault(output, /^E: |: (?:Depends|Conflicts|PreDepends|Breaks):/) };
  if (!/^(?:Reading package lists|NOTE: This is only a simulation)/m.test(output))
    return { refusal: 'What apt printed cannot be read whole.' };
  return { changes: output.split('\n').flatMap(parseChange) };
}

/** Rows of `dpkg-query -W` in the form that readInstalled asks for. */
function parseDpkgRows(output: string): Installed[] {
  return output.split('\n').flatMap((line) => {
    const [name = '', version = '', status = '', ...flags] = line.split('\t');
    return status === 'installed' ? [{ name, version, essential: flags.includes('yes') }] : [];
  });
}

/** Rows of `apt-cache madison`: name and version of everything the repositories offer. */
function parseOffers(output: string): Set<string> {
  return new Set(
    output.split('\n').flatMap((line) => {
      const [name = '', version = '', source] = line.split(' | ').map((cell) => cell.trim());
      return source === undefined ? [] : [name, `${name}=${version}`];
    }),
  );
}

/** In a throw-away root apt reads one configuration file of that root, which names its folders, and none of the machine's. */
function environment(root: string): Record<string, string> {
  return root === '' ? QUIET : { ...QUIET, APT_CONFIG: `${root}/etc/apt/root.conf` };
}

/** apt on a root. */
export function createApt(programs: AptPrograms, root: string): PackageProvider {
  const env = environment(root);
  const database = root === '' ? [] : [`--admindir=${root}/var/lib/dpkg`];
  return {
    name: 'apt',
    ecosystem: 'deb',
    essentialNames: ESSENTIAL,
    simulate: (order) => ({
      path: programs.aptGet,
      args: ['-s', '-o', 'Debug::NoLocking=true', ...EXACT, ...orderArgs(order)],
      env,
      timeoutMs: SIMULATE_MS,
      maxOutputBytes: MAX_PLAN_BYTES,
      keepsFiles: true,
    }),
    parsePlan: parseAptPlan,
    apply: (order) => ({
      path: programs.aptGet,
      args: [...REAL, ...EXACT, ...orderArgs(order)],
      env,
      timeoutMs: APPLY_MS,
    }),
    async readInstalled(context, names) {
      if (names.length === 0) return [];
      const format =
        // biome-ignore lint/suspicious/noTemplateCurlyInString: these are dpkg's own placeholders
        '--showformat=${Package}\\t${Version}\\t${db:Status-Status}\\t${Essential}\\t${Protected}\\t${Important}\\n';
      const args = [...database, '--show', format, '--', ...names];
      const { output } = await context.read({
        ...look(programs.dpkgQuery, args),
        maxOutputBytes: MAX_PLAN_BYTES,
      });
      return parseDpkgRows(output).filter(({ name }) => names.includes(name));
    },
    async readMissing(context, packages: readonly Wanted[]) {
      const names = packages.map(({ name }) => name);
      const { output } = await context.read({
        ...look(programs.aptCache, ['madison', '--', ...names]),
        env,
        keepsFiles: true,
      });
      const offers = parseOffers(output);
      return packages.filter((wanted) => !offers.has(spell(wanted, '=')));
    },
    readProtected: async () => [],
    async readHeld(context) {
      const { exit, output } = await context.read({
        ...look(programs.aptMark, ['showhold']),
        env,
        keepsFiles: true,
      });
      return exit === 0 ? output.split('\n').filter((line) => /^[A-Za-z0-9][\w+.:-]*$/.test(line)) : [];
    },
    hold: async (_context, packages, held) => ({
      path: programs.aptMark,
      args: [held ? 'hold' : 'unhold', '--', ...packages.map(({ name }) => name)],
      env,
      timeoutMs: SIMULATE_MS,
    }),
    isVersion: (asked, version) => asked === version,
  };
}
