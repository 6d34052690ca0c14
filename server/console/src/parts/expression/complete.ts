// Pure: what can stand where the cursor is: facts, functions, or the values of a fact.
import { type FactType, listFacts } from '@muster/protocol/language';
import { quote } from './conditions.ts';

/** Something that can be put in. */
export interface Suggestion {
  readonly value: string;
  readonly description: string;
  /** What is read in the list; absent: the value as it is. */
  readonly shown?: string;
  /** Characters before the cursor that it replaces. */
  readonly replaces: number;
  /** Characters behind the cursor that it replaces; absent: none. */
  readonly eats?: number;
}

/** The expression with a suggestion put in at the cursor, and where the cursor is then. */
export function putIn(
  expression: string,
  cursor: number,
  { value, replaces, eats = 0 }: Suggestion,
): { readonly expression: string; readonly cursor: number } {
  const start = cursor - replaces;
  return {
    expression: expression.slice(0, start) + value + expression.slice(cursor + eats),
    cursor: start + value.length,
  };
}

/** What can follow a value of a type. */
export const operators: Readonly<Record<FactType, readonly string[]>> = {
  string: ['==', '!=', 'in', 'startsWith', 'endsWith', 'contains'],
  int: ['==', '!=', '<', '<=', '>', '>='],
  bool: ['==', '!='],
  timestamp: ['<', '<=', '>', '>='],
  // Asked by within() only.
  addresses: [],
};

const functions: readonly (readonly [string, string])[] = [
  ['label("', 'label("env") == "prod"'],
  ['seen("', 'seen("7d")'],
  ['within("', 'within("10.0.0.0/8")'],
  ['group("', 'group("web")'],
  ['software("', 'software("openssl").version < "3.0.14"'],
  ['has(', 'has(os.name)'],
  ['version(', 'version(os.version) < version("12.4")'],
];

/** Well-known values of facts that are not closed, as examples. */
const examples: Readonly<Record<string, readonly string[]>> = {
  'os.family': ['debian', 'rhel', 'suse', 'arch', 'alpine'],
  'os.name': ['debian', 'ubuntu', 'rocky', 'fedora', 'alpine'],
  arch: ['x86_64', 'aarch64'],
};

const MAX_SHOWN = 12;

/** Values of the fact before the cursor; null where none is asked for. */
function completeValue(before: string): Suggestion[] | null {
  const value = /([A-Za-z_.]+)\s*(?:==|!=)\s*"?([^"]*)$/.exec(before);
  const fact = listFacts().find(({ name }) => name === value?.[1]);
  if (value === null || fact === undefined) return null;
  const typed = value[2] ?? '';
  const quoted = before.endsWith(`"${typed}`);
  const known = fact.values ?? examples[fact.name] ?? [];
  return known
    .filter((one) => one.startsWith(typed.trim()))
    .map((one) => ({
      value: quote(one),
      description: fact.description,
      replaces: typed.length + (quoted ? 1 : 0),
    }));
}

/** What can follow a whole value: a comparison of it, or the next condition. */
function completeSign(before: string): Suggestion[] {
  const last = /([A-Za-z_.]+)\s+$/.exec(before)?.[1];
  const isLabel = /\blabel\(\s*"(?:[^"\\]|\\.)*"\s*\)\s*$/.test(before);
  const type = isLabel ? 'string' : listFacts().find(({ name }) => name === last)?.type;
  const signs = type === undefined ? ['&&', '||'] : operators[type].filter((one) => !/[a-z]/.test(one));
  const space = before.endsWith(')') ? ' ' : '';
  return signs.map((sign) => ({ value: `${space}${sign} `, description: '', replaces: 0 }));
}

/** What fits before the cursor. */
export function complete(before: string): Suggestion[] {
  const values = completeValue(before);
  if (values !== null) return values;
  const facts = listFacts();
  // Inside a text nothing of the language can stand; names of groups and labels are the business of `names.ts`.
  if ((before.match(/"/g)?.length ?? 0) % 2 === 1) return [];
  const word = /[A-Za-z_.]*$/.exec(before)?.[0] ?? '';
  const isAfterValue = /[\w"\]]\s+$|\)\s*$/.test(before) && !/(?:&&|\|\||[=<>!(,])\s*$/.test(before);
  if (isAfterValue) return completeSign(before);
  const lower = word.toLowerCase();
  const named = facts
    .filter(({ name }) => name.toLowerCase().includes(lower))
    .toSorted((a, b) => Number(b.name.startsWith(lower)) - Number(a.name.startsWith(lower)))
    .map(({ name, description }) => ({ value: `${name} `, description, replaces: word.length }));
  const called = functions
    .filter(([name]) => name.startsWith(lower))
    .map(([name, example]) => ({ value: name, description: example, replaces: word.length }));
  return [...named, ...called].slice(0, MAX_SHOWN);
}
