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
import type { Logger } from '../../core/log.ts';
import { createPauses, createTurns } from '../../core/turns.ts';
import { unpack } from './body.ts';
import { type Digests, isEmptyDigest } from './digests.ts';
import { ASK_AGAIN_MS } from './limits.ts';
import type { LiveQuestions } from './live.ts';
import type { Offers } from './offers.ts';

/** What both sides work on. */
interface SharedDeps {
  readonly digests: Digests;
  readonly clock: Clock;
  readonly log: Logger;
  /** Reads the root of a device as it is now; null where only this process stores roots. */
  readonly refresh: ((device: Session) => Promise<void>) | null;
}

/** What the handlers work on where the socket is. */
export interface MessageDeps extends SharedDeps {
  readonly offers: Offers;
}

/** What the handlers work on at the controller. */
export interface ControlDeps extends SharedDeps {
  readonly live: LiveQuestions;
}

/** Registers what is handled where the socket is. */
export function registerMessages(routes: AgentRoutes, deps: MessageDeps): void {
  const { offers } = deps;
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
  const compare = createComparison(deps);
  routes.heartbeat((session, { inventoryDigest }) => compare.heard(session, inventoryDigest));
  routes.opened((session) => compare.opened(session));
  routes.closed((session) => offers.closed(session));
}

/** Registers what is handled at the controller: answers that people wait for, and when a heartbeat last confirmed what they see. */
export function registerControl(routes: AgentRoutes, deps: ControlDeps): void {
  const { live } = deps;
  const turns = createTurns<Session>();
  routes.frame('live', (session, frame) =>
    turns.run(session, () => (session.open ? live.answer(session, decodeLiveFrame(frame)) : undefined)),
  );
  routes.heartbeat(createConfirmation(deps));
  routes.closed((session) => live.closed(session));
}

/** Compares eight bytes; asks for an offer, at most once a minute and session, when they are not what is stored. */
function createComparison({ offers, digests, clock, log, refresh }: MessageDeps) {
  const askedMs = new WeakMap<Session, number>();
  /** Sessions that have just opened, and what they said before it was known what is stored. */
  const waiting = new WeakMap<Session, { digest: Uint8Array | null }>();

  function compare(session: Session, digest: Uint8Array): void {
    const { tenant, idx } = session;
    if (isEmptyDigest(digest)) return;
    if (digests.confirm(tenant, idx, { digest, nowMs: clock.now() })) return;
    const nowMs = clock.monotonic();
    if (offers.isBusy(session) || nowMs - (askedMs.get(session) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS)
      return;
    askedMs.set(session, nowMs);
    session.send({ type: 'inventory.ask' });
  }

  return {
    heard(session: Session, digest: Uint8Array): void {
      const held = waiting.get(session);
      if (held === undefined) compare(session, digest);
      else held.digest = digest;
    },
    /** Another process may have stored something for this device since this one last saw it. */
    opened(session: Session): void {
      if (refresh === null) return;
      const held: { digest: Uint8Array | null } = { digest: null };
      waiting.set(session, held);
      refresh(session)
        .catch((err: unknown) => {
          log.debug({ err, deviceId: session.deviceId }, 'a stored root could not be read');
          digests.set(session.tenant, session.idx, null);
        })
        .finally(() => {
          waiting.delete(session);
          if (held.digest !== null && session.open) compare(session, held.digest);
        });
    },
  };
}

/** Notes what heartbeats of other gateways confirm. What is not what was last read here is read again, at most once a minute and session. */
function createConfirmation({ digests, clock, log, refresh }: ControlDeps) {
  const readMs = new WeakMap<Session, number>();
  return (session: Session, { inventoryDigest: digest }: Heartbeat): void => {
    // Of a session of this process the comparison has noted it.
    if (refresh === null || session.slot >= 0 || isEmptyDigest(digest)) return;
    const { tenant, idx } = session;
    const confirm = () => digests.confirm(tenant, idx, { digest, nowMs: clock.now() });
    const nowMs = clock.monotonic();
    if (confirm() || nowMs - (readMs.get(session) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return;
    readMs.set(session, nowMs);
    refresh(session).then(confirm, (err: unknown) =>
      log.debug({ err, deviceId: session.deviceId }, 'a stored root could not be read'),
    );
  };
}
