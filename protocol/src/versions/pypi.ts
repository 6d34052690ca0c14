// Order of Python package versions, after PEP 440 (the version specifiers specification of the Python packaging guide).
import { BEFORE, compareKeys, DIGITS, END, encodeNumber, encodeText, TEXT } from './key.ts';
import { segmentsKey } from './rpm.ts';

const versionPattern =
  /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/;

/** Marks of the parts behind the release. A missing part sorts where PEP 440 puts it, see `pypiKey`. */
const MARK = { none: '#', dev: 'd', post: 'p', last: 'z' } as const;

/**
 * Orders two versions as PEP 440 does: −1, 0 or 1. Spelling does not count: `1.0-alpha.1`, `1.0a1` and `1.0.0a1` are equal.
 * Text that is no such version sorts below all that are, among itself by its letters and numbers.
 */
export function comparePypi(a: string, b: string): -1 | 0 | 1 {
  return compareKeys(pypiKey(a), pypiKey(b));
}

/** The byte-sortable key of a Python version: keys are equal exactly where PEP 440 calls the versions equal. */
export function pypiKey(version: string): string {
  const match = versionPattern.exec(version.toLowerCase());
  if (match === null) return BEFORE + segmentsKey(version);
  const [
    ,
    epoch = '',
    release = '',
    pre,
    preNumber = '',
    implied,
    post,
    postNumber = '',
    dev,
    devNumber = '',
    local,
  ] = match;
  const hasPost = implied !== undefined || post !== undefined;
  return [
    encodeNumber(epoch),
    releaseKey(release),
    preKey(pre, preNumber, { isDevOnly: dev !== undefined && !hasPost }),
    hasPost ? MARK.post + encodeNumber(implied ?? postNumber) : MARK.none,
    dev === undefined ? MARK.last : MARK.dev + encodeNumber(devNumber),
    localKey(local),
  ].join('');
}

/** Numbers without trailing zeros, so that 1.0 equals 1. */
function releaseKey(release: string): string {
  const numbers = release.split('.').map((number) => DIGITS + encodeNumber(number));
  const zero = DIGITS + encodeNumber('');
  while (numbers.at(-1) === zero) numbers.pop();
  return numbers.join('') + END;
}

/** a < b < rc < none; a development release of none at all sorts below `a`. */
function preKey(name: string | undefined, number: string, { isDevOnly }: { isDevOnly: boolean }): string {
  if (name === undefined) return isDevOnly ? BEFORE : MARK.last;
  const kind = name.startsWith('a') ? 'a' : name.startsWith('b') ? 'b' : 'c';
  return kind + encodeNumber(number);
}

/** A local version: none < words < numbers, and a longer one after its own beginning. */
function localKey(local: string | undefined): string {
  if (local === undefined) return END;
  const words = local
    .split(/[-_.]/)
    .map((word) => (/^\d+$/.test(word) ? DIGITS + encodeNumber(word) : TEXT + encodeText(word)));
  return words.join('') + END;
}
