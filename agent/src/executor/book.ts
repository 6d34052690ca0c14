// Everything the executor knows, as its journal says it: a pure state that records are applied to.
import { canMove, isFinal, readTimeMs } from '@muster/protocol';
import type { HaltInForce } from '@muster/protocol/commands';
import { KEEP_ENDED_MS } from './limits.ts';
import type { JournalRecord, KeptFreshness, RunChange, RunEntry, RunStep } from './records.ts';
import { createWordTable, type KeptTrust } from './word-table.ts';

/** The state. */
export interface Book {
  apply(record: JournalRecord): void;
  /** The records that lead to this state; what is older than anybody may ask for, by this clock and the server's last word, is left out. */
  dump(nowMs: number): JournalRecord[];
  trust(): KeptTrust | null;
  /** The server's last word, and when it came; it counts only while its key does, as words.ts judges. */
  freshness(): KeptFreshness | null;
  halts(): readonly HaltInForce[];
  /** Lets go of halts that are over by that clock, to make room. */
  forgetHalts(clockMs: number): void;
  isLifted(haltId: string): boolean;
  /** When damage was last found, ms since 1970; 0: never. */
  damagedAtMs(): number;
  run(cmdId: string): RunEntry | undefined;
  byDigest(digest: string): RunEntry | undefined;
  runs(): readonly RunEntry[];
  openRuns(): readonly RunEntry[];
}

/** Records about runs; the others are words. */
type RunRecord = Extract<JournalRecord, { t: 'run' | 'set' | 'step' | 'confirmed' }>;

const RUN_RECORDS: ReadonlySet<string> = new Set([
  'run',
  'set',
  'step',
  'confirmed',
] satisfies RunRecord['t'][]);

function isRunRecord(record: JournalRecord): record is RunRecord {
  return RUN_RECORDS.has(record.t);
}

/** Output is kept until the core has it, then only what it says of itself. */
function withoutOutput(step: RunStep): RunStep {
  return step.end === null ? step : { ...step, end: { ...step.end, output: '' } };
}

/** A run after a step; a repeated one changes nothing. */
function applyStep(run: RunEntry, { step, set }: { step: RunStep; set: RunChange }): RunEntry {
  if (step.n <= run.n) return run;
  const ended = isFinal(step.state);
  return {
    ...run,
    ...set,
    state: step.state,
    n: step.n,
    steps: [...run.steps.filter(({ n }) => n > run.confirmedN), step],
    ...(ended ? { offer: null, isTried: false } : {}),
  };
}

function applyConfirmation(run: RunEntry, confirmedN: number): RunEntry {
  if (confirmedN <= run.confirmedN || confirmedN > run.n) return run;
  const steps = run.steps
    .filter(({ n }) => n > confirmedN || n === run.n)
    .map((step) => (step.n <= confirmedN ? withoutOutput(step) : step));
  return { ...run, confirmedN, steps };
}

/** True while something may still ask for the run. */
function isKept(run: RunEntry, nowMs: number): boolean {
  return !isFinal(run.state) || run.confirmedN < run.n || run.notAfterMs + KEEP_ENDED_MS > nowMs;
}

/** The runs of the state. */
function createRunTable() {
  const runs = new Map<string, RunEntry>();
  const digests = new Map<string, string>();

  function put(run: RunEntry): void {
    const known = runs.get(run.cmdId);
    if (known !== undefined && known.n >= run.n) return;
    runs.set(run.cmdId, run);
    digests.set(run.digest, run.cmdId);
  }

  function change(cmdId: string, work: (run: RunEntry) => RunEntry): void {
    const run = runs.get(cmdId);
    // Its first record was damaged: there is nothing to change, and the offer will come again.
    if (run !== undefined) runs.set(cmdId, work(run));
  }

  return {
    apply(record: RunRecord): void {
      switch (record.t) {
        case 'run':
          put(record.run);
          break;
        case 'set':
          change(record.cmdId, (run) => (record.n === run.n ? { ...run, ...record.set } : run));
          break;
        case 'step':
          change(record.cmdId, (run) => applyStep(run, record));
          break;
        case 'confirmed':
          change(record.cmdId, (run) => applyConfirmation(run, record.n));
          break;
      }
    },
    dump(nowMs: number): JournalRecord[] {
      for (const run of [...runs.values()]) {
        if (isKept(run, nowMs)) continue;
        runs.delete(run.cmdId);
        digests.delete(run.digest);
      }
      return [...runs.values()].map((run) => ({ t: 'run', run }));
    },
    run: (cmdId: string) => runs.get(cmdId),
    byDigest: (digest: string) => runs.get(digests.get(digest) ?? ''),
    runs: () => [...runs.values()],
    openRuns: () => [...runs.values()].filter(({ state }) => !isFinal(state)),
  };
}

/** Makes an empty state. */
export function createBook(): Book {
  const table = createRunTable();
  const words = createWordTable();
  return {
    ...words,
    ...table,
    apply(record) {
      if (isRunRecord(record)) table.apply(record);
      else words.apply(record);
    },
    dump(nowMs) {
      // A clock that leads for an hour must not make the device forget what it has done: the server's word must say so too.
      const word = words.freshness();
      const bothMs = Math.min(nowMs, word === null ? 0 : readTimeMs(word.freshness.at));
      return [...words.dump(bothMs), ...table.dump(bothMs)];
    },
  };
}

/** The record of a run's next step. @throws Error for a move that the table of runs does not have: a bug. */
export function nextStep(
  run: RunEntry,
  said: Pick<RunStep, 'state' | 'atMs'> & Partial<Pick<RunStep, 'code' | 'message' | 'end'>>,
  set: RunChange = {},
): JournalRecord {
  if (!canMove(run.state, said.state)) throw new Error(`a run cannot go from ${run.state} to ${said.state}`);
  const { code = null, message = '', end = null } = said;
  const step = { n: run.n + 1, state: said.state, atMs: said.atMs, code, message, end };
  return { t: 'step', cmdId: run.cmdId, step, set };
}
