// Faults of texts and expressions in a document: what cannot be seen, and what the compiler of expressions refuses.
import { isMusterError } from '../../errors.ts';
import { compileExpression, formatPredicate, type Judge } from '../language/index.ts';
import { HIDDEN } from '../language/place.ts';
import type { PolicyFault } from './policy.ts';
import type { Path } from './shape.ts';

/** An expression that was read, or what is wrong with it. */
type ReadExpression =
  /** The one form of its meaning: two texts with the same are the same condition. */
  { readonly meaning: string } | { readonly message: string; readonly offset: number };

/** Reads expressions, each text once. */
export type ReadOnce = (text: string, judge: Judge) => ReadExpression;

/** Rules of a policy have few different conditions; each is compiled once. */
export function createReadOnce(): ReadOnce {
  const known = new Map<string, ReadExpression>(); // as long as one document is checked
  return (text, judge) => {
    const key = `${judge} ${text}`; // a device may judge less than the server
    const found = known.get(key) ?? readExpression(text, judge);
    known.set(key, found);
    return found;
  };
}

function readExpression(text: string, judge: Judge): ReadExpression {
  try {
    return { meaning: formatPredicate(compileExpression(text, { for: judge }).tree) }; // (virtual) and virtual are one
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return locate(text, error.message);
    throw error; // a mistake of this program
  }
}

/** The sentence of E_EXPRESSION and its place, of which the second line begins with `line:column`. */
function locate(text: string, detail: string): { readonly message: string; readonly offset: number } {
  const [message = '', place = ''] = detail.split('\n', 2); // the sentence; 2:3 | the line; the caret
  const [, line = '1', column = '1'] = /^(\d+):(\d+) \| /.exec(place) ?? [];
  const lines = text.split('\n');
  const before = lines.slice(0, Number(line) - 1).reduce((sum, { length }) => sum + length + 1, 0);
  // Columns count characters, offsets UTF-16 units
  const inLine = [...(lines[Number(line) - 1] ?? '')].slice(0, Number(column) - 1).join('').length;
  return { message, offset: Math.min(before + inLine, text.length) };
}

/** The first character of a text that cannot be seen, as a sentence with its place; null where all can. */
export function findHiddenIn(text: string): { readonly message: string; readonly offset: number } | null {
  const offset = text.search(HIDDEN); // -1: none
  return offset === -1 ? null : { message: describeHidden(text, offset), offset };
}

/**
 * Texts of an object that hold what cannot be seen or turns the direction of writing: who signs a policy must see what
 * it says. Looks at texts and lists of texts, one level; expressions are left to their compiler.
 */
export function findHidden(value: Readonly<Record<string, unknown>>, path: Path, but: readonly string[]) {
  const faults: PolicyFault[] = [];
  const look = (text: unknown, at: Path) => {
    const found = typeof text === 'string' ? findHiddenIn(text) : null;
    if (found !== null) faults.push({ path: at, ...found });
  };
  for (const [key, part] of Object.entries(value)) {
    if (but.includes(key)) continue; // expressions, and what is looked at elsewhere
    if (Array.isArray(part)) for (const [at, text] of part.entries()) look(text, [...path, key, at]);
    else look(part, [...path, key]);
  }
  return faults;
}

/** Named by its code point, since it cannot be shown. */
function describeHidden(text: string, offset: number): string {
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `Remove the character U+${code}, which cannot be seen.`;
}
