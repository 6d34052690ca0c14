// The parameters of a kind as its schema says them, as fields of a form. Pure.
import { isMusterError } from '@muster/protocol';
import { type ArgSchema, type CommandKind, checkKindArgs, kindEntry } from '@muster/protocol/commands';
import { kindArgs } from '@muster/protocol/schemas';

/** Names of all parameters there are; each has its words. */
export const fieldNames = [
  'content',
  'parameters',
  'name',
  'pid',
  'startTicks',
  'signal',
  'names',
  'packages',
  'path',
  'stdin',
  'runAs',
  'delayMs',
  'message',
  'sinceMs',
  'command',
  'action',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** How a value is entered. */
export type Form =
  | { readonly is: 'choice'; readonly choices: readonly string[] }
  | { readonly is: 'number'; readonly min: number; readonly max: number }
  | { readonly is: 'span' | 'list' | 'packages' | 'content' | 'values' | 'user' | 'long' | 'text' };

/** One parameter. */
export interface Field {
  readonly name: FieldName;
  readonly form: Form;
  /** It has no value of its own and must not be empty. */
  readonly isNeeded: boolean;
  /** What stands there at first. */
  readonly initial: unknown;
}

const special: Partial<Record<FieldName, Form>> = {
  content: { is: 'content' },
  parameters: { is: 'values' },
  runAs: { is: 'user' },
  stdin: { is: 'long' },
};

function formOf(name: FieldName, schema: ArgSchema): Form {
  const { type, anyOf, items, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const own = special[name];
  if (own !== undefined) return own;
  if (anyOf !== undefined) return { is: 'choice', choices: anyOf.map((one) => String(one.const)) };
  if (type === 'integer')
    return name.endsWith('Ms') ? { is: 'span' } : { is: 'number', min: minimum, max: maximum };
  if (type === 'array') return { is: items?.type === 'object' ? 'packages' : 'list' };
  return { is: 'text' };
}

function emptyOf({ is }: Form): unknown {
  if (is === 'list' || is === 'packages') return [];
  return is === 'number' ? null : '';
}

/** All parameters of a kind, those that are asked for first before the others. */
export function fieldsOf(kind: CommandKind): Field[] {
  const { properties = {} }: ArgSchema = kindArgs[kind];
  const { defaults } = kindEntry(kind);
  return fieldNames.flatMap((name) => {
    const schema = properties[name];
    if (schema === undefined) return [];
    const form = formOf(name, schema);
    const initial = defaults[name] ?? emptyOf(form);
    return [{ name, form, isNeeded: !(name in defaults), initial }];
  });
}

/** The values of a new form; what the address names stands there already. */
export function initialArgs(
  fields: readonly Field[],
  given: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.map(({ name, initial }) => [name, given[name] ?? structuredClone(initial)]),
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === '' || value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  );
}

/** What keeps the parameters from being signed: empty fields, or the first that does not fit. */
export function findFaults(
  kind: CommandKind,
  fields: readonly Field[],
  args: Readonly<Record<string, unknown>>,
): { readonly missing: readonly FieldName[]; readonly wrong: FieldName | null } {
  const missing = fields
    .filter(({ name, isNeeded }) => isNeeded && isEmpty(args[name]))
    .map(({ name }) => name);
  if (missing.length > 0) return { missing, wrong: null };
  try {
    checkKindArgs(kind, args);
    return { missing, wrong: null };
  } catch (error) {
    if (!isMusterError(error, 'E_SCHEMA')) throw error;
    const place = / at \/([A-Za-z]+)/.exec(error.message)?.[1];
    return { missing, wrong: fields.find(({ name }) => name === place)?.name ?? fields[0]?.name ?? null };
  }
}

/** `1, 10, 100` as shares; null for anything else. */
export function parseBatches(text: string): number[] | null {
  if (text.trim() === '') return [];
  const shares = text.split(',').map((one) => Number(one.trim()));
  return shares.every((one) => Number.isInteger(one) && one >= 1 && one <= 100) ? shares : null;
}
