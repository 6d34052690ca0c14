// What one ecosystem's reader gives to the package list, and the bounds all of them share.
import type { Ecosystem, Outcome, packagesSection, RowOf } from '@muster/protocol';
import type { Files } from '../../platform/files.ts';

/** Packages listed of one ecosystem; the largest distributions install about 5,000. */
export const MAX_ECOSYSTEM_PACKAGES = 20_000;
/** Reason shown when that bound cuts a list. */
const CUT_REASON = `Only the first ${MAX_ECOSYSTEM_PACKAGES} packages are listed.`;

/** A row of the package list. */
export type PackageRow = RowOf<typeof packagesSection>;

/** What was found in one database or folder. */
export interface SourceResult {
  /** File or folder that was read, absolute. */
  readonly path: string;
  readonly outcome: Outcome<PackageRow>;
  /** Remark on a list that is not whole; empty when it is. */
  readonly note: string;
}

/** Reader of one ecosystem. */
export interface PackageSource {
  readonly ecosystem: Ecosystem;
  /** Files and folders whose times and sizes change when a package comes or goes. */
  watch(files: Files): Promise<readonly string[]>;
  /** One result a database or folder that exists; none where the ecosystem is absent. Never throws for bad data. */
  read(files: Files): Promise<readonly SourceResult[]>;
}

/** The outcome of a list, cut to the bound. */
export function listed(path: string, rows: readonly PackageRow[]): SourceResult {
  if (rows.length <= MAX_ECOSYSTEM_PACKAGES) return { path, outcome: { outcome: 'ok', rows }, note: '' };
  return { path, outcome: { outcome: 'ok', rows: rows.slice(0, MAX_ECOSYSTEM_PACKAGES) }, note: CUT_REASON };
}

/** The outcome of a database that exists and could not be read. */
export function unreadable(path: string, reason: string): SourceResult {
  return { path, outcome: { outcome: 'error', reason }, note: '' };
}
