// One process's end of the bus: handlers, requests under way, and what waits for the channel.
import { isMusterError, MusterError } from '@muster/protocol';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { fail } from '../errors.ts';
import { MAX_BUS_REQUESTS } from '../limits.ts';
import { BUS_STOP_MS } from '../timing.ts';
import type { Bus, BusAddress, BusBody, BusEvents, BusHandler, BusQuestion } from './bus.ts';
import { type BusFault, type DownFrame, decodeBody, encodeBody, type UpFrame } from './frames.ts';
import { createOutbox, type Outbox, type WriteFrames } from './outbox.ts';

/** What a member is made of. */
export interface MemberOptions {
  readonly id: string;
  /** Who was here already. */
  readonly members: readonly string[];
  readonly write: WriteFrames<UpFrame>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes that may wait for the channel; MAX_BUS_QUEUED_BYTES unless a test says otherwise. */
  readonly limitBytes?: number;
  /** Called when the member has left. */
  readonly onStopped?: () => void;
}

/** A bus, and what its channel hands it. */
export interface Member {
  readonly bus: Bus;
  receive(frames: readonly DownFrame[]): void;
  /** The channel has ended: nothing comes or goes any more. */
  close(): void;
}

/** Makes the member; its channel is open. */
export function createMember(options: MemberOptions): Member {
  const member = new MemberOfBus(options);
  return {
    bus: {
      id: options.id,
      send: (to, topic, body) => member.send(to, topic, body),
      request: (to, topic, question) => member.request(to, topic, question),
      handle: (topic, handler) => member.handle(topic, handler),
      own: (name) => member.own(name),
      members: () => [...member.members],
      watch(events) {
        member.watchers.add(events);
        return () => member.watchers.delete(events);
      },
      counts: () => ({ ...member.counts, queuedBytes: member.outbox.queuedBytes() }),
      stop: () => member.stop(),
    },
    receive(frames) {
      for (const frame of frames) member.receive(frame);
    },
    close: () => member.close(),
  };
}

interface Pending {
  readonly to: BusAddress;
  readonly resolve: (body: BusBody) => void;
  readonly reject: (error: MusterError) => void;
  readonly cancel: () => void;
}

class MemberOfBus {
  readonly members: Set<string>;
  readonly watchers = new Set<BusEvents>();
  readonly outbox: Outbox<UpFrame>;
  readonly counts = { sent: 0, received: 0, dropped: 0, missed: 0 };
  private readonly options: MemberOptions;
  private readonly handlers = new Map<string, BusHandler>();
  private readonly owned = new Set<string>();
  private readonly pending = new Map<number, Pending>();
  private asked = 0;
  private owns = 0;
  private isClosed = false;

  constructor(options: MemberOptions) {
    this.options = options;
    this.members = new Set(options.members);
    this.outbox = createOutbox(options.write, options.limitBytes);
  }

  send(to: BusAddress, topic: string, body: BusBody): void {
    if (this.isClosed) return;
    this.counts.sent += 1;
    if (this.isSelf(to)) this.sendSelf(topic, body);
    else if ('everyone' in to && this.members.size === 0) return;
    else if (!this.outbox.put({ kind: 'message', to, topic, body: encodeBody(body) })) this.drop(to);
  }

  async request(to: BusAddress, topic: string, { body, timeoutMs }: BusQuestion): Promise<BusBody> {
    if (this.isClosed || 'everyone' in to || this.pending.size >= MAX_BUS_REQUESTS) throw nobody();
    this.counts.sent += 1;
    const bytes = this.isSelf(to) ? undefined : encodeBody(body);
    const ask = this.asked++;
    const answer = new Promise<BusBody>((resolve, reject) => {
      const cancel = this.options.clock.after(timeoutMs, () => this.reject(ask, late(topic)));
      this.pending.set(ask, { to, resolve, reject, cancel });
    });
    if (bytes === undefined) this.askSelf(ask, topic, body);
    else if (!this.outbox.put({ kind: 'message', to, topic, body: bytes, ask })) {
      this.drop(to);
      this.reject(ask, nobody());
    }
    return answer;
  }

  handle(topic: string, handler: BusHandler): () => void {
    if (this.handlers.has(topic)) throw new Error(`the topic ${topic} has a handler already`);
    this.handlers.set(topic, handler);
    return () => {
      if (this.handlers.get(topic) === handler) this.handlers.delete(topic);
    };
  }

  own(name: string): () => void {
    this.owned.add(name);
    this.tellOwned('own', name);
    return () => {
      this.owned.delete(name);
      this.tellOwned('disown', name);
    };
  }

  /** Rare, and each counts: the last one said must be the last one heard. */
  private tellOwned(kind: 'own' | 'disown', name: string): void {
    this.owns += 1;
    if (!this.isClosed) this.outbox.tell(`own ${this.owns}`, { kind, name });
  }

  receive(frame: DownFrame): void {
    if (this.isClosed) return;
    if (frame.kind === 'message') this.hear(frame);
    else if (frame.kind === 'answer') this.resolve(frame.ask, decodeBody(frame.body));
    else if (frame.kind === 'fault') this.reject(frame.ask, rebuild(frame.fault));
    else if (frame.kind === 'vacant') this.rejectAll((to) => 'owner' in to && to.owner === frame.name);
    else if (frame.kind === 'succeeded') this.noteSucceeded(frame.name);
    else if (frame.kind !== 'welcome') this.noteOther(frame.kind, frame.id);
  }

  close(): void {
    this.isClosed = true;
    this.rejectAll(() => true);
  }

  async stop(): Promise<void> {
    if (this.isClosed) return;
    this.outbox.tell('leave', { kind: 'leave' });
    this.close();
    await this.untilSent();
    this.options.onStopped?.();
  }

  private async untilSent(): Promise<void> {
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.options.clock.after(BUS_STOP_MS, resolve);
    });
    await Promise.race([this.outbox.drained(), late]);
    cancel();
  }

  private isSelf(to: BusAddress): boolean {
    if ('gateway' in to) return to.gateway === this.options.id;
    return 'owner' in to && this.owned.has(to.owner);
  }

  /** Not within the call that sends: whoever sends must not meet its receiver's work halfway through its own. */
  private sendSelf(topic: string, body: BusBody): void {
    queueMicrotask(() => {
      if (!this.isClosed)
        void this.work(topic, body, this.options.id).catch((err) => this.complain(topic, err));
    });
  }

  private askSelf(ask: number, topic: string, body: BusBody): void {
    queueMicrotask(() => {
      this.work(topic, body, this.options.id).then(
        (answer) => this.resolve(ask, answer),
        (error: unknown) => this.reject(ask, rebuild(this.describe(topic, error))),
      );
    });
  }

  private hear({ topic, body, from, ask }: DownFrame & { readonly kind: 'message' }): void {
    const answered = this.work(topic, decodeBody(body), from);
    if (ask === undefined) return void answered.catch((err: unknown) => this.complain(topic, err));
    answered.then(encodeBody).then(
      (bytes) => this.answer(from, ask, bytes),
      (error: unknown) => this.answerFault(from, ask, this.describe(topic, error)),
    );
  }

  /** Begins before it returns, so that handlers are called in the order of the messages. */
  private async work(topic: string, body: BusBody, from: string): Promise<BusBody> {
    const handler = this.handlers.get(topic);
    if (handler === undefined) throw nobody();
    this.counts.received += 1;
    return await handler(body, from);
  }

  private answer(to: string, ask: number, body: Uint8Array): void {
    if (!this.isClosed && !this.outbox.put({ kind: 'answer', to, ask, body }))
      this.answerFault(to, ask, toFault(nobody()));
  }

  private answerFault(to: string, ask: number, fault: BusFault): void {
    if (!this.isClosed) this.outbox.tell(`fault ${to} ${ask}`, { kind: 'fault', to, ask, fault });
  }

  private describe(topic: string, error: unknown): BusFault {
    if (isMusterError(error)) return toFault(error);
    this.complain(topic, error);
    return toFault(fail('E_INTERNAL'));
  }

  /** Nobody waits for what a message does, so only the log can tell; that nobody handles it is no fault of this process. */
  private complain(topic: string, err: unknown): void {
    if (isMusterError(err, 'E_UNAVAILABLE'))
      this.options.log.debug({ topic }, 'a message between workers came to nothing');
    else this.options.log.error({ topic, err }, 'a message between workers failed');
  }

  private drop(to: BusAddress): void {
    this.counts.dropped += 1;
    if (this.outbox.tell(`lost ${JSON.stringify(to)}`, { kind: 'lost', to }))
      this.options.log.warn({ to }, 'messages to other workers were dropped: too much was waiting');
  }

  private noteSucceeded(name: string): void {
    this.owned.delete(name);
    for (const watcher of [...this.watchers]) watcher.succeeded?.(name);
  }

  private noteOther(kind: 'joined' | 'gone' | 'missed', id: string): void {
    if (kind === 'joined') this.members.add(id);
    if (kind === 'gone') {
      this.members.delete(id);
      this.rejectAll((to) => 'gateway' in to && to.gateway === id);
    }
    if (kind === 'missed') this.counts.missed += 1;
    for (const watcher of [...this.watchers]) watcher[kind](id);
  }

  private resolve(ask: number, body: BusBody): void {
    const found = this.settle(ask);
    found?.resolve(body);
  }

  private reject(ask: number, error: MusterError): void {
    this.settle(ask)?.reject(error);
  }

  private settle(ask: number): Pending | undefined {
    const found = this.pending.get(ask);
    this.pending.delete(ask);
    found?.cancel();
    return found;
  }

  private rejectAll(fits: (to: BusAddress) => boolean): void {
    for (const [ask, { to }] of [...this.pending]) if (fits(to)) this.reject(ask, nobody());
  }
}

function nobody(): MusterError {
  return fail('E_UNAVAILABLE', {
    detail: 'Another process of the server cannot be reached; try again shortly.',
  });
}

function late(topic: string): MusterError {
  return fail('E_TIMEOUT', {
    detail: `Another process of the server did not answer ${topic} in time; try again.`,
  });
}

function toFault({ code, message, retryable }: MusterError): BusFault {
  return { code, message, retryable };
}

function rebuild({ code, message, retryable }: BusFault): MusterError {
  return new MusterError(code, { sentence: message, retryable });
}
