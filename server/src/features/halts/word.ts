// The server's signed word of now: made when something changed, told to every connected device, and to each that connects.
import type { Envelope, FreshnessMessage, TrustChain } from '@muster/protocol';
import { FRESHNESS_TYPE, MAX_CANCELED, MAX_HALTS } from '@muster/protocol/commands';
import type { Session } from '../../core/agents/session.ts';
import { pause } from '../../core/turns.ts';
import type { HaltsDeps } from './deps.ts';
import { COMMANDS_CAPABILITY, TELL_SLICE, WORD_EVERY_MS, WORD_FRESH_MS } from './limits.ts';

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
  const { clock, trust, log } = deps;
  const sessions = new Set<Session>();
  let canceled: readonly string[] = [];
  let message: FreshnessMessage | null = null;
  let madeMs = 0;
  /** The newest trust document, while it is being told. */
  let chain: TrustChain | null = null;
  let telling: Promise<void> | null = null;
  let cancelTimer: (() => void) | undefined;
  let isStopped = false;

  function make(): FreshnessMessage {
    // Never before the last word, whatever the clock does: a device takes none that is older.
    madeMs = Math.max(clock.now(), madeMs + 1);
    const { halts, lifts } = read(madeMs);
    const inForce = halts.slice(-MAX_HALTS);
    message = {
      type: 'freshness',
      envelope: trust.seal(FRESHNESS_TYPE, {
        v: 1,
        org: trust.org,
        at: new Date(madeMs).toISOString(),
        trustVersion: trust.current().document.version,
        canceled: canceled.slice(0, MAX_CANCELED),
        halts: inForce.map(({ id }) => id),
      }),
      halts: inForce.map(({ envelope }) => envelope),
      lifts: lifts.slice(-MAX_HALTS),
    };
    return message;
  }

  /** Goes round until everybody has heard the newest; one that was made meanwhile starts another round. */
  async function tellAll(): Promise<void> {
    for (let told: FreshnessMessage | null = null; told !== message && !isStopped; ) {
      told = message;
      if (told === null) return;
      let count = 0;
      for (const session of [...sessions]) {
        if (told !== message) break;
        if (session.open && chain !== null) session.send(chain);
        if (session.open) session.send(told);
        if (++count % TELL_SLICE === 0) await pause();
      }
    }
  }

  function renew(): void {
    make();
    arm();
    telling ??= tellAll()
      .catch((err: unknown) => log.error({ err }, 'the word of now could not be told'))
      .finally(() => {
        chain = null;
        telling = null;
      });
  }

  function arm(): void {
    cancelTimer?.();
    if (!isStopped) cancelTimer = clock.after(WORD_EVERY_MS, renew);
  }

  function tell(session: Session): void {
    const isFresh = message !== null && clock.now() - madeMs < WORD_FRESH_MS;
    session.send(isFresh && message !== null ? message : make());
  }

  return {
    renew,
    trustChanged() {
      // One that was away longer asks for what it lacks.
      const { version } = trust.current().document;
      chain = { type: 'trust.chain', trust: trust.chainAfter(version - 1) };
      renew();
    },
    setCanceled(ids) {
      canceled = ids;
      renew();
    },
    opened(session) {
      if (session.capability < COMMANDS_CAPABILITY) return;
      sessions.add(session);
      tell(session);
    },
    closed: (session) => void sessions.delete(session),
    tell,
    async settle() {
      await telling;
    },
    start: arm,
    async stop() {
      isStopped = true;
      cancelTimer?.();
      await telling;
    },
  };
}
