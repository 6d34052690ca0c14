// Order of npm versions: Semantic Versioning 2.0.0, section 11 (precedence).
import { BEFORE, compareKeys, DIGITS, END, encodeNumber, encodeText } from './key.ts';
import { segmentsKey } from './rpm.ts';

const versionPattern = /^\s*[v=]*(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\s*$/;

/** Opens a textual identifier of a pre-release; above DIGITS, as the standard says. */
const WORD = 'w';
/** Stands where there is no pre-release: above every pre-release. */
const RELEASE = 'z';

/**
 * Orders two versions by precedence: −1, 0 or 1. Build metadata after `+` makes no difference.
 * Text that is no semantic version sorts below all that are, among itself by its letters and numbers.
 */
export function compareNpm(a: string, b: string): -1 | 0 | 1 {
  return compareKeys(npmKey(a), npmKey(b));
}

/** The byte-sortable key of a semantic version. */
export function npmKey(version: string): string {
  const match = versionPattern.exec(version);
  if (match === null) return BEFORE + segmentsKey(version);
  const [, major = '', minor = '', patch = '', preRelease] = match;
  const release = encodeNumber(major) + encodeNumber(minor) + encodeNumber(patch);
  if (preRelease === undefined) return release + RELEASE;
  const words = preRelease
    .split('.')
    .map((word) => (/^\d+$/.test(word) ? DIGITS + encodeNumber(word) : WORD + encodeText(word)));
  return release + words.join('') + END;
}
