// When a waiting run may start: its time, its cool-off, its content, and everything verification asks again.
import { COOL_OFF_MS, type Content, verifyCommand } from '@muster/protocol/commands';
import type { Contents } from './contents.ts';
import { findFrozenRun } from './frozen.ts';
import { checkLocalLimits, createVerifyContext, endStateOf, type JudgeDeps } from './judge.ts';
import type { Order } from './order.ts';
import type { RunEntry } from './records.ts';
import { codeOf } from './words.ts';

/** What is known of a waiting run. */
export type Readiness =
  | { readonly is: 'ready' }
  /** Looked at again after that time, ms; null: something must come first. */
  | {
      readonly is: 'waiting';
      readonly forMs: number | null;
      readonly code: string | null;
      readonly message: string;
    }
  | {
      readonly is: 'ended';
      readonly state: 'refused' | 'canceled' | 'expired';
      readonly code: string | null;
      readonly message: string;
    };

type Waiting = Extract<Readiness, { is: 'waiting' }>;

/** The cool-off runs on a clock that nobody can set, and ends only under a word of the server that came after it. */
function findCoolOff(run: RunEntry, { words, moment }: JudgeDeps): Waiting | null {
  if (run.commandClass !== 'destructive' || run.dryRun) return null;
  const now = moment();
  const endMs = run.seen.monotonicMs + COOL_OFF_MS;
  const waiting = { is: 'waiting', code: 'E_COOLOFF' } as const;
  if (now.bootId !== run.seen.bootId)
    return { ...waiting, forMs: COOL_OFF_MS, message: 'The cool-off begins anew after a restart.' };
  if (now.monotonicMs < endMs)
    return {
      ...waiting,
      forMs: endMs - now.monotonicMs,
      message: 'The cool-off of 15 minutes has not passed.',
    };
  const word = words.freshness()?.seen;
  if (word?.bootId === now.bootId && word.monotonicMs >= endMs) return null;
  return {
    ...waiting,
    forMs: null,
    message: 'The cool-off has passed; it waits for a word of the server that comes after it.',
  };
}

async function findMissingContent(content: Content | null, contents: Contents): Promise<Waiting | null> {
  if (content === null || (await contents.has(content))) return null;
  await contents.want(content);
  return { is: 'waiting', forMs: null, code: 'E_CONTENT', message: 'Its content is being fetched.' };
}

/** Verifies again, steps 11 to 15, and what else is `asked`. */
export function verifyOrder(run: RunEntry, deps: JudgeDeps, asked: () => void = () => undefined): Readiness {
  const nowMs = deps.words.nowMs();
  if (run.offer === null) return { is: 'ready' };
  try {
    verifyCommand(run.offer, createVerifyContext(deps));
    asked();
    return { is: 'ready' };
  } catch (error) {
    const code = codeOf(error);
    const message = (error as Error).message;
    if (code === 'E_STALE' || code === 'E_TRUST') return { is: 'waiting', forMs: null, code, message };
    return { is: 'ended', state: endStateOf(code, run.notAfterMs, nowMs), code, message };
  }
}

/** `isDue`: only the server's word says that its time has come. */
function describeEarly({ command }: Order, isDue: boolean): string {
  const when = `It may start at ${command.notBefore}`;
  return isDue ? `${when}; the clock of this device is behind, set it.` : `${when}.`;
}

/** Looks at a run that was accepted and has not started. `isFresh`: verified this moment. */
export async function readReadiness(
  run: RunEntry,
  {
    order,
    contents,
    isFresh,
  }: { readonly order: Order; readonly contents: Contents; readonly isFresh: boolean },
  deps: JudgeDeps,
): Promise<Readiness> {
  const nowMs = deps.words.nowMs();
  if (nowMs > run.notAfterMs)
    return {
      is: 'ended',
      state: 'expired',
      code: 'E_TIME',
      message: 'Its time passed before it could start.',
    };
  const untilMs = run.notBeforeMs - deps.words.startMs();
  if (untilMs > 0) {
    const message = describeEarly(order, nowMs >= run.notBeforeMs);
    return { is: 'waiting', forMs: Math.min(untilMs, run.notAfterMs - nowMs + 1), code: null, message };
  }
  const isEmergency = order.command.emergency === true;
  const frozen = findFrozenRun(run, isEmergency, { freezes: deps.freezes, clockMs: deps.words.clockMs() });
  if (frozen?.is === 'ended') return frozen;
  const waiting = findCoolOff(run, deps) ?? frozen ?? (await findMissingContent(order.content, contents));
  if (waiting !== null)
    return {
      ...waiting,
      forMs: Math.min(waiting.forMs ?? Number.POSITIVE_INFINITY, run.notAfterMs - nowMs + 1),
    };
  if (isFresh) return { is: 'ready' };
  return verifyOrder(run, deps, () => checkLocalLimits(deps.book.runs(), run, deps.words.clockMs()));
}
