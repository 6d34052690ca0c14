// The agent messages that the inventory feature owns, and what a heartbeat means to it.
import {
  decodeBodyFrame,
  decodeBundleFrame,
  decodeLiveFrame,
  type Heartbeat,
  splitFrames,
} from '@muster/protocol';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { createPauses, createTurns } from '../../core/turns.ts';
import { unpack } from './body.ts';
import { type Digests, isEmptyDigest } from './digests.ts';
import { ASK_AGAIN_MS } from './limits.ts';
import type { LiveQuestions } from './live.ts';
import type { Offers } from './offers.ts';

/** What the handlers work on. */
export interface MessageDeps {
  readonly offers: Offers;
  readonly live: LiveQuestions;
  readonly digests: Digests;
  readonly clock: Clock;
}

/** Registers the handlers. */
export function registerMessages(routes: AgentRoutes, deps: MessageDeps): void {
  const { offers, live } = deps;
  // Checking bodies is the longest work that a device can cause; one is checked at a time, devices by turns.
  const turns = createTurns<Session>();
  const inTurn = (session: Session, work: () => Promise<void>) =>
    // A session may have ended while its frame waited.
    turns.run(session, () => (session.open ? work() : undefined));
  routes.message('inventory.offer', async (session, message) => {
    // Behind the bodies that came before it; those of others need not wait for what it asks the database.
    const begun = await turns.run(session, () => ({ answer: offers.offer(session, message) }));
    await begun.answer;
  });
  routes.frame('body', (session, frame) =>
    inTurn(session, () => offers.body(session, decodeBodyFrame(frame))),
  );
  routes.frame('bundle', (session, frame) =>
    inTurn(session, async () => {
      const { raw } = unpack(decodeBundleFrame(frame));
      const rest = createPauses();
      for (const body of splitFrames(raw)) {
        await offers.body(session, decodeBodyFrame(body));
        await rest();
      }
    }),
  );
  routes.frame('live', (session, frame) =>
    inTurn(session, () => live.answer(session, decodeLiveFrame(frame))),
  );
  routes.heartbeat(createComparison(deps));
  routes.closed((session) => {
    offers.closed(session);
    live.closed(session);
  });
}

/** Compares eight bytes; asks for an offer, at most once a minute and session, when they are not what is stored. */
function createComparison({ offers, digests, clock }: MessageDeps) {
  const askedMs = new WeakMap<Session, number>();
  return (session: Session, { inventoryDigest }: Heartbeat): void => {
    const { tenant, idx } = session;
    if (isEmptyDigest(inventoryDigest)) return;
    if (digests.confirm(tenant, idx, { digest: inventoryDigest, nowMs: clock.now() })) return;
    const nowMs = clock.monotonic();
    if (offers.isBusy(session) || nowMs - (askedMs.get(session) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS)
      return;
    askedMs.set(session, nowMs);
    session.send({ type: 'inventory.ask' });
  };
}
