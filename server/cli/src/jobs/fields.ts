// The parameters of a kind as its schema says them: what a person may type, and how the text becomes a value.
import { type ArgSchema, commandKinds, isCommandKind, kindEntry } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import { parseSpan } from '../input/moments.ts';
import { nearest } from '../input/nearest.ts';

/** A kind of command. */
export type Kind = (typeof commandKinds)[number];

/** One parameter. */
export interface Field {
  readonly name: string;
  readonly description: string;
  /** What is typed, as `text` or `TERM|KILL`. */
  readonly form: string;
  /** Value where none is given; undefined: it must be given. */
  readonly fallback: unknown;
  readonly schema: ArgSchema;
}

function formOf(name: string, schema: ArgSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => String(one.const)).join('|');
  if (name === 'content') return 'name or digest';
  if (schema.type === 'integer') return name.endsWith('Ms') ? 'span' : 'number';
  if (schema.type === 'boolean') return 'true|false';
  if (schema.type === 'array')
    return schema.items?.type === 'object' ? 'name[=version],…' : `${schema.items?.type ?? 'text'},…`;
  return schema.type === 'object' ? 'name=value' : 'text';
}

/** What a person reads: he types names and spans, not hashes and milliseconds. */
function describe(name: string, { description = '' }: ArgSchema): string {
  if (name === 'content') return 'Signed content, by its name or digest.';
  return name.endsWith('Ms') ? description.replace(/, ms\b/, '') : description;
}

/** A kind by its name. @throws MusterError E_USAGE naming the nearest */
export function parseKind(text: string): Kind {
  if (isCommandKind(text)) return text;
  const near = nearest(text, commandKinds);
  throw fail('E_USAGE', {
    detail: `No kind is called ${text}.${near === undefined ? '' : ` Did you mean ${near}?`} muster kinds lists them.`,
  });
}

/** All parameters of a kind. */
export async function fieldsOf(kind: Kind): Promise<Field[]> {
  // Loaded only here: the schemas bring a library along that no other command needs.
  const { kindArgs } = await import('@muster/protocol/schemas');
  const { properties = {} }: ArgSchema = kindArgs[kind];
  const { defaults } = kindEntry(kind);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    description: describe(name, schema),
    form: formOf(name, schema),
    fallback: defaults[name],
    schema,
  }));
}

function misfit(name: string, form: string): Error {
  return fail('E_USAGE', { detail: `${name} is written as ${name}=<${form}>.` });
}

/** One text as its schema wants it. @throws MusterError E_USAGE */
function parseOne(name: string, text: string, schema: ArgSchema): unknown {
  if (schema.type === 'integer') {
    if (/^-?\d{1,16}$/.test(text)) return Number(text);
    if (name.endsWith('Ms')) return parseSpan(text);
    throw misfit(name, 'number');
  }
  if (schema.type === 'boolean') {
    if (/^(?:true|yes)$/.test(text)) return true;
    if (/^(?:false|no)$/.test(text)) return false;
    throw misfit(name, 'true|false');
  }
  if (schema.anyOf !== undefined && !schema.anyOf.some((one) => one.const === text))
    throw misfit(name, formOf(name, schema));
  if (schema.type === 'object') {
    const at = text.indexOf('=');
    return at < 0 ? { name: text, version: '' } : { name: text.slice(0, at), version: text.slice(at + 1) };
  }
  return text;
}

function parseField({ name, schema }: Field, texts: readonly string[]): unknown {
  if (schema.type === 'array') {
    const { items = {} } = schema;
    return texts
      .flatMap((text) => text.split(','))
      .filter((text) => text !== '')
      .map((text) => parseOne(name, text, items));
  }
  const [text, ...more] = texts;
  if (text === undefined || more.length > 0)
    throw fail('E_USAGE', { detail: `${name} takes one value; it was given ${texts.length} times.` });
  return parseOne(name, text, schema);
}

/** Parameters of a command, with what was typed beyond its own (values for a script). */
export interface ParsedArgs {
  readonly args: Readonly<Record<string, unknown>>;
  readonly others: ReadonlyMap<string, string>;
}

/** Groups `name=value` words by name. @throws MusterError E_USAGE */
function groupWords(words: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1)
      throw fail('E_USAGE', {
        detail: `"${word}" is not a parameter; parameters are written as name=value.`,
      });
    const name = word.slice(0, at);
    given.set(name, [...(given.get(name) ?? []), word.slice(at + 1)]);
  }
  return given;
}

/**
 * Reads the words of a command line by the fields of its kind; what is not given takes its default. Every parameter that
 * is signed is there, none is added later.
 * @throws MusterError E_USAGE for an unknown, missing or misspelled one
 */
export function parseArgs(kind: Kind, fields: readonly Field[], words: readonly string[]): ParsedArgs {
  const given = groupWords(words);
  const args: Record<string, unknown> = {};
  for (const field of fields) {
    const texts = given.get(field.name);
    given.delete(field.name);
    if (texts !== undefined) args[field.name] = parseField(field, texts);
    else if (field.fallback !== undefined) args[field.name] = structuredClone(field.fallback);
    else
      throw fail('E_USAGE', { detail: `${kind} needs ${field.name}=<${field.form}>: ${field.description}` });
  }
  const takesOthers = fields.some(({ name }) => name === 'parameters');
  const stray = takesOthers ? undefined : [...given.keys()][0];
  if (stray !== undefined) throw unknownName(kind, stray, fields);
  return { args, others: new Map([...given].map(([name, texts]) => [name, texts.at(-1) ?? ''])) };
}

function unknownName(kind: Kind, name: string, fields: readonly Field[]): Error {
  const names = fields.map((field) => field.name);
  const near = nearest(name, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  const known = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
  return fail('E_USAGE', { detail: `${kind} takes no parameter ${name}; ${known}.${hint}` });
}
