// Book and journal as one: a change is in the book at once, and nobody is told of it before it is durable.

import { type Book, createBook, nextStep } from './book.ts';
import type { Disk } from './disk.ts';
import type { Failpoint } from './failpoints.ts';
import { createBallast } from './journal/ballast.ts';
import { openJournal } from './journal/journal.ts';
import type { JournalRecord, RunChange, RunEntry, RunStep } from './records.ts';

/** What is said of a step. */
export type Said = Pick<RunStep, 'state' | 'atMs'> & Partial<Pick<RunStep, 'code' | 'message' | 'end'>>;

/** The executor's memory. */
export interface Ledger {
  readonly book: Book;
  /** Applies records and waits until they are durable. No record: until everything before is. */
  write(...records: readonly JournalRecord[]): Promise<void>;
  /** The next step of a run, together with changes; resolves when durable. Several in order are on disk all or none. */
  step(cmdId: string, ...steps: readonly { readonly said: Said; readonly set?: RunChange }[]): Promise<void>;
  set(cmdId: string, set: RunChange): Promise<void>;
  /** The last step of a run that is durable: only what is may be told. */
  durableN(run: RunEntry): number;
  /** True while there is room for the results of new work. */
  hasRoom(): Promise<boolean>;
  close(): Promise<void>;
}

/** What was found at the start. */
export interface LedgerFindings {
  readonly cutBytes: number;
  readonly damagedBytes: number;
}

/** What a ledger is made of. */
export interface LedgerDeps {
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  now(): number;
  monotonic(): number;
  pause(ms: number): Promise<void>;
  full(isFull: boolean): void;
  /** The journal is broken: nothing may be promised any more, and the process must end. */
  fatal(error: unknown): void;
}

function requireRun(book: Book, cmdId: string): RunEntry {
  const run = book.run(cmdId);
  if (run === undefined) throw new Error(`no run of ${cmdId}`);
  return run;
}

/** The step in a record. */
function stepOf(record: JournalRecord): { readonly cmdId: string; readonly n: number }[] {
  if (record.t === 'run') return [{ cmdId: record.run.cmdId, n: record.run.n }];
  return record.t === 'step' ? [{ cmdId: record.cmdId, n: record.step.n }] : [];
}

/** Opens the ledger and reads what an earlier process left. */
export async function openLedger(deps: LedgerDeps): Promise<{ ledger: Ledger; found: LedgerFindings }> {
  const book = createBook();
  const ballast = createBallast(deps);
  const snapshot = () => book.dump(deps.now());
  const { journal, content } = await openJournal<JournalRecord>({ ...deps, ballast, snapshot });
  for (const record of content.records) book.apply(record);

  /** Last durable steps of runs whose newer ones are under way. */
  const durable = new Map<string, number>();

  async function append(records: readonly JournalRecord[]): Promise<void> {
    const steps = records.flatMap(stepOf);
    for (const { cmdId, n } of steps) if (!durable.has(cmdId)) durable.set(cmdId, n - 1);
    try {
      await journal.append(records);
    } catch (error) {
      deps.fatal(error);
      throw error;
    }
    for (const { cmdId, n } of steps) {
      if (book.run(cmdId)?.n === n) durable.delete(cmdId);
      else durable.set(cmdId, n);
    }
  }

  function write(...records: readonly JournalRecord[]): Promise<void> {
    for (const record of records) book.apply(record);
    return append(records);
  }

  const ledger: Ledger = {
    book,
    write,
    step(cmdId, ...steps) {
      const records = steps.map(({ said, set }) => {
        const record = nextStep(requireRun(book, cmdId), said, set);
        // The next one builds on it.
        book.apply(record);
        return record;
      });
      return append(records);
    },
    set: (cmdId, set) => write({ t: 'set', cmdId, n: requireRun(book, cmdId).n, set }),
    durableN: ({ cmdId, n }) => durable.get(cmdId) ?? n,
    hasRoom: () => ballast.isThere(),
    close: () => journal.close(),
  };
  return { ledger, found: { cutBytes: content.cutBytes, damagedBytes: content.damagedBytes } };
}
