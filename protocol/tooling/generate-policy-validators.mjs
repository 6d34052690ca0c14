// Writes protocol/src/generated/policy-validators.ts: plain checking code for files of policies, which names every fault.
// Run through `pnpm generate`; needs the TypeScript loader and the `muster-source` condition.
import { writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

const { policyShapes } = await import('../src/policy/document/schema.ts');

// Unlike messages, which are refused at the first fault, a file has a reader who wants to repair all of them at once.
// verbose: a fault carries its part of the schema, of which the sentence for people is made.
const ajv = new Ajv.default({
  code: { source: true, esm: true, lines: false },
  allErrors: true, // a person repairs a file once
  verbose: true, // with the schema's own words
  ownProperties: true, // nothing that is inherited counts
  unicode: false, // lengths in UTF-16 units, without a helper
  messages: false, // sentences are ours
  strict: true,
  logger: false,
});
ajv.addVocabulary(['patternErrorMessage']); // known to editors, says nothing to the check
const exported = {};
for (const [name, schema] of Object.entries(policyShapes)) {
  const id = `shape_${name.replace(/\W/g, '_')}`; // kernel-module is no name of a function
  ajv.addSchema(schema, id);
  exported[id] = id;
}
const code = standalone.default(ajv, exported);
if (/require\(|import\s/.test(code))
  throw new Error('generated validators must stand alone; a schema uses a keyword with a run-time helper');
const rows = Object.keys(policyShapes).map(
  (name) => `${JSON.stringify(name)}:shape_${name.replace(/\W/g, '_')}`,
);
const head =
  '// Generated from policy/document/schema.ts by `pnpm generate`: one checking function a shape. Do not edit.\n// @ts-nocheck\n';
const types = `
export interface ShapeError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}
interface Check {
  (value: unknown): boolean;
  errors?: readonly ShapeError[] | null;
}
`;
const target = process.argv[2] ?? new URL('../src/generated/policy-validators.ts', import.meta.url);
const body = code.replace(/^"use strict";/, '').replace(/export const (\w+) = /g, 'const $1 = ');
writeFileSync(
  target,
  `${head}${body}\nexport const shapes: Readonly<Record<string, Check>> = {${rows.join(',')}};\n${types}`,
);
process.stdout.write(`${rows.length} validators written\n`);
