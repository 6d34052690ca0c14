// Judges a simulated transaction: exactly what was signed, nothing that the device needs, nothing older.
import { compareVersions } from '@muster/protocol';
import { connectsAsPackage } from '../connection/connection.ts';
import type { Change, Installed, Order, PackageProvider, Wanted } from './provider.ts';

/** What the judgement rests on. */
export interface Circumstances {
  readonly provider: Pick<PackageProvider, 'essentialNames' | 'ecosystem' | 'isVersion'>;
  /** Of all packages that the order or the plan names. */
  readonly installed: readonly Installed[];
  readonly held: readonly string[];
  /** Names that the device's owner protects. */
  readonly protectedNames: readonly string[];
  /** Release of the kernel that runs, as `uname -r` says it. */
  readonly kernelRelease: string;
}

/** A reason against a plan. */
export interface Objection {
  readonly code: 'E_PROTECTED' | 'E_PACKAGE' | 'E_NOT_FOUND';
  readonly summary: string;
}

/** The agent's own packages. */
const OWN = /^muster(?:-agent|-executor)?$/;
const KERNEL_IMAGE =
  /^(?:linux-(?:image|modules|image-unsigned)-.*|kernel(?:-core|-modules.*|-default.*|-uek.*|-rt.*)?)$/;
/** apk calls a kernel by its flavor alone, which is also the end of its release. */
const ALPINE_KERNEL = /^linux-(lts|virt|edge|rpi\d*|stable)$/;

/** True for a package that holds the kernel that runs; rather once too often. */
export function isRunningKernel(name: string, version: string, release: string): boolean {
  const flavor = ALPINE_KERNEL.exec(name)?.[1];
  if (flavor !== undefined) return release.endsWith(`-${flavor}`);
  if (!KERNEL_IMAGE.test(name)) return false;
  if (name.startsWith('linux-')) return release !== '' && name.endsWith(`-${release}`);
  // SUSE's release leaves the last number of the package's version out, so only the upstream part is compared.
  const upstream = version.replace(/^\d+:/, '').split('-')[0] ?? '';
  return release.startsWith(upstream);
}

function isProtected({ name, from }: Change, circumstances: Circumstances): string | undefined {
  const { provider, installed, protectedNames, kernelRelease } = circumstances;
  if (OWN.test(name)) return 'is the agent itself';
  if (installed.some((one) => one.name === name && one.essential)) return 'is essential by its own word';
  if (provider.essentialNames.has(name)) return 'is one the system cannot be without';
  if (protectedNames.includes(name)) return "is protected by the device's owner";
  if (connectsAsPackage(name)) return 'connects the device, which no command would reach without it';
  return isRunningKernel(name, from, kernelRelease) ? 'holds the kernel that runs' : undefined;
}

function findProtected(changes: readonly Change[], circumstances: Circumstances): Objection | undefined {
  for (const change of changes) {
    if (change.to !== '') continue;
    const reason = isProtected(change, circumstances);
    if (reason !== undefined)
      return { code: 'E_PROTECTED', summary: `${change.name} would be removed, and it ${reason}.` };
  }
  return undefined;
}

/** True when the transaction or the device has that package under exactly this name, in exactly this version. */
function isServed(
  wanted: Wanted,
  changes: readonly Change[],
  { installed, provider }: Circumstances,
): boolean {
  const fits = (version: string) => wanted.version === '' || provider.isVersion(wanted.version, version);
  const change = changes.find(({ name, to }) => name === wanted.name && to !== '');
  if (change !== undefined) return fits(change.to);
  return installed.some(({ name, version }) => name === wanted.name && fits(version));
}

/** Package managers read words as patterns, provided names and options; a name that does not come back exactly was read so. */
function findUnserved(
  order: Order,
  changes: readonly Change[],
  circumstances: Circumstances,
): Objection | undefined {
  const { installed } = circumstances;
  const missing = order.packages.find((wanted) => {
    if (order.act === 'install') return !isServed(wanted, changes, circumstances);
    if (order.act === 'upgrade') return !installed.some(({ name }) => name === wanted.name);
    const isHere = installed.some(({ name }) => name === wanted.name);
    return isHere && !changes.some(({ name, to }) => name === wanted.name && to === '');
  });
  if (missing === undefined) return undefined;
  const newer = installed.find(
    ({ name, version }) =>
      name === missing.name &&
      missing.version !== '' &&
      compareVersions(circumstances.provider.ecosystem, missing.version, version) < 0,
  );
  if (newer !== undefined)
    return {
      code: 'E_PACKAGE',
      summary: `${newer.name} is here as ${newer.version}, and nothing is made older.`,
    };
  const version = missing.version === '' ? '' : ` ${missing.version}`;
  return {
    code: 'E_NOT_FOUND',
    summary: `There is no package ${missing.name}${version} to ${order.act} here.`,
  };
}

function isOlder({ name, from, to }: Change, { provider, installed }: Circumstances): boolean {
  if (to === '') return false;
  const before = from === '?' || from === '' ? installed.find((one) => one.name === name)?.version : from;
  // A kernel or library that may stand beside its elder is no downgrade.
  return from !== '' && before !== undefined && compareVersions(provider.ecosystem, to, before) < 0;
}

/** The first reason against a plan; undefined when it may be done. */
export function judgePlan(
  order: Order,
  changes: readonly Change[],
  circumstances: Circumstances,
): Objection | undefined {
  const protectedOne = findProtected(changes, circumstances);
  if (protectedOne !== undefined) return protectedOne;
  const removed = changes.filter(({ to }) => to === '');
  if (order.act !== 'remove') {
    // dnf keeps a number of kernels and lets the oldest go with an upgrade.
    const thrownOut = removed.find(({ name }) => !KERNEL_IMAGE.test(name));
    if (thrownOut !== undefined)
      return { code: 'E_PACKAGE', summary: `${thrownOut.name} would have to be removed for it.` };
  }
  const unserved = findUnserved(order, changes, circumstances);
  if (unserved !== undefined) return unserved;
  const older = changes.find((change) => isOlder(change, circumstances));
  if (older !== undefined)
    return {
      code: 'E_PACKAGE',
      summary: `${older.name} would become older: ${older.to} instead of what is here.`,
    };
  const held = changes.find(({ name }) => circumstances.held.includes(name));
  if (held !== undefined)
    return { code: 'E_PACKAGE', summary: `${held.name} is held; release it with package.unhold first.` };
  return undefined;
}
