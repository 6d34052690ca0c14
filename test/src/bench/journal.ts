// Bench of the executor's journal on the disk of this machine: one batch at a time and sixteen at once, beside a bare write and sync.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createDisk, noFailpoint, openJournal } from '@muster/agent/executor';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { quantile } from './commands-house.ts';
import { makeBenchFolder } from './stage.ts';

/** Appends of a round, one after the other, in turns with bare ones: both see the same disk. */
const APPENDS = 400;
/** Rounds of sixteen at once. */
const GROUPS = 100;
const AT_ONCE = 16;
/** What `accepted` of a small command weighs in the journal, bytes. */
const RECORD_BYTES = 1_300;
/** Length and checksum before each batch, and the brackets and names around the text, bytes. */
const FRAME_BYTES = 8;

interface Note {
  readonly t: 'note';
  readonly text: string;
}

const note: Note = { t: 'note', text: 'x'.repeat(RECORD_BYTES) };
const batchBytes = FRAME_BYTES + JSON.stringify([note]).length;

async function timeOne(work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await work();
  return performance.now() - fromMs;
}

/** Times of a round, ms: ours and bare, alone and sixteen. */
interface Times {
  readonly alone: number[];
  readonly bare: number[];
  readonly group: number[];
  readonly bareGroup: number[];
}

async function openBoth(context: BenchContext) {
  const folder = await makeBenchFolder(context, 'journal');
  const { journal } = await openJournal<Note>({
    disk: createDisk(folder),
    ballast: { isThere: async () => true, giveUp: async () => undefined },
    failpoint: noFailpoint,
    pause: async () => undefined,
    snapshot: () => [],
  });
  const file = await open(join(folder, 'bare'), 'a', 0o600);
  return { journal, file };
}

async function measureRound(context: BenchContext): Promise<Times> {
  const { journal, file } = await openBoth(context);
  const one = Buffer.alloc(batchBytes, 0x78);
  const sixteen = Buffer.alloc(AT_ONCE * batchBytes, 0x78);
  const writeBare = async (bytes: Buffer) => {
    await file.write(bytes);
    await file.datasync();
  };
  const times: Times = { alone: [], bare: [], group: [], bareGroup: [] };
  // The first makes the segment.
  await journal.append([note]);
  for (let append = 0; append < APPENDS; append++) {
    times.alone.push(await timeOne(() => journal.append([note])));
    times.bare.push(await timeOne(() => writeBare(one)));
  }
  for (let group = 0; group < GROUPS; group++) {
    const appendAll = () => Promise.all(Array.from({ length: AT_ONCE }, () => journal.append([note])));
    times.group.push(await timeOne(appendAll));
    times.bareGroup.push(await timeOne(() => writeBare(sixteen)));
  }
  await journal.close();
  await file.close();
  return times;
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const rounds: Times[] = [];
  for (let round = 0; round < context.rounds; round++) rounds.push(await measureRound(context));
  const of = (name: keyof Times, share: number) =>
    summarize(rounds.map((times) => quantile(times[name], share)));
  const describe = (name: string, [ours, bare]: readonly (keyof Times)[], share: number): Figure => ({
    ...{ name, unit: 'ms', ...of(ours ?? 'alone', share) },
    raw: { what: 'ms, bare write and fdatasync', value: of(bare ?? 'bare', share).value },
  });
  return [
    describe(`append of ${batchBytes} bytes, p50`, ['alone', 'bare'], 0.5),
    describe('the same, p99', ['alone', 'bare'], 0.99),
    describe('sixteen appends at once, all durable, p50', ['group', 'bareGroup'], 0.5),
    describe('the same, p99', ['group', 'bareGroup'], 0.99),
  ];
}

export const journal: Bench = {
  id: 'journal',
  says: "the executor's journal on a real disk",
  run,
};
