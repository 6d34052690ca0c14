// Real files in a folder of its own: what changes in a watched file is told, what happens beside it is not.
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createFileWatch } from './file-watch.ts';

/** More than a change needs to be told on a busy machine, ms. */
const PATIENCE_MS = 60_000;
/** Longer than a change is kept back, ms: what was not told by then was not heard. */
const SILENCE_MS = 4_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function makeWatch(t: Test, restMs = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-watch-'));
  const warnings: object[] = [];
  let told = 0;
  const watch = createFileWatch({
    restMs,
    changed() {
      told += 1;
    },
    log: { warn: (fields) => void warnings.push(fields) },
  });
  t.teardown(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ folder, warnings, watch },
    told: () => told,
    /** Does it, and waits until it was told. */
    async hears(what: string, act: () => void) {
      const before = told;
      act();
      const endsAt = performance.now() + PATIENCE_MS;
      while (told === before && performance.now() < endsAt) await pause(20);
      t.equal(told, before + 1, what);
    },
  };
}

t.test('what changes in a watched file is told once, whatever way it changes', async (t) => {
  const { folder, watch, hears, warnings } = makeWatch(t);
  const [file, other] = [join(folder, 'app.conf'), join(folder, 'other')];
  writeFileSync(file, 'a');
  watch.set([file, '/proc/sys/net/ipv4/ip_forward', join(folder, 'missing/x.conf')]);
  await hears('written', () => {
    writeFileSync(file, 'b');
    writeFileSync(file, 'c');
  });
  await hears('its mode', () => chmodSync(file, 0o600));
  await hears('another in its place', () => {
    writeFileSync(other, 'd');
    renameSync(other, file);
  });
  await hears('after that too', () => writeFileSync(file, 'e'));
  await hears('removed', () => rmSync(file));
  await hears('there again', () => writeFileSync(file, 'f'));
  t.same(warnings, [], 'what is not there is nothing to speak of');
});

t.test('who writes without end is told of once in a while, and nothing is forgotten', async (t) => {
  const [long, short] = [makeWatch(t, 3_600_000), makeWatch(t, 3_000)];
  for (const { folder, watch, hears } of [long, short]) {
    writeFileSync(join(folder, 'app.conf'), 'a');
    watch.set([join(folder, 'app.conf')]);
    await hears('the first change', () => writeFileSync(join(folder, 'app.conf'), 'b'));
  }
  writeFileSync(join(long.folder, 'app.conf'), 'c');
  await short.hears('what changes in the rest, after it', () =>
    writeFileSync(join(short.folder, 'app.conf'), 'c'),
  );
  await pause(SILENCE_MS);
  t.equal(long.told(), 1, 'not before the rest is over');
});

t.test('what happens beside it is not told; a whole folder is, and one that comes later', async (t) => {
  const { folder, watch, hears, told } = makeWatch(t);
  const parts = join(folder, 'conf.d');
  watch.set([join(folder, 'app.conf'), `${parts}/`]);
  writeFileSync(join(folder, 'app.conf.bak'), 'a');
  await pause(SILENCE_MS);
  t.equal(told(), 0);
  mkdirSync(parts);
  watch.set([join(folder, 'app.conf'), `${parts}/`]);
  await hears('any file of it', () => writeFileSync(join(parts, 'any'), 'a'));
  watch.set([]);
  writeFileSync(join(parts, 'any'), 'b');
  await pause(SILENCE_MS);
  t.equal(told(), 1, 'what is not wanted any more is let go');
});

t.test('a folder in which too much else happens is let go until the next time', async (t) => {
  const { folder, watch, hears, warnings } = makeWatch(t);
  const file = join(folder, 'app.conf');
  watch.set([file]);
  for (let n = 0; n < 1_200; n++) {
    writeFileSync(join(folder, `${n}.log`), 'x');
    if (n % 100 === 0) await pause(0);
  }
  const endsAt = performance.now() + PATIENCE_MS;
  while (warnings.length === 0 && performance.now() < endsAt) await pause(20);
  t.match(warnings, [{ path: folder }]);
  watch.set([file]);
  await hears('then it is watched again', () => writeFileSync(file, 'a'));
});
