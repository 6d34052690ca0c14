#!/usr/bin/env node
// Starts the executor's program with the code that was compiled when it was built: compiling is half of what our part of a start costs.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { errorCode } from '../platform/storage.ts';

/** In front of the compiled code: sha256 of source and compiled code together. V8 itself compares no more than the source's length. */
const HASH_BYTES = 32;

const folder = dirname(fileURLToPath(import.meta.url));
const program = join(folder, 'muster-executor.cjs');

/** What test/tooling/compile-ahead.mjs made; undefined when it is absent or of another source. */
function readCompiled(source: string): Buffer | undefined {
  try {
    const bytes = readFileSync(join(folder, 'muster-executor.bin'));
    const compiled = bytes.subarray(HASH_BYTES);
    const hash = createHash('sha256').update(source).update(compiled).digest();
    return hash.equals(bytes.subarray(0, HASH_BYTES)) ? compiled : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const source = readFileSync(program, 'utf8').replace(/^#!.*/, '');
const cachedData = readCompiled(source);
// Another version or other flags of the runtime: V8 does not take it and compiles as ever.
const script = new Script(Module.wrap(source), {
  filename: program,
  ...(cachedData === undefined ? {} : { cachedData }),
});
const loaded = { exports: {} };
script.runInThisContext()(loaded.exports, createRequire(program), loaded, program, folder);
