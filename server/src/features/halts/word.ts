// The server's signed word of now: made when something changed, told to every connected device, and to each that connects.
import type { Envelope, FreshnessMessage, TrustChain } from '@muster/protocol';
import { FRESHNESS_TYPE, MAX_CANCELED, MAX_HALTS } from '@muster/protocol/commands';
import type { Session } from '../../core/agents/session.ts';
import { pause } from '../../core/turns.ts';
import type { HaltsDeps } from './deps.ts';
import {
  COMMANDS_CAPABILITY,
  TELL_SLICE,
  WITNESS_CAPABILITY,
  WORD_EVERY_MS,
  WORD_FRESH_MS,
} from './limits.ts';

/** What the word says besides the time. */
export interface WordContent {
  readonly halts: readonly { readonly id: string; readonly envelope: Envelope }[];
  /** Lifts of halts that have not ended by themselves. */
  readonly lifts: readonly Envelope[];
}

/** The word and who hears it. */
export interface Word {
  /** Something it says has changed: everybody who is connected hears it, in slices. */
  renew(): void;
  /** A trust document came into force: everybody hears it before the word that names its version. */
  trustChanged(): void;
  /** Commands that must not start any more, newest first. */
  setCanceled(ids: readonly string[]): void;
  opened(session: Session): void;
  closed(session: Session): void;
  /** Tells one device again. */
  tell(session: Session): void;
  /** Resolves when everybody has been told the newest word. */
  settle(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Makes it; `read` gives what it says. */
export function createWord(deps: HaltsDeps, read: (nowMs: number) => WordContent): Word {
  return new SignedWord(deps, read);
}

class SignedWord implements Word {
  private readonly deps: HaltsDeps;
  private readonly read: (nowMs: number) => WordContent;
  private readonly sessions = new Set<Session>();
  private canceled: readonly string[] = [];
  private message: FreshnessMessage | null = null;
  /** The same with the newest checkpoint of the audit; one object, so that it is written once for all. */
  private witnessed: FreshnessMessage | null = null;
  /** The checkpoint that it carries. */
  private checkpoint: Envelope | null = null;
  private madeMs = 0;
  /** The newest trust document, while it is being told. */
  private chain: TrustChain | null = null;
  private telling: Promise<void> | null = null;
  private cancelTimer: (() => void) | undefined;
  private isStopped = false;

  constructor(deps: HaltsDeps, read: (nowMs: number) => WordContent) {
    this.deps = deps;
    this.read = read;
  }

  renew(): void {
    this.make();
    this.start();
    this.telling ??= this.tellAll()
      .catch((err: unknown) => this.deps.log.error({ err }, 'the word of now could not be told'))
      .finally(() => {
        this.chain = null;
        this.telling = null;
      });
  }

  trustChanged(): void {
    const { trust } = this.deps;
    // One that was away longer asks for what it lacks.
    const { version } = trust.current().document;
    this.chain = { type: 'trust.chain', trust: trust.chainAfter(version - 1) };
    this.renew();
  }

  setCanceled(ids: readonly string[]): void {
    if (ids.length > MAX_CANCELED)
      this.deps.log.error({ canceled: ids.length }, 'more commands are canceled than a word can name');
    this.canceled = ids.slice(0, MAX_CANCELED);
    this.renew();
  }

  opened(session: Session): void {
    if (session.capability < COMMANDS_CAPABILITY) return;
    this.sessions.add(session);
    this.tell(session);
  }

  closed(session: Session): void {
    this.sessions.delete(session);
  }

  tell(session: Session): void {
    const isNewest = (this.deps.checkpoint?.() ?? null) === this.checkpoint;
    const isFresh = isNewest && this.deps.clock.now() - this.madeMs < WORD_FRESH_MS;
    this.say(session, isFresh && this.message !== null ? this.message : this.make());
  }

  async settle(): Promise<void> {
    await this.telling;
  }

  /** Signs the next word in time. */
  start(): void {
    this.cancelTimer?.();
    if (!this.isStopped) this.cancelTimer = this.deps.clock.after(WORD_EVERY_MS, () => this.renew());
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelTimer?.();
    await this.telling;
  }

  /** Who is no witness would refuse a message with a field that it does not know. */
  private say(session: Session, message: FreshnessMessage): void {
    const isWitness = session.capability >= WITNESS_CAPABILITY && message === this.message;
    session.send(isWitness ? (this.witnessed ?? message) : message);
  }

  private make(): FreshnessMessage {
    const { clock, trust } = this.deps;
    // Never before the last word, whatever the clock does: a device takes none that is older.
    this.madeMs = Math.max(clock.now(), this.madeMs + 1);
    const { halts, lifts } = this.read(this.madeMs);
    // The registry takes no more than a word carries; only a table that somebody else wrote to holds more.
    const inForce = halts.slice(-MAX_HALTS);
    const envelope = trust.seal(FRESHNESS_TYPE, {
      v: 1,
      org: trust.org,
      at: new Date(this.madeMs).toISOString(),
      trustVersion: trust.current().document.version,
      canceled: [...this.canceled],
      halts: inForce.map(({ id }) => id),
    });
    this.message = {
      type: 'freshness',
      envelope,
      halts: inForce.map((halt) => halt.envelope),
      lifts: lifts.slice(-MAX_HALTS),
    };
    const audit = this.deps.checkpoint?.() ?? null;
    this.checkpoint = audit;
    this.witnessed = audit === null ? this.message : { ...this.message, audit };
    return this.message;
  }

  /** Goes round until everybody has heard the newest; one that was made meanwhile starts another round. */
  private async tellAll(): Promise<void> {
    for (let told: FreshnessMessage | null = null; told !== this.message && !this.isStopped; ) {
      told = this.message;
      if (told === null) return;
      let count = 0;
      for (const session of [...this.sessions]) {
        if (told !== this.message) break;
        if (session.open && this.chain !== null) session.send(this.chain);
        if (session.open) this.say(session, told);
        count += 1;
        if (count % TELL_SLICE === 0) await pause();
      }
    }
  }
}
