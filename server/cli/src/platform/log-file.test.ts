// Proves on a real folder that a log stays within its size, loses nothing it has room for, and survives a bad disk.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openLogFile } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-log-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** A log of that size whose troubles are kept. */
function open(path: string, maxBytes: number) {
  const troubles: unknown[] = [];
  const log = openLogFile(path, { maxBytes, onTrouble: (error) => troubles.push(error) });
  return { ...log, troubles };
}

t.test('the newest lines are kept in two files of bounded size, over restarts', async (t) => {
  const path = join(folder, 'bounded.log');
  const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index}\n`);
  for (let from = 0; from < lines.length; from += 500) {
    const log = open(path, 4_096);
    for (const line of lines.slice(from, from + 500)) log.write(line);
    await log.end();
    t.same(log.troubles, []);
    t.ok(statSync(path).size <= 4_096);
  }
  const kept = read(`${path}.1`) + read(path);
  t.ok(statSync(`${path}.1`).size <= 4_096);
  t.ok(kept.length > 4_096, 'the older file is there while the newer fills');
  t.equal(kept, lines.join('').slice(-kept.length), 'nothing between them is missing');
  t.equal(statSync(path).mode & 0o777, 0o600);
});

t.test('a log that was too large before is put aside, and a text larger than a file is split', async (t) => {
  const path = join(folder, 'large.log');
  writeFileSync(path, 'x'.repeat(10_000));
  const log = open(path, 1_000);
  log.write('new\n');
  await log.end();
  t.equal(read(path), 'new\n');
  t.equal(statSync(`${path}.1`).size, 10_000);
  const again = open(path, 1_000);
  again.write(`${'y'.repeat(2_500)}end\n`);
  await again.end();
  t.equal(read(`${path}.1`) + read(path), `${'y'.repeat(1_500)}end\n`);
});

t.test('what cannot be written is told once and ends nothing', async (t) => {
  const path = join(folder, 'absent', 'late.log');
  const log = open(path, 1_000);
  for (const text of ['one', 'two', 'three']) log.write(text);
  await log.end();
  t.equal(log.troubles.length, 1);
  t.match(log.troubles, [{ code: 'ENOENT' }]);
  mkdirSync(join(folder, 'absent'));
  log.write('four');
  await log.end();
  t.equal(read(path), 'four', 'and it goes on by itself');

  const full = open('/dev/full', 1_000);
  full.write('text');
  await full.end();
  t.match(full.troubles, [{ code: 'ENOSPC' }]);
});

t.test('a disk slower than the program costs text, not memory', async (t) => {
  const path = join(folder, 'slow.log');
  const log = open(path, 64 * 1024 * 1024);
  const text = 'z'.repeat(100_000);
  for (let n = 0; n < 100; n++) log.write(text);
  await log.end();
  t.ok(statSync(path).size <= 1_200_000, 'ten megabytes came in one turn; one was kept');
  log.write('later\n');
  await log.end();
  t.ok(read(path).endsWith('zlater\n'));
});
