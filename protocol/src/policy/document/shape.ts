// Turns what the generated checks find into sentences: for a person at an editor, so all of them at once.
import { type ShapeError, shapes } from '../../generated/policy-validators.ts';
import { shorten } from '../language/place.ts';
import { suggest } from '../language/suggest.ts';
import type { PolicyFault } from './policy.ts';

/** A place in a document: keys and indexes from its top. */
export type Path = readonly (string | number)[];

/** Everything about a value that does not have its form; none: it has the type that belongs to the shape. */
export function findShapeFaults(shape: string, value: unknown, path: Path): PolicyFault[] {
  const check = shapes[shape];
  if (check === undefined || check(value)) return []; // most are right
  return (check.errors ?? []).map((error) => toFault(error, path));
}

/** The fault at its own place: of a key that must go, or must come, the place is the key. */
function toFault(error: ShapeError, path: Path): PolicyFault {
  const inside = [...path, ...readPointer(error.instancePath)]; // where the value stands that is wrong
  const { additionalProperty, missingProperty } = error.params; // names of ajv's own
  const key = additionalProperty ?? missingProperty;
  return {
    path: typeof key === 'string' ? [...inside, key] : inside,
    message: describeFault(error),
  };
}

/** Keys of a JSON pointer (RFC 6901). Shapes have no keys of digits, so digits are an index. */
function readPointer(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** By the keyword of JSON Schema that is not kept. */
const sentences: Readonly<Record<string, (error: ShapeError) => string>> = {
  additionalProperties: ({ params, parentSchema }) => describeUnknown(params, parentSchema), // priorty: 5
  required: ({ params, parentSchema }) => describeMissing(params, parentSchema), // no title
  type: ({ params, data }) => describeType(String(params.type), data), // title: 4
  enum: ({ params, data }) => describeChoice(params.allowedValues, data), // mode: enforced
  // Says it in the words of its own field
  pattern: ({ parentSchema }) => String(parentSchema.patternErrorMessage),
  minLength: () => 'Write something here.', // owner: ""
  maxLength: ({ params }) => `Write at most ${params.limit} characters.`, // a title of a page
  minimum: ({ parentSchema }) => describeRange(parentSchema), // priority: -1
  maximum: ({ parentSchema }) => describeRange(parentSchema), // priority: 9999
  minItems: () => 'Add at least one.', // rules: []
  maxItems: (
    { params, data }, // a thousand rules and one
  ) =>
    `This list has ${Array.isArray(data) ? data.length : 'many'} entries; it may have at most ${params.limit}.`,
};

/** A schema that uses another keyword still gets a sentence. */
function describeFault(error: ShapeError): string {
  return sentences[error.keyword]?.(error) ?? 'Write what the schema of policies allows here.';
}

/** A key that nobody knows is most often one that was mistyped. */
function describeUnknown(params: ShapeError['params'], schema: ShapeError['parentSchema']): string {
  const key = String(params.additionalProperty); // as it was written
  return `There is no key ${quote(key)} here${suggest(key, Object.keys(readProperties(schema)))}.`;
}

/** The description of the field says what belongs there. */
function describeMissing(params: ShapeError['params'], schema: ShapeError['parentSchema']): string {
  const key = String(params.missingProperty);
  const field = readProperties(schema)[key]; // a key that must be there is one of the schema
  const says = typeof field === 'object' && field !== null && 'description' in field ? field.description : '';
  return `Add the key ${quote(key)}${typeof says === 'string' && says !== '' ? `: ${says}` : '.'}`;
}

/** Keys of an object of the schema. */
function readProperties({ properties }: ShapeError['parentSchema']): Readonly<Record<string, unknown>> {
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}

/** YAML reads `4` as a number and `yes` as a text: who wrote it meant the other. */
function describeType(wanted: string, data: unknown): string {
  switch (wanted) {
    case 'string':
      return typeof data === 'number' || typeof data === 'boolean'
        ? `Write it as text, in quotes: "${data}".`
        : 'Write a text here.';
    case 'boolean':
      return 'Write true or false, without quotes.'; // YAML 1.2 has no other words for it
    case 'integer':
      return 'Write a whole number, without quotes.'; // 1.5, or "5"
    case 'array':
      return 'Write a list here, each entry behind a dash.'; // one reference without its dash
    default:
      return 'Write keys with their values here.';
  }
}

/** One of a few words. */
function describeChoice(allowed: unknown, data: unknown): string {
  const words = Array.isArray(allowed) ? allowed.map(String) : []; // audit, enforce
  const hint = typeof data === 'string' ? suggest(data, words) : '';
  return `Write one of ${words.join(', ')}${hint}.`;
}

/** Both ends, whichever was passed. */
function describeRange({ minimum, maximum }: ShapeError['parentSchema']): string {
  return `Write a number from ${minimum} to ${maximum}.`;
}

/** A piece of the document in a sentence: short, on one line, without what cannot be seen. */
export function quote(text: string): string {
  return `"${shorten(text)}"`;
}
