// Checks requests against their schemas: closed, nothing removed or added in silence, all faults at once.
import { Ajv } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

/** RFC 3339 with a zone; what Date understands besides is too much. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * All faults of a request are listed, which costs time in proportion to its size: bodies are limited, and
 * patterns in schemas must be linear.
 */
const shared = { allErrors: true, useDefaults: true, strict: true, strictTypes: false } as const;

/** Bodies say what they are; the text of paths, queries and headers is read as the type the schema wants. */
const strictAjv = addFormats(new Ajv({ ...shared }));
const readingAjv = addFormats(new Ajv({ ...shared, coerceTypes: 'array' }));

/** The compiler that Fastify uses for every part of a request. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validate = (httpPart === 'body' ? strictAjv : readingAjv).compile(schema);
  return (data) => {
    if (validate(data)) return { value: data };
    // Fastify wants the list under this name.
    return { error: Object.assign(new Error('the request does not fit'), { validation: validate.errors }) };
  };
};

function addFormats(ajv: Ajv): Ajv {
  ajv.addFormat('date-time', (text: string) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)));
  ajv.addFormat(
    'date',
    (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  );
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  // OpenAPI's hints for numbers need no check.
  for (const format of ['int32', 'int64', 'double', 'float'])
    ajv.addFormat(format, { type: 'number', validate: () => true });
  return ajv;
}
