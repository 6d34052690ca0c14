// All sessions of other gateways, as the controller knows them: announced when it begins, when a gateway joins, and when something was missed.
import { decodeHeartbeat, fail, isMusterError } from '@muster/protocol';
import type { Bus } from '../bus/bus.ts';
import type { CloseReason } from '../core/agents/session.ts';
import type { Logger } from '../core/log.ts';
import type { Handlers } from './handlers.ts';
import { deviceKey } from './registry.ts';
import {
  createOutgoing,
  GONE_REASON,
  type Outgoing,
  type RemoteEvents,
  RemoteSession,
} from './remote-session.ts';
import { TOPIC, type UpItem, unpackBeats } from './wire.ts';

/** What the controller needs to know its sessions. */
export interface RemoteSessionsDeps {
  readonly bus: Bus;
  /** What is registered at the controller. */
  readonly handlers: Handlers;
  readonly log: Logger;
}

/** The sessions of others. */
export interface RemoteSessions {
  find(tenant: number, idx: number): RemoteSession | undefined;
  count(): number;
  /** This process is the controller from now on: asks everybody for sessions. */
  start(token: number): void;
  stop(): void;
}

/** What is known of one gateway. */
interface Known {
  readonly out: Outgoing;
  readonly sessions: Map<number, RemoteSession>;
}

/** Makes the list; it is empty, and stays so in a process that is no controller. */
export function createRemoteSessions(deps: RemoteSessionsDeps): RemoteSessions {
  return new Sessions(deps);
}

class Sessions implements RemoteSessions {
  private readonly deps: RemoteSessionsDeps;
  private readonly gateways = new Map<string, Known>();
  private readonly byDevice = new Map<number, RemoteSession>();
  private readonly ends: (() => void)[] = [];
  private readonly events: RemoteEvents;

  constructor(deps: RemoteSessionsDeps) {
    const { handlers, log } = deps;
    this.deps = deps;
    this.events = {
      message: (session, message) => handlers.message(message.type)?.(session, message as never),
      frame: (session, kind, frame) => handlers.frame(kind)?.(session, frame),
      failed(session, error) {
        const { deviceId } = session;
        if (isMusterError(error)) {
          log.info({ deviceId, code: error.code }, 'session refused');
          session.refuse(error.code, error.message);
        } else {
          log.error({ deviceId, err: error }, 'handling a frame failed');
          session.refuse('E_UNAVAILABLE', fail('E_UNAVAILABLE').message);
        }
      },
    };
  }

  find(tenant: number, idx: number): RemoteSession | undefined {
    return this.byDevice.get(deviceKey(tenant, idx));
  }

  count(): number {
    return this.byDevice.size;
  }

  start(token: number): void {
    const { bus } = this.deps;
    const ask = (id: string) => bus.send({ gateway: id }, TOPIC.begin, { token });
    this.ends.push(
      bus.handle(TOPIC.hello, (_body, from) => ask(from)),
      bus.handle(TOPIC.up, (body, from) => this.take(body as readonly UpItem[], from)),
      bus.handle(TOPIC.beats, (body, from) => this.takeBeats(body as Uint8Array, from)),
      bus.watch({ joined: ask, missed: ask, gone: (id) => this.forget(id) }),
    );
    for (const id of bus.members()) ask(id);
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
  }

  private knownOf(gateway: string): Known {
    const known = this.gateways.get(gateway) ?? {
      out: createOutgoing(this.deps.bus, gateway),
      sessions: new Map<number, RemoteSession>(),
    };
    this.gateways.set(gateway, known);
    return known;
  }

  private take(items: readonly UpItem[], gateway: string): void {
    const known = this.knownOf(gateway);
    for (const item of items) {
      if (item.is === 'all') this.closeAll(known);
      else if (item.is === 'opened') this.opened(gateway, known, item.card);
      else if (item.is === 'closed') this.closed(known, item.number, item.reason);
      else if (item.is === 'message') known.sessions.get(item.number)?.message(item.message);
      else known.sessions.get(item.number)?.frame(item.kind, item.frame);
    }
  }

  private takeBeats(bytes: Uint8Array, gateway: string): void {
    const { sessions } = this.knownOf(gateway);
    for (const { number, frame } of unpackBeats(bytes)) {
      const session = sessions.get(number);
      if (session !== undefined) this.deps.handlers.heartbeat(session, decodeHeartbeat(frame));
    }
  }

  private opened(gateway: string, known: Known, card: RemoteSession['card']): void {
    // Announced anew, but that it would be was among what was missed.
    this.closed(known, card.number, GONE_REASON);
    const session = new RemoteSession({ card, gateway, out: known.out, events: this.events });
    known.sessions.set(card.number, session);
    const key = deviceKey(card.tenant, card.idx);
    const present = this.byDevice.get(key);
    // Gateways are heard in no order among each other: the newer session stays, whoever is heard last.
    if (present === undefined || present.card.epoch <= card.epoch) this.byDevice.set(key, session);
    this.deps.handlers.opened(session);
  }

  private closed(known: Known, number: number, reason: CloseReason): void {
    const session = known.sessions.get(number);
    if (session === undefined) return;
    known.sessions.delete(number);
    session.open = false;
    const key = deviceKey(session.tenant, session.idx);
    if (this.byDevice.get(key) === session) this.byDevice.delete(key);
    this.deps.handlers.closed(session, reason);
  }

  private closeAll(known: Known): void {
    for (const number of [...known.sessions.keys()]) this.closed(known, number, GONE_REASON);
  }

  private forget(gateway: string): void {
    const known = this.gateways.get(gateway);
    if (known === undefined) return;
    this.gateways.delete(gateway);
    this.closeAll(known);
  }
}
