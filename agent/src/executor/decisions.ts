// A person's decision about a run that waits for one: journalled first, then carried out once, by what holds then.
import { classOf } from '@muster/protocol';
import { fail } from '../errors.ts';
import { findFrozenRun } from './frozen.ts';
import type { JudgeDeps } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { readOrder } from './order.ts';
import { type Readiness, verifyOrder } from './readiness.ts';
import type { Decision, RunEntry } from './records.ts';
import type { Ending } from './results.ts';
import { describeLate, wasCanceled } from './stops.ts';

/** One signer's word starts nothing that two had to sign. */
const GRAVE = 'A destructive command is not started again by a decision; give it up and sign it anew.';

function refusalOf({ code, message }: Pick<Exclude<Readiness, { is: 'ready' }>, 'code' | 'message'>): Ending {
  return { state: 'refused', code, summary: message };
}

/** Why a run must not be ordered again; null: it may. */
function findObjection(target: RunEntry, context: JudgeDeps): Ending | null {
  const { classes } = context.words.trust().document;
  const isGrave = [target.commandClass, classOf(target.kind, classes)].includes('destructive');
  if (isGrave) return { state: 'refused', code: 'E_QUORUM', summary: GRAVE };
  const readiness = verifyOrder(target, context);
  return readiness.is === 'ready' ? null : refusalOf(readiness);
}

/**
 * Takes a decision; gives how the deciding run ends. The target moves when it is looked at next, as the decision in the journal says:
 * a crash in between changes nothing, and the same decision never starts it twice.
 */
export async function takeDecision(
  run: RunEntry,
  { command, action }: { readonly command: string; readonly action: Decision['action'] },
  { ledger, context }: { readonly ledger: Ledger; readonly context: JudgeDeps },
): Promise<Ending> {
  const target = ledger.book.run(command);
  const done: Ending = { state: 'succeeded', code: null, summary: `Decided: ${action}.` };
  if (target?.decision?.by === run.cmdId) return done;
  if (target?.state !== 'waiting-person') return refusalOf(fail('E_NO_RUN'));
  const objection = action === 'again' ? findObjection(target, context) : null;
  if (objection !== null) return objection;
  if (run.dryRun) return { ...done, summary: `Would decide: ${action}.` };
  const decision = { by: run.cmdId, action, isUsed: false };
  await ledger.set(target.cmdId, { decision, crashes: 0 });
  return done;
}

/** Looks at a run that waits for a person: it is over, decided, or goes on waiting. */
export function readDecision(run: RunEntry, deps: JudgeDeps): Readiness {
  const nowMs = deps.words.nowMs();
  const ended = { is: 'ended', state: 'canceled' } as const;
  if (wasCanceled(run, deps)) return { ...ended, code: 'E_HALTED', message: 'The command was canceled.' };
  if (nowMs > run.notAfterMs) return { ...ended, code: 'E_TIME', message: describeLate(run).summary };
  const waiting = { is: 'waiting', forMs: run.notAfterMs - nowMs + 1, code: null, message: '' } as const;
  const { decision } = run;
  if (decision === null || decision.isUsed) return waiting;
  if (decision.action === 'give-up') return { ...ended, code: null, message: 'A person gave it up.' };
  // It begins anew, so a freeze holds it like any other.
  const isEmergency = readOrder(run).command.emergency === true;
  const frozen = findFrozenRun(run, isEmergency, { freezes: deps.freezes, clockMs: deps.words.clockMs() });
  if (frozen?.is === 'waiting') return frozen;
  if (frozen !== null) return { ...ended, code: frozen.code, message: frozen.message };
  const readiness = verifyOrder(run, deps);
  if (readiness.is === 'waiting') return waiting;
  // It has begun before: it can be stopped now, not refused.
  return readiness.is === 'ended' ? { ...readiness, state: 'canceled' } : readiness;
}
