// Writes protocol/src/generated/validators.ts: plain checking code for every message, so that no end needs eval.
// Run through `pnpm generate`; needs the TypeScript loader and the `muster-source` condition.
import { writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

const { fromAgent, fromServer, documents, commandDocuments, kindArgs } = await import('../src/schemas.ts');
const tables = { fromAgent, fromServer, documents, commandDocuments, kindArgs };

// unicode: false measures lengths in UTF-16 units, which needs no run-time helper. One fault is enough to refuse.
const ajv = new Ajv.default({
  code: { source: true, esm: true, lines: false },
  unicode: false,
  messages: false,
  strict: true,
  logger: false,
});
/** Descriptions are for the docs; in the checking code they would only be ballast. */
const withoutWords = (key, value) => (key === 'description' && typeof value === 'string' ? undefined : value);
const exported = {};
for (const [table, schemas] of Object.entries(tables)) {
  for (const [name, schema] of Object.entries(schemas)) {
    const id = `${table}_${name.replace(/\W/g, '_')}`;
    ajv.addSchema(JSON.parse(JSON.stringify(schema, withoutWords)), id);
    exported[id] = id;
  }
}
const code = standalone.default(ajv, exported);
if (/require\(|import\s/.test(code))
  throw new Error('generated validators must stand alone; a schema uses a keyword with a run-time helper');
const maps = Object.entries(tables).map(([table, schemas]) => {
  const rows = Object.keys(schemas).map(
    (name) => `${JSON.stringify(name)}:${table}_${name.replace(/\W/g, '_')}`,
  );
  return `export const ${table}: Checks = {${rows.join(',')}};`;
});
const head =
  '// Generated from schemas.ts by `pnpm generate`: one checking function a message. Do not edit.\n// @ts-nocheck\n';
const types = `
type Checks = Readonly<Record<string, Check>>;
interface Check {
  (value: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly keyword: string }[] | null;
}
`;
const target = process.argv[2] ?? new URL('../src/generated/validators.ts', import.meta.url);
// Only the maps are exported, each for itself, so that a bundle keeps just what its side checks.
const body = code.replace(/^"use strict";/, '').replace(/export const (\w+) = /g, 'const $1 = ');
writeFileSync(target, `${head}${body}\n${maps.join('\n')}\n${types}`);
process.stdout.write(`${Object.keys(exported).length} validators written\n`);
