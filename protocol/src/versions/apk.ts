// Order of Alpine package versions, after apk-package(5): number{.number}{letter}{_suffix{number}}{~hash}{-r#}.
import { compareKeys, DIGITS, END, encodeNumber, encodeText } from './key.ts';

/** Suffixes that come before the version without one, in order. */
const before = ['alpha', 'beta', 'pre', 'rc'];
/** Suffixes that come after it, in order. */
const after = ['cvs', 'svn', 'git', 'hg', 'p'];

/**
 * What may follow where two versions stop being equal, in the order apk gives them:
 * suffix before the release, text that is no version, end, build number, commit hash, number of a suffix, later suffix, letter, number.
 */
const MARK = {
  before: '!',
  invalid: '"',
  build: '%',
  hash: '&',
  suffixNumber: '+',
  after: 'P',
  letter: 'l',
} as const;

const versionPattern =
  /^(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])\d*)*)(?:~([0-9a-f]+))?(?:-r(\d+))?(.*)$/su;

/**
 * Orders two versions as apk (version 3) does: −1, 0 or 1.
 * Text that is no version is ordered by what of it is one; the rest sorts below the end and is compared as text.
 */
export function compareApk(a: string, b: string): -1 | 0 | 1 {
  return compareKeys(apkKey(a), apkKey(b));
}

/** The byte-sortable key of an Alpine version. */
export function apkKey(version: string): string {
  const match = versionPattern.exec(version);
  if (match === null) return MARK.invalid + encodeText(version);
  const [, first = '', numbers = '', letter = '', suffixes = '', hash, build, rest = ''] = match;
  let key = encodeNumber(first);
  for (const number of numbers.split('.').slice(1)) key += DIGITS + fractionKey(number);
  if (letter !== '') key += MARK.letter + letter;
  for (const [, name = '', number = ''] of suffixes.matchAll(/_([a-z]+)(\d*)/g))
    key += suffixKey(name, number);
  if (hash !== undefined) key += `${MARK.hash}${hash} `;
  if (build !== undefined) key += MARK.build + encodeNumber(build);
  return rest === '' ? key + END : key + MARK.invalid + encodeText(rest);
}

/** A number after a dot: with a leading zero it is compared as text, as in a decimal fraction, and sorts below all others. */
function fractionKey(digits: string): string {
  return digits.startsWith('0') ? `${encodeNumber('')}${digits} ` : encodeNumber(digits);
}

function suffixKey(name: string, number: string): string {
  const early = before.indexOf(name);
  const rank = early >= 0 ? MARK.before + early : MARK.after + after.indexOf(name);
  return number === '' ? rank : rank + MARK.suffixNumber + encodeNumber(number);
}
