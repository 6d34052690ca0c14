// What may stand at a place of a policy's text: keys and values of its schema, and what the word there means. Pure; reads unfinished text.
import { policySchema } from '@muster/protocol/policy';

/** As much of a JSON Schema as is read here. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

/** Something that may stand there. */
export interface Hint {
  readonly word: string;
  /** What it means; empty for values that say it themselves. */
  readonly what: string;
  readonly isRequired: boolean;
  /** What replaces the text from `from` to the caret. */
  readonly insert: string;
}

/** What is to be said of a place. */
export interface Hints {
  /** Where one is: `rules`, `ssh`; empty: at the top. */
  readonly path: readonly string[];
  /** What the key of this line means; empty: it has none that is known. */
  readonly what: string;
  /** Where the word under way begins, UTF-16 units. */
  readonly from: number;
  readonly hints: readonly Hint[];
}

/** A mapping or a list that is open at some line; `key` null: an entry of a list. */
interface Open {
  readonly column: number;
  readonly key: string | null;
  readonly id: number;
}

/** A key where it stands. */
interface Stands {
  readonly line: number;
  readonly key: string;
  /** Of the mapping that it is in. */
  readonly within: number;
}

const STEP = 2;
const keyPattern = /^(["']?)([\w-]+)\1:(?=\s|$)/;

/** Goes through lines, and knows what is open. */
function createWalk() {
  let open: Open[] = [];
  let nextId = 1;
  const within = () => open.at(-1)?.id ?? 0;
  const close = (isOver: (one: Open) => boolean) => {
    while (open.length > 0 && isOver(open.at(-1) as Open)) open = open.slice(0, -1);
  };
  const push = (column: number, key: string | null) => {
    open = [...open, { column, key, id: nextId }];
    nextId += 1;
  };
  /** Takes the dashes a line begins with; answers with where what follows them begins. */
  function enter(text: string): number {
    let column = text.length - text.trimStart().length;
    for (
      let dash = /^-(?:\s+|$)/.exec(text.slice(column));
      dash !== null;
      dash = /^-(?:\s+|$)/.exec(text.slice(column))
    ) {
      const at = column;
      close((one) => one.column > at || (one.column === at && one.key === null));
      push(at, null);
      column += Math.max(STEP, dash[0].length);
    }
    close((one) => one.column >= column);
    return column;
  }
  return {
    within,
    path: () => open,
    enter,
    /** A whole line; the key that it has, and in which mapping. */
    take(text: string): Omit<Stands, 'line'> | null {
      if (/^\s*(#|$)/.test(text)) return null;
      const column = enter(text);
      const key = keyPattern.exec(text.slice(column))?.[2];
      if (key === undefined) return null;
      const stands = { key, within: within() };
      push(column, key);
      return stands;
    },
  };
}

/** What may stand at the caret of a text. */
export function findHints(text: string, caret: number): Hints {
  const before = text.slice(0, caret).split('\n');
  const [line, written] = [before.length - 1, before.at(-1) ?? ''];
  const place = placeOf(text, line, written);
  const word = /[\w-]*$/.exec(written)?.[0] ?? '';
  const from = caret - word.length;
  const schemas = descend(policySchema as Schema, place.path);
  const path = place.path.flatMap((key) => key ?? []);
  const what = place.key === null ? '' : (schemas?.properties?.[place.key]?.description ?? '');
  const shared = { path, what, from };
  if (schemas === undefined) return { ...shared, hints: [] };
  if (place.isValue) return { ...shared, hints: listValues(schemas.properties?.[place.key ?? ''], word) };
  return { ...shared, hints: listKeys(schemas, { word, taken: place.taken, indent: place.indent }) };
}

interface Place {
  /** Keys from the top; null: an entry of a list. */
  readonly path: readonly (string | null)[];
  /** The key of the line. */
  readonly key: string | null;
  /** Behind its colon. */
  readonly isValue: boolean;
  /** Keys that the mapping has already. */
  readonly taken: ReadonlySet<string>;
  /** Columns before what stands below a key of this line; null: all on one line. */
  readonly indent: number | null;
}

function placeOf(text: string, line: number, written: string): Place {
  const walk = createWalk();
  const lines = text.split('\n');
  const stands: Stands[] = [];
  let place: Omit<Place, 'taken'> & { readonly within: number } = {
    ...{ path: [], key: null, isValue: false, indent: 0, within: 0 },
  };
  for (const [at, one] of lines.entries()) {
    if (at === line) place = readHere(walk, written);
    const found = walk.take(one);
    if (found !== null && at !== line) stands.push({ line: at, ...found });
    // The key of this line, whole: the caret may stand within it.
    if (found !== null && at === line && !place.isValue && place.indent !== null)
      place = { ...place, key: found.key };
  }
  const { within, ...rest } = place;
  const inline = rest.indent === null ? listInline(written) : [];
  const taken = new Set([...stands.flatMap((one) => (one.within === within ? [one.key] : [])), ...inline]);
  return { ...rest, taken };
}

/** What is open where the caret stands. */
function readHere(walk: ReturnType<typeof createWalk>, written: string) {
  const column = walk.enter(written.trim() === '' ? `${written}x` : written);
  const rest = written.slice(column);
  const path = walk.path().map(({ key }) => key);
  const within = walk.within();
  const brace = rest.lastIndexOf('{');
  const key = keyPattern.exec(rest)?.[2] ?? null;
  if (key !== null && brace > rest.lastIndexOf('}')) {
    // `ssh: { option: …`: the keys of the mapping on this line.
    const inner = /([\w-]+):\s*[^,{]*$/.exec(rest.slice(brace + 1))?.[1] ?? null;
    return { path: [...path, key], key: inner, isValue: inner !== null, indent: null, within: -1 };
  }
  return { path, key, isValue: key !== null, indent: column, within };
}

function listInline(written: string): string[] {
  return [...written.slice(written.lastIndexOf('{') + 1).matchAll(/([\w-]+):/g)].map(([, key = '']) => key);
}

/** The schema of a mapping; undefined: there is none, or it is no mapping. */
function descend(schema: Schema, path: readonly (string | null)[]): Schema | undefined {
  let at: Schema | undefined = schema;
  for (const key of path) at = key === null ? at?.items : at?.properties?.[key];
  return at?.properties === undefined ? undefined : at;
}

function listKeys(
  { properties = {}, required = [], oneOf = [] }: Schema,
  {
    word,
    taken,
    indent,
  }: { readonly word: string; readonly taken: ReadonlySet<string>; readonly indent: number | null },
): Hint[] {
  // Of these a mapping has exactly one.
  const choices = new Set(oneOf.flatMap((one) => one.required ?? []));
  const isChosen = [...choices].some((one) => taken.has(one));
  return Object.entries(properties)
    .filter(([key]) => key.startsWith(word) && !taken.has(key) && !(isChosen && choices.has(key)))
    .map(([key, { description = '', ...of }]) => ({
      ...{ word: key, what: description, isRequired: required.includes(key) },
      insert: `${key}:${indent === null ? ' ' : openBelow(of, indent)}`,
    }));
}

/** What follows a colon: room for a value, or the line below it. */
function openBelow({ type, properties, items }: Schema, indent: number): string {
  const below = `\n${' '.repeat(indent + STEP)}`;
  if (properties !== undefined) return below;
  return type === 'array' && items !== undefined ? `${below}- ` : ' ';
}

function listValues(schema: Schema | undefined, word: string): Hint[] {
  const values = schema?.enum ?? (schema?.type === 'boolean' ? ['true', 'false'] : []);
  return values
    .filter((one) => one.startsWith(word))
    .map((one) => ({ word: one, what: '', isRequired: false, insert: one }));
}

/** What a new line begins with where this one ends at the caret: as far in as it, further below a key that opens something. */
export function indentAfter(text: string, caret: number): string {
  const line = text.slice(text.lastIndexOf('\n', caret - 1) + 1, caret);
  const indent = /^\s*(?:-\s+)*/.exec(line)?.[0].length ?? 0;
  return ' '.repeat(/:\s*$/.test(line) ? indent + STEP : indent);
}
