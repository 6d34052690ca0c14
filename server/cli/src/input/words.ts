// Words of the command line that have a form of their own: labels, versions, columns, counts.
import { fail } from '../errors.ts';

/** What the server takes as a label; said here before anything is sent. */
const keyPattern = /^[a-z][a-z0-9_.-]{0,62}$/;
const valuePattern = /^[^\u0000-\u001f\u007f]{0,128}$/;

/** Labels to set by key; null takes one away. */
type LabelChanges = Readonly<Record<string, string | null>>;

function checkKey(key: string): string {
  if (keyPattern.test(key)) return key;
  throw fail('E_USAGE', {
    detail: `"${key}" cannot be the name of a label: small letters, digits, dot, dash and underscore, beginning with a letter.`,
  });
}

/** Reads `key=value`. @throws MusterError E_USAGE */
export function parseLabel(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at < 0) throw fail('E_USAGE', { detail: `"${word}" is not a label; write key=value.` });
  const value = word.slice(at + 1);
  if (!valuePattern.test(value))
    throw fail('E_USAGE', {
      detail: 'The value of a label has at most 128 characters and no control characters.',
    });
  return [checkKey(word.slice(0, at)), value];
}

/** Reads `key=value` and `key-` words. @throws MusterError E_USAGE */
export function parseLabelChanges(words: readonly string[]): LabelChanges {
  const changes = new Map<string, string | null>();
  for (const word of words) {
    const isRemoved = !word.includes('=') && word.endsWith('-');
    const [key, value] = isRemoved ? [checkKey(word.slice(0, -1)), null] : parseLabel(word);
    const former = changes.get(key);
    if (former !== undefined && (former === null) !== isRemoved)
      throw fail('E_USAGE', { detail: `The label ${key} is both set and removed; say one of them.` });
    changes.set(key, value);
  }
  return Object.fromEntries(changes);
}

/** How installed versions are compared. */
export interface VersionMatch {
  readonly op: 'lt' | 'le' | 'eq' | 'ge' | 'gt';
  readonly version: string;
}

const ops = { '<': 'lt', '<=': 'le', '=': 'eq', '==': 'eq', '>=': 'ge', '>': 'gt' } as const;

/** Reads `<3.0.14`, `>=1.2`, `=1.2` or a version alone, which is `=`. @throws MusterError E_USAGE */
export function parseVersionMatch(text: string): VersionMatch {
  const [, sign = '=', version = ''] = /^\s*(<=|>=|==|<|>|=)?\s*(\S+)\s*$/.exec(text) ?? [];
  if (version === '' || /[<>=]/.test(version[0] ?? ''))
    throw fail('E_USAGE', { detail: "A version is written as 3.0.14, '<3.0.14' or '>=3.0'." });
  return { op: ops[sign as keyof typeof ops], version };
}

/** Picks from a list of columns by name, in the order asked for. @throws MusterError E_USAGE naming all */
export function parseColumns<T extends string>(text: string, known: readonly T[]): T[] {
  const words = text.split(',').map((word) => word.trim());
  return words.map((word) => {
    const found = known.find((name) => name === word);
    if (found !== undefined) return found;
    throw fail('E_USAGE', { detail: `There is no column "${word}"; there are ${known.join(', ')}.` });
  });
}

/** A whole number in a range. @throws MusterError E_USAGE */
export function parseCount(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw fail('E_USAGE', { detail: `It is a whole number from ${min} to ${max}.` });
}
