// Field selection: ?fields=a,b leaves only these of each item, so that wide rows cost only those who want them.
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { fail } from '../../errors.ts';
import { MAX_FIELDS } from '../../limits.ts';

/** Query parameter of routes that select fields. */
export const FieldsQuery = {
  fields: Type.Optional(
    Type.String({
      maxLength: 2_000,
      pattern: '^[A-Za-z0-9_]+(,[A-Za-z0-9_]+)*$',
      description: 'Names of the fields wanted of each item, with commas between; all without it.',
    }),
  ),
};

/** The fields asked for; undefined for all. `item` is the schema of an item. Throws E_FIELDS for a name it does not have. */
export function parseFields(
  text: string | undefined,
  item: { readonly properties: object },
): string[] | undefined {
  if (text === undefined) return undefined;
  const names = [...new Set(text.split(','))];
  if (names.length > MAX_FIELDS)
    throw fail('E_FIELDS', { detail: `At most ${MAX_FIELDS} fields can be selected.` });
  const unknown = names.filter((name) => !Object.hasOwn(item.properties, name));
  if (unknown.length === 0) return names;
  throw fail('E_FIELDS', {
    detail: `There is no field ${unknown.join(', ')}; there are ${Object.keys(item.properties).join(', ')}.`,
  });
}

/** Only the named fields, in their order, absent ones left out. */
export function pickFields<T extends object>(item: T, fields: readonly string[]): Partial<T> {
  const values: Partial<Record<string, unknown>> = { ...item };
  const picked: Record<string, unknown> = {};
  for (const name of fields) if (values[name] !== undefined) picked[name] = values[name];
  return Object.assign<object, object>({}, picked);
}

/** Answers a list with the selected fields of each item. The route's serializer would miss what was left out, so it is replaced. */
export function sendPage<Page extends { readonly items: readonly object[] }>(
  reply: FastifyReply,
  page: Page,
  fields: readonly string[] | undefined,
) {
  if (!fields) return reply.send(page);
  const items = page.items.map((item) => pickFields(item, fields));
  return sendJson(reply, { ...page, items });
}

/** Answers one item with the selected fields. */
export function sendItem<T extends object>(
  reply: FastifyReply,
  item: T,
  fields: readonly string[] | undefined,
) {
  return fields ? sendJson(reply, pickFields(item, fields)) : reply.send(item);
}

function sendJson(reply: FastifyReply, payload: object) {
  return reply
    .type('application/json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(payload);
}
