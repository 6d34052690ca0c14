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
  routes.message('inventory.offer', (session, message) => offers.offer(session, message));
  routes.frame('body', (session, frame) => offers.body(session, decodeBodyFrame(frame)));
  routes.frame('bundle', (session, frame) => {
    const { raw } = unpack(decodeBundleFrame(frame));
    for (const body of splitFrames(raw)) offers.body(session, decodeBodyFrame(body));
  });
  routes.frame('live', (session, frame) => live.answer(session, decodeLiveFrame(frame)));
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
