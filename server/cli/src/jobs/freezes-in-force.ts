// Freezes that may hold a command now, told before anybody signs; devices themselves decide which of them is for them.
import { isMusterError, type ReadonlyTrust } from '@muster/protocol';
import { type Command, isCommandKind, kindEntry } from '@muster/protocol/commands';
import { listFreezes } from '@muster/protocol/windows';
import { formatMoment } from '../output/moments.ts';
import { safeText } from '../output/safe-text.ts';
import { readInForce } from '../policy/in-force.ts';
import type { Session } from '../session.ts';

/** Of a command what decides whether a freeze holds it. */
type Held = Pick<Command, 'kind' | 'dryRun' | 'emergency'>;

function isHeld({ kind, dryRun, emergency }: Held): boolean {
  return emergency !== true && !dryRun && isCommandKind(kind) && kindEntry(kind).changes;
}

/** What holds it, as sentences; empty: nothing, or this token may not see policies. What cannot be read is said and stops nothing. */
export async function describeFreezes(
  session: Session,
  command: Held,
  trust: ReadonlyTrust,
): Promise<string> {
  if (!isHeld(command)) return '';
  try {
    const { members } = await readInForce(session, trust);
    const nowMs = session.terminal.now();
    const policies = members.flatMap(({ opened }) => (opened === null ? [] : [opened.policy]));
    return listFreezes(policies)
      .filter(({ all, from, to }) => all && Date.parse(from) <= nowMs && nowMs < Date.parse(to))
      .map(
        ({ policy, to, reason }) =>
          `A freeze of policy ${policy} is in force until ${formatMoment(to)} ("${safeText(reason)}"): devices that it is for wait for its end, or refuse what expires before; --emergency goes past it.`,
      )
      .join('\n');
  } catch (error) {
    if (!isMusterError(error)) throw error;
    if (error.code === 'E_FORBIDDEN') return '';
    return `Whether a freeze is in force is not known (${error.code}): ${error.message}`;
  }
}
