// Ends runs: the way through the table of moves to an end, with the result document, in one batch of the journal.
import { isMusterError, type RunState, runMoves } from '@muster/protocol';
import type { Ledger } from './ledger.ts';
import type { HeldFile, RunChange, RunEntry } from './records.ts';
import { type Ending, plainSentence, type ResultContext, writeEnd } from './results.ts';

/** What ending a run needs. */
export interface EndDeps {
  readonly ledger: Ledger;
  resultContext(): ResultContext;
  /** A step is durable: it may be told. */
  told(cmdId: string): void;
}

/** States on the way from one to another, the last included; null: there is no way that a device may go. */
function findWay(from: RunState, to: RunState): readonly RunState[] | null {
  const ways: RunState[][] = [[from]];
  const seen = new Set<RunState>([from]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1) ?? from;
    if (last === to) return way.slice(1);
    for (const move of runMoves) {
      if (move.by !== 'agent' || move.from !== last || seen.has(move.to)) continue;
      seen.add(move.to);
      ways.push([...way, move.to]);
    }
  }
  return null;
}

/** What changes with a step to `running` that was not taken before. */
function startChange(run: RunEntry, nowMs: number): RunChange {
  return { attempts: run.attempts + 1, startedAtMs: run.startedAtMs ?? nowMs };
}

/** Ends a run; what started cannot be refused any more and failed instead. Resolves when durable. */
export async function endRun(
  { ledger, resultContext, told }: EndDeps,
  cmdId: string,
  { file = null, ...ending }: Ending & { readonly file?: HeldFile | null },
): Promise<void> {
  const run = ledger.book.run(cmdId);
  if (run === undefined || run.offer === null) return;
  const context = resultContext();
  const way = findWay(run.state, ending.state);
  const state = way === null ? 'failed' : ending.state;
  const states = way ?? findWay(run.state, 'failed') ?? [];
  const isStart = states.length > 1 && states[0] === 'running';
  const change = isStart ? startChange(run, context.nowMs) : {};
  const end = writeEnd({ ...run, ...change }, { ...ending, state }, context);
  const steps = states.map((next, at) => ({
    said: {
      state: next,
      atMs: context.nowMs,
      ...(at < states.length - 1 ? {} : { code: ending.code, message: plainSentence(ending.summary), end }),
    },
    set: at === states.length - 1 ? { file, isTried: false } : at === 0 ? change : {},
  }));
  await ledger.step(cmdId, ...steps);
  told(cmdId);
}

/** The end of a run that failed with an exception; `code` is that of one which nobody foresaw. */
export function describeFailure(error: unknown, code = 'E_KIND') {
  if (isMusterError(error))
    return { state: 'failed', code: error.code, summary: error.message } satisfies Ending;
  const summary = error instanceof Error ? error.message : String(error);
  return { state: 'failed', code, summary } satisfies Ending;
}
