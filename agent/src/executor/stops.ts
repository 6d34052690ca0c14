// What keeps a run from starting at this moment: a halt, a cancellation, its time. Asked whenever one of them may have come.
import { checkNotStopped, isCanceled, MAX_FETCH_BYTES } from '@muster/protocol/commands';
import type { JudgeDeps } from './judge.ts';
import { MAX_HELD_BYTES } from './limits.ts';
import type { RunEntry } from './records.ts';
import type { Ending } from './results.ts';
import { codeOf } from './words.ts';

/** The words and what is known of runs. */
export type StopDeps = Pick<JudgeDeps, 'book' | 'words'>;

/** What the server's words cancel. */
function cancellations(words: StopDeps['words']) {
  return { freshness: words.freshness()?.freshness ?? null, canceled: words.canceled() };
}

/** Why a run must stop, as one sentence; null: nothing stops it. */
export function findStop(run: RunEntry, { book, words }: StopDeps): string | null {
  const times = { nowMs: words.nowMs(), clockMs: words.clockMs() };
  try {
    checkNotStopped(run, { halts: book.halts(), ...cancellations(words), ...times });
    return null;
  } catch (error) {
    codeOf(error);
    return (error as Error).message;
  }
}

/** True for a run that was canceled; a halt does not count. */
export function wasCanceled({ cmdId }: RunEntry, { words }: StopDeps): boolean {
  return isCanceled(cmdId, cancellations(words));
}

/** How a run ends whose time is over: what has begun before did not expire. */
export function describeLate({ state }: RunEntry): Ending & { readonly state: 'canceled' | 'expired' } {
  const hasBegun = state !== 'accepted' && state !== 'deferred';
  return hasBegun
    ? { state: 'canceled', code: 'E_TIME', summary: 'Its time passed before it could go on.' }
    : { state: 'expired', code: 'E_TIME', summary: 'Its time passed before it could start.' };
}

const FILES_WAIT = 'Too many fetched files wait for the server; fetch again when it has them.';

function countHeldBytes({ book }: StopDeps): number {
  return book.runs().reduce((bytes, { file }) => bytes + (file?.sizeBytes ?? 0), 0);
}

/** How a run ends that must not start now, first or again; null: it may. */
export function findBar(run: RunEntry, deps: StopDeps): Ending | null {
  const reason = findStop(run, deps);
  if (reason !== null) return { state: 'canceled', code: 'E_HALTED', summary: reason };
  if (deps.words.nowMs() > run.notAfterMs) return describeLate(run);
  const isFull = run.kind === 'file.fetch' && countHeldBytes(deps) + MAX_FETCH_BYTES > MAX_HELD_BYTES;
  return isFull ? { state: 'refused', code: 'E_LIMIT', summary: FILES_WAIT } : null;
}
