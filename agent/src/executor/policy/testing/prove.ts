// For tests of kinds of rule: a bad state is found, repaired and found good, and a second cycle changes nothing.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type TestDevice, type Wish, wish } from './machine.ts';

/** All below a root but the clock's traces: what a cycle that changes nothing leaves alone. */
export function snapshot(root: string, path = ''): string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const at = `${path}/${entry.name}`;
    const { mode, uid, gid, mtimeMs, ctimeMs, ino } = lstatSync(join(root, at));
    const facts = `${at} ${mode} ${uid} ${gid} ${mtimeMs} ${ctimeMs} ${ino}`;
    return entry.isDirectory() ? [`${at} ${mode} ${uid} ${gid}`, ...snapshot(root, at)] : [facts];
  });
}

function journalBytes({ folder }: TestDevice): number {
  const names = readdirSync(join(folder, 'journal'));
  return names.reduce((sum, name) => sum + statSync(join(folder, 'journal', name)).size, 0);
}

/** Looked at only: found, nothing changed. Then: repaired. Then: compliant, and nothing changed. */
export async function proveRepair(
  t: Test,
  device: TestDevice,
  { written, found, touches = device.root }: { written: Wish; found: RegExp; touches?: string },
): Promise<void> {
  const name = JSON.stringify(written);
  const before = snapshot(touches);
  const looked = await device.one(wish(written, 'audit'));
  t.match(looked, { state: 'drifted', code: '', found }, `${name} is found`);
  t.same(snapshot(touches), before, `${name}: looking changes nothing`);
  const repaired = await device.one(wish(written));
  t.match(repaired, { state: 'repaired', code: '' }, `${name} is repaired: ${repaired.reason}`);
  t.ok(repaired.done.length > 0, 'and says what was done');
  const good = snapshot(touches);
  const again = await device.cycle(wish(written));
  t.match(again.items, [{ state: 'compliant', done: [] }], `${name} holds`);
  const bytes = journalBytes(device);
  t.same((await device.cycle(wish(written))).changes, [], 'nothing to tell any more');
  t.same(snapshot(touches), good, `${name}: a second cycle changes nothing`);
  t.equal(journalBytes(device), bytes, 'and writes nothing');
}

/** A wish that is found otherwise and refused with that code; nothing is changed. */
export async function proveRefusal(
  t: Test,
  device: TestDevice,
  { written, code, state = 'drifted' }: { written: Wish; code: string; state?: 'drifted' | 'error' },
): Promise<void> {
  const before = snapshot(device.root);
  t.match(await device.one(wish(written)), { state, code, done: [] }, JSON.stringify(written));
  t.same(snapshot(device.root), before);
}
