// Orders package versions of every ecosystem the inventory knows, here and in the database.
import type { Ecosystem } from '../inventory/sections/packages.ts';
import { apkKey } from './apk.ts';
import { debKey } from './deb.ts';
import { compareKeys } from './key.ts';
import { npmKey } from './npm.ts';
import { pypiKey } from './pypi.ts';
import { rpmKey } from './rpm.ts';

/** Longest version that is looked at, UTF-16 units; what stands behind it makes no difference. Keeps keys within a database index. */
export const MAX_VERSION_CHARS = 256;

const keys: Readonly<Record<Ecosystem, (version: string) => string>> = {
  deb: debKey,
  rpm: rpmKey,
  apk: apkKey,
  pypi: pypiKey,
  npm: npmKey,
};

/**
 * A text of printable ASCII that sorts, byte by byte (`COLLATE "C"`), as the ecosystem orders its versions; equal versions give
 * equal keys. Keys of different ecosystems do not compare. At most 7 characters for each of the version, plus 32.
 */
export function versionKey(ecosystem: Ecosystem, version: string): string {
  return keys[ecosystem](version.slice(0, MAX_VERSION_CHARS));
}

/** Orders two versions as the ecosystem's own tool does: −1 when `a` is older, 0 when equal, 1 when newer. Never throws. */
export function compareVersions(ecosystem: Ecosystem, a: string, b: string): -1 | 0 | 1 {
  return compareKeys(versionKey(ecosystem, a), versionKey(ecosystem, b));
}
