// Everything the executor knows, as its journal says it: a pure state that records are applied to.
import { canMove, isFinal, readTimeMs } from '@muster/protocol';
import type { Freshness, HaltInForce } from '@muster/protocol/commands';
import { KEEP_ENDED_MS, MAX_KEPT_HALTS, MAX_LIFTED } from './limits.ts';
import type { JournalRecord, Moment, RunChange, RunEntry, RunStep } from './records.ts';

/** The newest trust document that was followed. */
export interface KeptTrust {
  readonly envelope: unknown;
  readonly hash: string;
  readonly version: number;
}

/** The server's last word, and when it came. */
export interface KeptFreshness {
  readonly freshness: Freshness;
  readonly seen: Moment;
}

/** The state. */
export interface Book {
  apply(record: JournalRecord): void;
  /** The records that lead to this state; what is older than anybody may ask for is left out. */
  dump(nowMs: number): JournalRecord[];
  trust(): KeptTrust | null;
  /** The server's last word, and when it came. */
  freshness(): KeptFreshness | null;
  halts(): readonly HaltInForce[];
  isLifted(haltId: string): boolean;
  /** When damage was last found, ms since 1970; 0: never. */
  damagedAtMs(): number;
  run(cmdId: string): RunEntry | undefined;
  byDigest(digest: string): RunEntry | undefined;
  runs(): readonly RunEntry[];
  openRuns(): readonly RunEntry[];
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

/** Makes an empty state. */
export function createBook(): Book {
  const runs = new Map<string, RunEntry>();
  const digests = new Map<string, string>();
  const halts = new Map<string, HaltInForce>();
  const lifted = new Set<string>();
  let trust: KeptTrust | null = null;
  let word: KeptFreshness | null = null;
  let damagedAtMs = 0;

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

  function addHalt(halt: HaltInForce): void {
    if (halts.has(halt.haltId) || lifted.has(halt.haltId)) return;
    halts.set(halt.haltId, halt);
    if (halts.size <= MAX_KEPT_HALTS) return;
    const first = [...halts.values()].toSorted((a, b) => readTimeMs(a.until) - readTimeMs(b.until))[0];
    if (first !== undefined) halts.delete(first.haltId);
  }

  function addLift(haltId: string): void {
    halts.delete(haltId);
    lifted.add(haltId);
    const [oldest] = lifted;
    if (lifted.size > MAX_LIFTED && oldest !== undefined) lifted.delete(oldest);
  }

  return {
    apply(record) {
      switch (record.t) {
        case 'trust':
          if (record.version > (trust?.version ?? 0)) trust = record;
          break;
        case 'fresh':
          if (record.freshness.at > (word?.freshness.at ?? '')) word = record;
          break;
        case 'halt':
          addHalt(record.halt);
          break;
        case 'lift':
          addLift(record.haltId);
          break;
        case 'damaged':
          damagedAtMs = Math.max(damagedAtMs, record.atMs);
          break;
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
    dump(nowMs) {
      const past = [...halts.values()].filter(({ until }) => readTimeMs(until) < nowMs);
      for (const { haltId } of past) halts.delete(haltId);
      for (const run of [...runs.values()]) {
        if (isKept(run, nowMs)) continue;
        runs.delete(run.cmdId);
        digests.delete(run.digest);
      }
      return [
        ...(trust === null ? [] : [{ ...trust, t: 'trust' } as const]),
        ...(word === null ? [] : [{ ...word, t: 'fresh' } as const]),
        ...(damagedAtMs === 0 ? [] : [{ t: 'damaged', atMs: damagedAtMs } as const]),
        ...[...halts.values()].map((halt) => ({ t: 'halt', halt }) as const),
        ...[...lifted].map((haltId) => ({ t: 'lift', haltId }) as const),
        ...[...runs.values()].map((run) => ({ t: 'run', run }) as const),
      ];
    },
    trust: () => trust,
    freshness: () => word,
    halts: () => [...halts.values()],
    isLifted: (haltId) => lifted.has(haltId),
    damagedAtMs: () => damagedAtMs,
    run: (cmdId) => runs.get(cmdId),
    byDigest: (digest) => runs.get(digests.get(digest) ?? ''),
    runs: () => [...runs.values()],
    openRuns: () => [...runs.values()].filter(({ state }) => !isFinal(state)),
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
