// The one interface of all package managers: argument arrays to run, and parsers of what they print.
import type { Ecosystem } from '@muster/protocol';
import type { Ended, KindContext, Program } from '../kind.ts';

/** A package by name, and the exact version; '' is whatever the repositories offer. */
export interface Wanted {
  readonly name: string;
  readonly version: string;
}

/** What is asked of a package manager. `upgrade` without packages means all that have something newer. */
export interface Order {
  readonly act: 'install' | 'remove' | 'upgrade';
  readonly packages: readonly Wanted[];
}

/** One line of a transaction. '' as `from`: it was not there; '' as `to`: it goes. */
export interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What a simulation says: the whole transaction, or why there will be none. */
export type Plan = { readonly changes: readonly Change[] } | { readonly refusal: string };

/** A package that is installed. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** The package itself says that the system needs it. */
  readonly essential: boolean;
}

/** One package manager, with its programs found and the root given. Nothing here starts anything but through `context.read`. */
export interface PackageProvider {
  readonly name: 'apt' | 'dnf' | 'zypper' | 'apk';
  /** How its versions compare. */
  readonly ecosystem: Ecosystem;
  /** Removing these would take the package manager, the init system or the C library away. */
  readonly essentialNames: ReadonlySet<string>;
  /** Works the transaction out and changes nothing. */
  simulate(order: Order): Program;
  /** Pure. @returns a refusal for everything that is not a whole transaction. */
  parsePlan(ended: Ended): Plan;
  /** Does it. */
  apply(order: Order): Program;
  /** Those of the named packages that are installed. */
  readInstalled(context: KindContext, names: readonly string[]): Promise<readonly Installed[]>;
  /** Those of the wanted packages that the repositories do not have under exactly that name and version. */
  readMissing(context: KindContext, packages: readonly Wanted[]): Promise<readonly Wanted[]>;
  /** Names that the device's owner protects in the package manager's own files. */
  readProtected(context: KindContext): Promise<readonly string[]>;
  readHeld(context: KindContext): Promise<readonly string[]>;
  /** Holds or releases. Null: this device has no means to. */
  hold(context: KindContext, packages: readonly Installed[], held: boolean): Promise<Program | null>;
  /** True when an exact version asked for is this one; managers leave parts of it out. */
  isVersion(asked: string, version: string): boolean;
}

/** How long a simulation may take, ms. */
export const SIMULATE_MS = 120_000;
/** How long a transaction may take, ms. */
export const APPLY_MS = 3_600_000;
/** How long a lock of the package manager is waited for, seconds. */
export const LOCK_SECONDS = 300;
/** Output of a simulation that is read, bytes: an upgrade of a whole distribution has some thousand lines. */
export const MAX_PLAN_BYTES = 2 * 1024 * 1024;

/** `name`, or `name` and the exact version in the form that the manager wants. */
export function spell(wanted: Wanted, separator: string): string {
  return wanted.version === '' ? wanted.name : wanted.name + separator + wanted.version;
}

/** The word for what the manager complained about: the lines with `marks`, or else the last lines. */
export function quoteFault(output: string, marks: RegExp): string {
  const lines = output
    .toWellFormed()
    .split('\n')
    .filter((line) => marks.test(line));
  const text = (lines.length > 0 ? lines : output.trim().split('\n').slice(-3)).join(' ');
  return (
    text
      .replace(/[\u0000-\u001f\u007f]+/g, ' ')
      .trim()
      .slice(0, 300) || 'it printed nothing that is known.'
  );
}
