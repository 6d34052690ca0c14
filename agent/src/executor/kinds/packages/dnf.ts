// dnf: its printed transaction is the plan; metadata that is here already is used, so plan and effect see the same offers.
import type { Ended } from '../kind.ts';
import { filesOf } from '../programs/find.ts';
import type { Change, Order, PackageProvider, Plan } from './provider.ts';
import { APPLY_MS, MAX_PLAN_BYTES, quoteFault, SIMULATE_MS, spell } from './provider.ts';
import { isRpmVersion, readRpmInstalled, rpmEssentialNames } from './rpm.ts';

/** Paths of what it is made of. */
export interface DnfPrograms {
  readonly dnf: string;
  readonly rpm: string;
}

/** Where they lie. */
export const dnfPaths = {
  dnf: ['/usr/bin/dnf-3', '/usr/bin/dnf'],
  rpm: ['/usr/bin/rpm', '/bin/rpm'],
} as const satisfies Record<keyof DnfPrograms, readonly string[]>;

/** Headings of the printed transaction, and what their rows mean. */
const HEADINGS: readonly (readonly [RegExp, 'new' | 'newer' | 'gone' | 'older'])[] = [
  [/^(?:Installing|Reinstalling)/, 'new'],
  [/^Upgrading/, 'newer'],
  [/^Downgrading/, 'older'],
  [/^Removing/, 'gone'],
];

/** Rows are wrapped where a name is long, so a section is read as one run of words: name, architecture, version, repository, size. */
const ROW =
  /(\S+)\s+(?:noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|riscv64)\s+(\S+)\s+(\S+)\s+[\d.]+(?:\s+[kMGT](?=\s|$))?/g;
/** A package that another one takes the place of. */
const REPLACED = /replacing\s+(\S+)\.\w+\s+(\S+)/g;

function parseSection(heading: string, body: string): Change[] {
  const meaning = HEADINGS.find(([pattern]) => pattern.test(heading))?.[1];
  if (meaning === undefined) return [];
  const replaced = [...body.matchAll(REPLACED)].map(([, name = '', version = '']) => ({
    name,
    from: version,
    to: '',
  }));
  const rows = [...body.replace(REPLACED, '').matchAll(ROW)].map(([, name = '', version = '']) =>
    // dnf does not print what was there before; '?' stands for it.
    meaning === 'gone'
      ? { name, from: version, to: '' }
      : { name, from: meaning === 'new' ? '' : '?', to: version },
  );
  return [...rows, ...replaced];
}

/** Number of packages that the summary counts, to hold against the rows that were read. */
function countSummary(output: string): number {
  const summary = output.split('\nTransaction Summary\n')[1] ?? '';
  return [
    ...summary.matchAll(/^(?:Install|Upgrade|Downgrade|Remove|Reinstall)\s+(\d+)\s+Packages?/gm),
  ].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Reads what `dnf --assumeno` prints. Fewer rows than the summary counts: no plan. */
export function parseDnfPlan({ output }: Ended): Plan {
  if (/^Nothing to do\.$/m.test(output) && !/^Error: /m.test(output)) return { changes: [] };
  const table =
    output.split('\nDependencies resolved.\n')[1] ?? output.split(/^Dependencies resolved\.\n/)[1];
  if (table === undefined || !table.includes('\nTransaction Summary\n'))
    return { refusal: quoteFault(output, /^(?:Error: |No match for argument|No package| Problem)/) };
  const body = table.split('\nTransaction Summary\n')[0] ?? '';
  const parts = body.split(/^(?=[A-Z][A-Za-z ]*:$)/m);
  const changes = parts.flatMap((part) => parseSection(part.split('\n')[0] ?? '', part));
  const listed = changes.length - [...body.matchAll(REPLACED)].length;
  return listed === countSummary(output)
    ? { changes }
    : { refusal: 'What dnf printed cannot be read whole.' };
}

function orderArgs({ act, packages }: Order): string[] {
  const specs = packages.map((wanted) => spell(wanted, '-'));
  return act === 'remove' ? ['remove', '--noautoremove', '--', ...specs] : [act, '--', ...specs];
}

/** dnf on a root. */
export function createDnf(programs: DnfPrograms, root: string): PackageProvider {
  const where =
    root === ''
      ? []
      : [
          `--installroot=${root}`,
          `--config=${root}/etc/dnf/dnf.conf`,
          `--setopt=reposdir=${root}/etc/yum.repos.d`,
        ];
  // Metadata is not refreshed between plan and effect, so that both see the same offers.
  const settings = [...where, '--setopt=metadata_expire=-1', '--setopt=protect_running_kernel=True'];
  return {
    name: 'dnf',
    ecosystem: 'rpm',
    essentialNames: rpmEssentialNames,
    simulate: (order) => ({
      path: programs.dnf,
      args: ['--assumeno', ...settings, ...orderArgs(order)],
      timeoutMs: SIMULATE_MS,
      maxOutputBytes: MAX_PLAN_BYTES,
      keepsFiles: true,
    }),
    parsePlan: parseDnfPlan,
    apply: (order) => ({
      path: programs.dnf,
      args: ['--assumeyes', ...settings, ...orderArgs(order)],
      timeoutMs: APPLY_MS,
    }),
    readInstalled: (context, names) => readRpmInstalled(context, programs.rpm, names),
    // The plan itself is held against the names and versions.
    readMissing: async () => [],
    async readProtected(context) {
      const files = filesOf(context);
      const folders = ['/etc/dnf/protected.d', '/etc/yum/protected.d'];
      const texts = await Promise.all(
        folders.map(async (folder) => {
          const names = (await files.list(folder)).filter((name) => name.endsWith('.conf'));
          return Promise.all(names.map((name) => files.readText(`${folder}/${name}`)));
        }),
      );
      return texts.flat().flatMap((text) => (text ?? '').split(/\s+/).filter((word) => word !== ''));
    },
    async readHeld(context) {
      const text = (await filesOf(context).readText('/etc/dnf/plugins/versionlock.list')) ?? '';
      return text.split('\n').flatMap((line) => /^([A-Za-z0-9][\w.+-]*)-\d+:\S+$/.exec(line)?.[1] ?? []);
    },
    async hold(context, packages, held) {
      // The command comes with a plugin, which brings this file.
      if ((await filesOf(context).stat('/etc/dnf/plugins/versionlock.conf')) === null) return null;
      const words = ['versionlock', held ? 'add' : 'delete', '--', ...packages.map(({ name }) => name)];
      return { path: programs.dnf, args: [...settings, ...words], timeoutMs: SIMULATE_MS };
    },
    isVersion: isRpmVersion,
  };
}
