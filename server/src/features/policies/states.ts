// What devices say that they hold of the policies in force: stored in batches, the newest of each.
import { type PolicyState, readTimeMs } from '@muster/protocol';
import { toServerTimeMs } from '../../core/agents/device-time.ts';
import type { Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { noFence, refuseSucceeded } from '../devices/index.ts';
import type { StatesDeps } from './deps.ts';
import { MAX_QUEUED_STATES } from './limits.ts';
import { deleteState, type StateRow, upsertStates } from './store-states.ts';

/** Takes what devices say. */
export interface States {
  /** Acknowledged after the commit. */
  take(session: Session, message: PolicyState): Promise<void>;
  /** The device is retired: it counts no more. */
  forget(tenant: number, idx: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a device says, on its way. */
interface Said extends StateRow {
  /** Session that it came from. */
  readonly epoch: number;
  /** The device has opened another session since: it was not stored. */
  isRefused: boolean;
}

const keyOf = ({ tenant, idx }: StateRow) => `${tenant}/${idx}`;

/** Makes it. */
export function createStates(deps: StatesDeps): States {
  const { sql, clock, fence = noFence } = deps;
  const store = (all: readonly Said[]) =>
    inTransaction(sql, async (tx) => {
      const rows = await fence(tx, all);
      const isKept = new Set(rows);
      for (const row of all) row.isRefused = !isKept.has(row);
      if (rows.length > 0) await upsertStates(tx, pickNewest(rows), new Date(clock.now()));
    });
  const writer: BatchWriter<Said> = createBatchWriter({
    ...{ name: 'state of policies', maxQueued: MAX_QUEUED_STATES, keyOf, flush: store, clock },
  });
  return {
    take(session, message) {
      const { seq, held, code } = message;
      // About what it was on the wire.
      const sizeBytes = JSON.stringify(message).length;
      return deps.answerDurable(session, { seq, sizeBytes }, async () => {
        const { tenant, idx, epoch } = session;
        const at = new Date(toServerTimeMs(session, readTimeMs(message.at), clock.now()));
        const row = { tenant, idx, epoch, seq, held, code, at, isRefused: false };
        await writer.write(row);
        if (row.isRefused) throw refuseSucceeded();
      });
    },
    forget: (tenant, idx) => withMappedErrors(() => deleteState(sql, tenant, idx)),
    stop: () => writer.stop(),
  };
}

/** Of each device the last thing it said. */
function pickNewest(rows: readonly Said[]): readonly Said[] {
  const newest = new Map<string, Said>();
  for (const row of rows) if (row.seq > (newest.get(keyOf(row))?.seq ?? 0)) newest.set(keyOf(row), row);
  return [...newest.values()];
}
