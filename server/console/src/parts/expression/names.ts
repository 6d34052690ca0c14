// Pure: which name stands at the cursor, as in `group("we` or `label("env") == "p`, and what can be put in its place.
import { quote } from './conditions.ts';

/** Whose names are wanted. */
export type NameKind = 'group' | 'label' | 'value';

/** A name that is being written. */
export interface Asked {
  readonly kind: NameKind;
  /** The label whose value it is; '' for what is no value. */
  readonly key: string;
  /** What of it stands before the cursor. */
  readonly typed: string;
  /** Characters before the cursor that belong to it, with its quote. */
  readonly replaces: number;
  /** Characters behind the cursor that belong to it, with its quote and bracket. */
  readonly eats: number;
}

/** A name that fits, and what is worth knowing of it. */
export interface Name {
  readonly name: string;
  readonly description: string;
}

/** Suggestions at a time; of more, typing on finds the others. */
export const MAX_NAMES = 24;
/** Longer is no name of a group and no value of a label. */
const MAX_TYPED_CHARS = 128;

const CONSTANT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/.source;
const inGroup = /\bgroup\(\s*$/;
const inLabel = /\blabel\(\s*$/;
const inValue = new RegExp(`\\blabel\\(\\s*(${CONSTANT})\\s*\\)\\s*(?:[!=]=|in\\s*\\[[^\\]]*)\\s*$`);

/** Where the text begins that is not closed; null: none is open. */
function findOpenText(before: string): number | null {
  let sign = '';
  let start = 0;
  for (let at = 0; at < before.length; at++) {
    const char = before[at] ?? '';
    if (sign === '' && (char === '"' || char === "'")) [sign, start] = [char, at];
    else if (char === '\\') at++;
    else if (char === sign) sign = '';
  }
  return sign === '' ? null : start;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** How much of what follows still belongs to the text that is open. */
function countRest(after: string, sign: string, isCall: boolean): number {
  const rest = new RegExp(`^(?:[^${sign}\\\\]|\\\\.)*${sign}(?=\\s*(?:$|[)\\],&|]))`).exec(after)?.[0] ?? '';
  const bracket = isCall && rest !== '' ? (/^\s*\)/.exec(after.slice(rest.length))?.[0] ?? '') : '';
  return rest.length + bracket.length;
}

/** The name at the cursor; null where none is being written. */
export function findAsked(before: string, after: string): Asked | null {
  const start = findOpenText(before);
  if (start === null) return null;
  const head = before.slice(0, start);
  const typed = unquote(before.slice(start + 1));
  if (typed.length > MAX_TYPED_CHARS) return null;
  const replaces = before.length - start;
  const found = (kind: NameKind, key: string): Asked => {
    const eats = countRest(after, before[start] ?? '"', kind !== 'value');
    return { kind, key, typed, replaces, eats };
  };
  if (inGroup.test(head)) return found('group', '');
  if (inLabel.test(head)) return found('label', '');
  const constant = inValue.exec(head)?.[1];
  return constant === undefined ? null : found('value', unquote(constant.slice(1, -1)));
}

/** Devices that have such a value, as an expression. */
export function whoHas({ key, typed }: Pick<Asked, 'key' | 'typed'>): string {
  const label = `label(${quote(key)})`;
  return typed === '' ? `${label} != ""` : `${label}.startsWith(${quote(typed)})`;
}

/** Names that fit what is typed: groups by any part of their name, labels by its beginning. */
export function fitNames({ kind, typed }: Asked, names: readonly Name[]): readonly Name[] {
  const wanted = typed.toLowerCase();
  const isBegun = ({ name }: Name) => name.toLowerCase().startsWith(wanted);
  const fits = names.filter((one) =>
    kind === 'group' ? one.name.toLowerCase().includes(wanted) : one.name.startsWith(typed),
  );
  return fits.toSorted((a, b) => Number(isBegun(b)) - Number(isBegun(a)));
}

/** Texts by how often they were seen, the most frequent first. */
function countTexts(texts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const one of texts) counts.set(one, (counts.get(one) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a, most], [b, other]) => other - most || (a < b ? -1 : 1));
  return sorted.map(([one]) => one);
}

/** Keys of labels that devices have, each with some of its values; or, with a key, the values of that one. */
export function listLabels(
  labels: readonly Readonly<Record<string, string>>[],
  key: string,
): readonly Name[] {
  const valuesOf = (one: string) =>
    countTexts(labels.flatMap((all) => (Object.hasOwn(all, one) ? (all[one] ?? []) : [])));
  if (key !== '') return valuesOf(key).map((name) => ({ name, description: '' }));
  const keys = countTexts(labels.flatMap((all) => Object.keys(all)));
  return keys.map((name) => ({ name, description: valuesOf(name).slice(0, 3).join(', ') }));
}

/** What is written in the place of the name, its quotes and, in a call, the bracket. */
export function writeName({ kind }: Asked, name: string): string {
  if (kind === 'value') return quote(name);
  // A comparison follows a label.
  return kind === 'label' ? `${quote(name)}) ` : `${quote(name)})`;
}
