// What people order in a freeze: what changes the device waits for its end, or is refused where its own time ends before; an emergency goes past it.
import { kindEntry } from '@muster/protocol/commands';
import { findFreeze, type ListedFreeze } from '@muster/protocol/windows';
import type { RunEntry } from './records.ts';

const FREEZE_CODE = 'E_FREEZE';

/** Of a run what decides here. */
export type FreezableRun = Pick<RunEntry, 'kind' | 'dryRun' | 'notAfterMs'>;

/** What a freeze does to a run that has not begun. */
export type Frozen =
  /** Looked at again after that time, ms. */
  | { readonly is: 'waiting'; readonly forMs: number; readonly code: string; readonly message: string }
  | { readonly is: 'ended'; readonly state: 'refused'; readonly code: string; readonly message: string };

const formatMinute = (text: string) => `${text.slice(0, 16)}Z`;

/**
 * Null where none holds it. Only a freeze for all policies of the device speaks for commands. `clockMs`: the device's own clock, as for
 * halts: no word of the server ends what protects. Pure.
 */
export function findFrozenRun(
  { kind, dryRun, notAfterMs }: FreezableRun,
  isEmergency: boolean,
  { freezes, clockMs }: { readonly freezes: readonly ListedFreeze[]; readonly clockMs: number },
): Frozen | null {
  // What only looks, or only says what it would do, changes nothing.
  if (isEmergency || dryRun || !kindEntry(kind).changes) return null;
  const held = freezes.filter(({ all }) => all);
  const freeze = findFreeze(held, clockMs);
  if (freeze === null) return null;
  const { policy, reason, to } = freeze;
  const frozen = `Frozen until ${formatMinute(to)} by ${policy}: ${reason}`;
  const toMs = Date.parse(to);
  if (toMs < notAfterMs)
    return { is: 'waiting', forMs: toMs - clockMs, code: FREEZE_CODE, message: `${frozen} It waits.` };
  const message = `${frozen} Its own time is over before; order it for later, or as an emergency, which two sign in hardened mode.`;
  return { is: 'ended', state: 'refused', code: FREEZE_CODE, message };
}
