// The core's side of the runs conversation: hands on what is signed, and brings back what became of it. It decides nothing.
import {
  type AgentMessage,
  encodePiece,
  type FreshnessMessage,
  type Piece,
  type RunOffer,
  type ServerMessage,
  type Signer,
} from '@muster/protocol';
import type { AgentConfig } from '../config.ts';
import type { Outbox } from '../connection/outbox.ts';
import type { AgentSession } from '../connection/session.ts';
import { createLink } from '../executor/local/link.ts';
import { type FromExecutor, isPolicyMessage } from '../executor/local/messages.ts';
import { createPolicyRelay } from './policies.ts';
import { createRunReports, type RunReportsDeps } from './run-reports.ts';
import type { Witness } from './witness.ts';

/** Offers that wait for the executor; the server offers again what is left out. */
const MAX_WAITING_OFFERS = 256;
/** Reports that found no room are asked for again after, ms. */
const NO_ROOM_PAUSE_MS = 10_000;
/** Codes after which the trust chain is fetched, once for each offer. */
const TRUST_CODES = new Set(['E_NOKEY', 'E_PAGE', 'E_TRUST']);
/** What names the trust document that it needs; the executor keeps it until that has come. */
const MAY_BE_EARLY = new Set(['freshness', 'policy set', 'policy']);
/** An executor that was lost without a word is woken after, ms. */
const LOST_WAKE_MS = 60_000;
/** Longest timer of the runtime, ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Messages of this conversation. */
type RunsMessage = Extract<
  ServerMessage,
  {
    type:
      | 'run.offer'
      | 'trust.chain'
      | 'freshness'
      | 'audit.proof'
      | 'content.none'
      | 'policy.set'
      | 'policy.put'
      | 'policy.none'
      | 'file.want'
      | 'file.stored';
  }
>;

/** What the conversation needs. */
export interface RunsConversationDeps {
  readonly config: AgentConfig;
  readonly outbox: Outbox;
  /** The open session, or null. */
  session(): AgentSession | null;
  signer(): Promise<Signer>;
  act: RunReportsDeps['act'];
  /** Something signed did not pass in the executor. */
  alarmed(what: string, code: string): void;
  /** Hears of the audit, which comes with the word of now. */
  readonly witness: Pick<Witness, 'take' | 'prove'>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Reactions to the server's messages. */
export interface RunsConversation {
  /** Knocks at the executor: runs that a crash left are gone on with. */
  start(): void;
  handle(message: RunsMessage): void;
  piece(piece: Piece): void;
  /** A session is open. */
  opened(): void;
  stop(): Promise<void>;
}

/** Makes the conversation. */
export function createRunsConversation(deps: RunsConversationDeps): RunsConversation {
  return new Conversation(deps);
}

class Conversation implements RunsConversation {
  private readonly deps: RunsConversationDeps;
  private readonly link;
  private readonly report;
  private readonly policies;
  /** Offers that the executor has not answered. */
  private readonly offers = new Map<string, RunOffer>();
  /** Offers for which the trust chain was fetched already. */
  private readonly retried = new Set<string>();
  /** The server's newest word, until the executor has it. */
  private word: FreshnessMessage | null = null;
  private lastStops = '';
  private trustVersion = 1;
  /** Not known before the executor says so. */
  private openRuns = 1;
  /** Runs wait for a time or a word while the executor has gone. */
  private hasWaiting = false;
  private isReady = false;
  /** The executor has said when it wants to be woken. */
  private hasTakenLeave = false;
  private capability = 0;
  private hasRoom = true;
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: RunsConversationDeps) {
    this.deps = deps;
    const { config, log, outbox, signer, act } = deps;
    this.link = createLink({
      config,
      log,
      take: (message) => this.take(message),
      closed: () => this.closed(),
      isNeeded: () =>
        this.openRuns > 0 ||
        this.offers.size > 0 ||
        !this.hasRoom ||
        this.policies.isPending(this.deps.session() !== null),
    });
    this.report = createRunReports({
      ...{ outbox, signer, act, log },
      nudge: () => deps.session()?.nudge(),
      confirm: (message) => void this.link.send(message),
      room: (hasRoom) => this.setRoom(hasRoom),
    });
    this.policies = createPolicyRelay({
      ...{ outbox, log, now: Date.now },
      send: (message) => this.isReady && this.link.send(message),
      knock: () => this.link.knock(),
      nudge: () => deps.session()?.nudge(),
      sendUp: (message) => this.sendUp(message),
      capability: () => this.capability,
    });
  }

  start(): void {
    this.link.knock();
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.policies.close();
    await this.link.stop();
  }

  opened(): void {
    this.capability = this.deps.session()?.capability ?? this.capability;
    if (this.isReady) this.link.send({ type: 'online' });
  }

  handle(message: RunsMessage): void {
    if (isPolicyMessage(message)) {
      if (this.deps.config.executor !== 'none') this.policies.handle(message);
      return;
    }
    switch (message.type) {
      case 'run.offer':
        this.offer(message);
        break;
      case 'freshness':
        this.freshness(message);
        break;
      case 'audit.proof':
        this.deps.witness.prove(message);
        break;
      case 'trust.chain':
        this.link.send(message);
        for (const cmdId of this.retried) this.resend(cmdId);
        break;
      case 'content.none':
        this.link.send(message);
        break;
      case 'file.want':
        this.link.send({ type: 'file.read', cmdId: message.cmdId, offset: message.offset });
        break;
      case 'file.stored':
        this.link.send({ type: 'file.done', cmdId: message.cmdId });
        break;
    }
  }

  piece({ sha256, totalBytes, offset, data }: Piece): void {
    this.link.send({
      type: 'piece',
      sha256: Buffer.from(sha256).toString('base64url'),
      ...{ totalBytes, offset },
      data: Buffer.from(data).toString('base64url'),
    });
  }

  private sendUp(message: AgentMessage): void {
    this.deps.session()?.send(JSON.stringify(message));
  }

  private offer(message: RunOffer): void {
    const { cmdId } = message;
    // What became of it must find room; an offer is the only thing here that can wait.
    if (!this.hasRoom || this.deps.config.executor === 'none' || this.offers.size >= MAX_WAITING_OFFERS) {
      const code = this.hasRoom ? 'E_EXECUTOR' : 'E_OUTBOX_FULL';
      this.sendUp({
        type: 'run.later',
        cmdId,
        code,
        message: 'The device takes no commands just now.',
      });
      return;
    }
    this.offers.set(cmdId, message);
    if (this.isReady) this.link.send(message);
    else this.link.knock();
  }

  private resend(cmdId: string): void {
    const offer = this.offers.get(cmdId);
    if (offer !== undefined && this.isReady) this.link.send(offer);
  }

  /** Handed on at once where somebody listens; else only stops are worth a start. */
  private freshness({ audit, ...message }: FreshnessMessage): void {
    // For this process alone: the executor knows no audit.
    if (audit !== undefined) this.deps.witness.take(audit);
    if (this.isReady && this.link.send(message)) return;
    this.word = message;
    const stops = JSON.stringify([message.halts, message.lifts]);
    if (this.openRuns > 0 || this.hasWaiting || stops !== this.lastStops) this.link.knock();
    this.lastStops = stops;
  }

  private setRoom(hasRoom: boolean): void {
    this.hasRoom = hasRoom;
    if (hasRoom) return;
    this.wakeIn(NO_ROOM_PAUSE_MS);
    // A new connection is told everything again.
    this.link.drop();
  }

  private wakeIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.link.knock(), Math.min(ms, MAX_TIMER_MS));
    this.timer.unref();
  }

  private ready({ trustVersion, openRuns }: Extract<FromExecutor, { type: 'ready' }>): void {
    this.isReady = true;
    this.hasTakenLeave = false;
    this.trustVersion = trustVersion;
    this.openRuns = openRuns;
    if (this.word !== null) this.link.send(this.word);
    this.word = null;
    for (const offer of this.offers.values()) this.link.send(offer);
    this.policies.ready();
    if (this.deps.session() !== null) this.link.send({ type: 'online' });
  }

  /** The missing word is fetched once; after that the server must know. */
  private later({ cmdId, code, message }: Extract<FromExecutor, { type: 'later' }>): void {
    if (TRUST_CODES.has(code) && this.offers.has(cmdId) && !this.retried.has(cmdId)) {
      this.retried.add(cmdId);
      this.sendUp({ type: 'trust.get', after: this.trustVersion });
      return;
    }
    this.answered(cmdId);
    this.sendUp({ type: 'run.later', cmdId, code, message });
  }

  private answered(cmdId: string): void {
    this.offers.delete(cmdId);
    this.retried.delete(cmdId);
  }

  private alarm({ what, code }: Extract<FromExecutor, { type: 'alarm' }>): void {
    // No fault of anybody: it names a newer trust document than the executor has, or a key of it.
    if (MAY_BE_EARLY.has(what) && TRUST_CODES.has(code)) {
      this.sendUp({ type: 'trust.get', after: this.trustVersion });
      if (code === 'E_TRUST') return;
    }
    this.deps.alarmed(what, code);
    this.deps.log.error(
      { what, code },
      'the executor raises an alarm: something signed did not pass, or its journal was damaged',
    );
  }

  private bye({ wakeInMs, openRuns }: Extract<FromExecutor, { type: 'bye' }>): void {
    this.openRuns = 0;
    this.hasWaiting = openRuns > 0;
    this.hasTakenLeave = true;
    if (wakeInMs !== null) this.wakeIn(wakeInMs);
  }

  /** One that went without a word may have had something to do at a time of its own. */
  private closed(): void {
    if (this.isReady && !this.hasTakenLeave) this.wakeIn(LOST_WAKE_MS);
    this.isReady = false;
  }

  private take(message: FromExecutor): void {
    switch (message.type) {
      case 'ready':
        this.ready(message);
        break;
      case 'report':
        this.openRuns = Math.max(1, this.openRuns);
        this.answered(message.cmdId);
        this.report(message);
        break;
      case 'later':
        this.later(message);
        break;
      case 'output':
        this.sendUp({
          type: 'run.output',
          cmdId: message.cmdId,
          offset: message.offset,
          data: message.data,
        });
        break;
      case 'content.want':
        this.sendUp({ type: 'content.get', sha256: message.sha256, offset: message.offset });
        break;
      case 'file.ready':
        this.sendUp({ ...message, type: 'file.offer' });
        break;
      case 'file.piece': {
        const sha256 = Buffer.from(message.sha256, 'base64url');
        const data = Buffer.from(message.data, 'base64url');
        const { totalBytes, offset } = message;
        this.deps.session()?.send(encodePiece({ sha256, totalBytes, offset, data }));
        break;
      }
      case 'alarm':
        this.alarm(message);
        break;
      case 'bye':
        this.bye(message);
        break;
      default:
        this.policies.said(message);
    }
  }
}
