// Writes protocol/src/generated/validators.ts: plain checking code for every message, so that no end needs eval.
// Run through `pnpm generate`; needs the TypeScript loader and the `muster-source` condition.
import { writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

const { fromAgent, fromServer, documents } = await import('../src/schemas.ts');
const tables = { fromAgent, fromServer, documents };

// unicode: false measures lengths in UTF-16 units, which needs no run-time helper. One fault is enough to refuse.
const ajv = new Ajv.default({ code: { source: true, esm: true, lines: false }, unicode: false, messages: false, strict: true });
const exported = {};
for (const [table, schemas] of Object.entries(tables)) {
  for (const [name, schema] of Object.entries(schemas)) {
    const id = `${table}_${name.replace(/\W/g, '_')}`;
    ajv.addSchema(JSON.parse(JSON.stringify(schema)), id);
    exported[id] = id;
  }
}
const code = standalone.default(ajv, exported);
if (/require\(|import\s/.test(code)) throw new Error('generated validators must stand alone; a schema uses a keyword with a run-time helper');
const maps = Object.entries(tables)
  .map(([table, schemas]) => {
    const rows = Object.keys(schemas).map((name) => `${JSON.stringify(name)}:${table}_${name.replace(/\W/g, '_')}`);
    return `${table}:{${rows.join(',')}}`;
  })
  .join(',\n');
const head = '// Generated from schemas.ts by `pnpm generate`: one checking function a message. Do not edit.\n// @ts-nocheck\n';
const target = process.argv[2] ?? new URL('../src/generated/validators.ts', import.meta.url);
const names = Object.keys(exported);
// Only the maps are exported, so that a bundler keeps one name a table.
const body = code.replace(/^"use strict";/, '').replace(/export const (\w+) = /g, 'const $1 = ');
writeFileSync(target, `${head}${body}\nexport const validators: Record<'fromAgent' | 'fromServer' | 'documents', Record<string, Check>> = {${maps}};\n
interface Check {\n  (value: unknown): boolean;\n  errors?: readonly { readonly instancePath: string; readonly keyword: string }[] | null;\n}\n`);
process.stdout.write(`${names.length} validators written\n`);
