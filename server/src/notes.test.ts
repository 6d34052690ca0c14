// Notes between processes: what was lost of them is known, and nothing else raises a doubt.
import t from 'tap';
import { createLocalHub } from './bus/local.ts';
import { systemClock } from './core/clock.ts';
import { silentLog } from './core/log.ts';
import { until } from './core/testing/until.ts';
import { createNotes, type Note } from './notes.ts';

const LIMIT_BYTES = 64 * 1024;
const hub = createLocalHub({ clock: systemClock, log: silentLog, limitBytes: LIMIT_BYTES });

function join() {
  const bus = hub.join();
  const heard: Note[] = [];
  const seen = { doubts: 0, missed: 0, gone: 0 };
  const notes = createNotes({
    bus,
    deliver: (note) => void heard.push(note),
    doubt: () => void seen.doubts++,
  });
  bus.watch({ joined: () => undefined, missed: () => void seen.missed++, gone: () => void seen.gone++ });
  const note = (...idxs: readonly number[]) => {
    for (const idx of idxs) notes.note('device', { tenant: 1, idx });
  };
  return { bus, notes, note, heard, seen };
}

t.test('a doubt is raised when notes were lost, or may have been, and else by nothing', async (t) => {
  const early = join();
  early.note(1);
  const controller = join();
  const late = join();
  const { seen, heard } = controller;
  const idxs = () => heard.map(([, , idx]) => idx);
  // Nobody is the controller: it is lost, and the index is built later.
  await new Promise((resolve) => setTimeout(resolve, 20));
  controller.bus.own('controller');
  controller.notes.take();
  const third = join();
  const ask = () =>
    controller.bus.request({ gateway: early.bus.id }, 'nothing', { body: 0, timeoutMs: 1_000 });
  await t.rejects(ask(), 'a way there and back');
  early.note(2, 3);
  late.note(4);
  await until('all was heard', () => heard.length === 3);
  t.same(idxs().toSorted(), [2, 3, 4]);
  t.equal(seen.doubts, 0);

  // More than fits, of what is no note.
  for (const from of [early, late, third])
    from.bus.send({ owner: 'controller' }, 'big', 'x'.repeat(2 * LIMIT_BYTES));
  late.note(5);
  await until('it missed that', () => seen.missed === 3 && heard.length === 4);
  await t.rejects(ask());
  t.equal(seen.doubts, 0, 'no note was lost');

  const many = Array.from({ length: 10_000 }, (_, idx) => idx);
  early.note(...many);
  await until('the last that was noted is missing', () => seen.doubts === 1);
  early.note(6);
  await until('it goes on', () => idxs().includes(6));
  await t.rejects(ask());
  t.equal(seen.doubts, 1, 'once');

  late.note(7);
  late.notes.stop();
  await late.bus.stop();
  third.notes.stop();
  await third.bus.stop();
  await until('they have ended', () => seen.gone === 2);
  t.ok(idxs().includes(7), 'with the last word');
  t.equal(seen.doubts, 1, 'as planned');
  hub.kill(early.bus.id);
  await until('what it had not said nobody knows', () => seen.doubts === 2);
  await controller.bus.stop();
});
