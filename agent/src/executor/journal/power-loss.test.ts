// The journal on a disk that loses what a power cut may lose: what was answered is there, and a missing sync is found out.
import t from 'tap';
import { noFailpoint } from '../failpoints.ts';
import { createSimulatedDisk, type SimulatedDiskOptions } from '../testing/simulated-disk.ts';
import { openJournal } from './journal.ts';

interface Note {
  readonly t: 'note';
  readonly n: number;
  readonly text: string;
}

/** The same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const ballast = { giveUp: async () => undefined, restore: async () => undefined, held: () => true };

/** Writes notes until the power fails, some rounds long; says which answered notes are gone, and which came back changed. */
async function tryPowerCuts(seed: number, omits?: SimulatedDiskOptions['omits']): Promise<string[]> {
  const random = createRandom(seed);
  let simulated = createSimulatedDisk({ random, ...(omits === undefined ? {} : { omits }) });
  const answered = new Map<number, string>();
  const faults: string[] = [];
  for (let round = 0, n = 0; round < 4; round++) {
    const found: Note[] = [];
    const { journal, content } = await openJournal<Note>({
      disk: simulated.disk,
      ballast: ballast as never,
      failpoint: noFailpoint,
      pause: async () => undefined,
      snapshot: () => found,
    });
    found.push(...content.records);
    const byNumber = new Map(found.map((note) => [note.n, note.text]));
    for (const [number, text] of answered) {
      if (byNumber.get(number) !== text)
        faults.push(`seed ${seed}, round ${round}: note ${number} is lost or changed`);
    }
    const count = Math.floor(random() * 12);
    for (let i = 0; i < count; i++) {
      const note: Note = { t: 'note', n: n++, text: 'x'.repeat(Math.floor(random() * 400)) };
      const done = journal.append([note]).then(() => void answered.set(note.n, note.text));
      // Some are waited for, some are under way when the power fails.
      if (random() < 0.7) await done;
    }
    for (let turns = Math.floor(random() * 8); turns > 0; turns--) await Promise.resolve();
    simulated = simulated.cutPower();
  }
  return faults;
}

t.test('what the journal answered survives 1,000 power cuts', async (t) => {
  const faults: string[] = [];
  for (let seed = 1; seed <= 250; seed++) faults.push(...(await tryPowerCuts(seed)));
  t.same(faults, []);
});

t.test('the simulation finds a journal that forgets a sync', async (t) => {
  for (const forgotten of ['datasync', 'dirsync'] as const) {
    const faults: string[] = [];
    for (let seed = 1; seed <= 60; seed++)
      faults.push(
        ...(await tryPowerCuts(seed, (sync, path) => sync === forgotten && path.startsWith('journal'))),
      );
    t.ok(faults.length > 0, `${forgotten} left out: ${faults.length} faults in 60 seeds`);
  }
});
