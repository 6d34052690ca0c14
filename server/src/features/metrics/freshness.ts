// Asks a connected device for its open hour when somebody looks, and lets him wait until it is stored.
import type { ChunkHeader } from '@muster/protocol';
import type { Connections, Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { REFRESH_AGAIN_MS, REFRESH_OLD_MS, REFRESH_WAIT_MS } from './limits.ts';

export interface Freshness {
  /** Asks the device, unless it is offline or was asked just now. Resolves when its chunk is stored, after 3 s at the latest. */
  refresh(tenant: number, idx: number): Promise<void>;
  /** A chunk of that device is in the database. */
  stored(session: Pick<Session, 'tenant' | 'idx'>, header: Pick<ChunkHeader, 'toMs'>): void;
  /** Nobody waits for a device that is gone. */
  closed(session: Pick<Session, 'tenant' | 'idx'>): void;
}

/** A question under way. */
interface Question {
  readonly answered: Promise<void>;
  settle(): void;
}

export function createFreshness(deps: {
  readonly connections: Connections;
  readonly clock: Clock;
}): Freshness {
  const { connections, clock } = deps;
  const questions = new Map<string, Question>();
  const askedMs = new WeakMap<Session, number>();
  const keyOf = ({ tenant, idx }: { readonly tenant: number; readonly idx: number }) => `${tenant}/${idx}`;

  function ask(key: string, session: Session): Promise<void> {
    let settle: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      const cancel = clock.after(REFRESH_WAIT_MS, () => settle());
      settle = () => {
        cancel();
        questions.delete(key);
        resolve();
      };
    });
    questions.set(key, { answered, settle: () => settle() });
    askedMs.set(session, clock.monotonic());
    session.send({ type: 'metrics.get' });
    return answered;
  }

  return {
    async refresh(tenant, idx) {
      const key = keyOf({ tenant, idx });
      const question = questions.get(key);
      if (question !== undefined) return question.answered;
      const session = connections.find(tenant, idx);
      if (session === undefined) return;
      const sinceMs = clock.monotonic() - (askedMs.get(session) ?? Number.NEGATIVE_INFINITY);
      if (sinceMs >= REFRESH_AGAIN_MS) await ask(key, session);
    },
    stored(session, { toMs }) {
      // What a device that was away sends first is old, and no answer.
      if (toMs > clock.now() - REFRESH_OLD_MS) questions.get(keyOf(session))?.settle();
    },
    closed: (session) => questions.get(keyOf(session))?.settle(),
  };
}
