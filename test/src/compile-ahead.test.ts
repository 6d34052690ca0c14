// The executor's program starts with what was compiled ahead, and without it, or with another's, all the same.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Module } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import t from 'tap';
import { agentProgram } from './support/processes.ts';

const dist = dirname(agentProgram()[0] ?? '');
const files = ['muster-executor.cjs', 'muster-executor.start.cjs', 'muster-executor.bin'];

t.test('the runtime takes what was compiled ahead', async (t) => {
  const source = readFileSync(join(dist, 'muster-executor.cjs'), 'utf8').replace(/^#!.*/, '');
  const cachedData = readFileSync(join(dist, 'muster-executor.bin')).subarray(32);
  t.equal(new Script(Module.wrap(source), { cachedData }).cachedDataRejected, false);
});

t.test('damaged, of another source or absent, it is not used', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-ahead-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of files) copyFileSync(join(dist, name), join(folder, name));
  const start = () =>
    execFileSync(process.execPath, [join(folder, 'muster-executor.start.cjs'), '--version'], {
      encoding: 'utf8',
    }).trim();
  const version = start();
  t.match(version, /^\d+\.\d+\.\d+$/);
  const bin = join(folder, 'muster-executor.bin');
  const whole = readFileSync(bin);
  for (const bytes of [
    whole.subarray(0, whole.length / 2),
    Buffer.alloc(0),
    Buffer.from(whole).fill(0x41, 4_096, 65_536),
  ]) {
    writeFileSync(bin, bytes);
    t.equal(start(), version);
  }
  writeFileSync(bin, whole);
  const program = join(folder, 'muster-executor.cjs');
  // Of the same length, which is all that the runtime would look at.
  const other = readFileSync(program, 'utf8').replace(
    JSON.stringify(version),
    JSON.stringify('9'.repeat(version.length)),
  );
  writeFileSync(program, other);
  t.equal(start(), '9'.repeat(version.length));
  rmSync(bin);
  t.equal(start(), '9'.repeat(version.length));
});
