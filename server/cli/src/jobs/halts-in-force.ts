// Halts that hold a command now, so that nobody waits for something that was stopped.
import { isMusterError } from '@muster/protocol';
import { matchesKind } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import type { HaltItem } from '../api/types.ts';
import { formatMoment } from '../output/moments.ts';
import type { Session } from '../session.ts';

/** What a halt is held against; without an id it is not known to the server yet. */
interface Held {
  readonly kind: string;
  readonly id?: string;
}

function holds({ state, what, scope }: HaltItem, { kind, id }: Held): boolean {
  if (state !== 'in-force') return false;
  if (what === 'command') return scope === id;
  return what === 'all' || matchesKind(scope, kind);
}

/** The halts that hold it; none where this token may not see halts. @throws MusterError those of the API */
async function readHolding({ api }: Session, held: Held): Promise<HaltItem[]> {
  try {
    const { halts } = await take(api.http.GET('/api/v1/halts'));
    return halts.filter((halt) => holds(halt, held));
  } catch (error) {
    if (isMusterError(error, 'E_FORBIDDEN')) return [];
    throw error;
  }
}

/** What holds it, as sentences; empty: nothing. */
export async function describeHolding(session: Session, held: Held): Promise<string> {
  const halts = await readHolding(session, held);
  return halts
    .map(
      ({ id, requester, until, reason }) =>
        `A halt of ${requester} is in force until ${formatMoment(until)} ("${reason}"): nothing starts before it ends or somebody lifts it with muster lift ${id}.`,
    )
    .join('\n');
}
