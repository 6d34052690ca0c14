// Compiles a bundled program ahead of its start: `node compile-ahead.mjs program.cjs out.bin`. agent/src/executor/start.ts takes it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [program, out] = process.argv.slice(2);
const source = readFileSync(program, 'utf8').replace(/^#!.*/, '');
// All functions, also those that only a command calls; the flag is back to what it was before anything is written, because V8
// takes no code that was compiled with other flags.
setFlagsFromString('--no-lazy');
const script = new Script(Module.wrap(source), { filename: program });
setFlagsFromString('--lazy');
// After it has run once there is more in it.
process.once('exit', () => {
  const compiled = script.createCachedData();
  const hash = createHash('sha256').update(source).update(compiled).digest();
  writeFileSync(out, Buffer.concat([hash, compiled]));
});
process.argv = [process.execPath, program, '--version'];
const loaded = { exports: {} };
script.runInThisContext()(loaded.exports, createRequire(program), loaded, program, dirname(program));
