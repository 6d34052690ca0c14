// The conversation of simulated devices with the server: hello, enrollment, proof, welcome, and what comes in an open session.
import {
  decodeServerMessage,
  type Enrolled,
  type Envelope,
  type FreshnessMessage,
  type Hello,
  isMusterError,
  openEnrolled,
  openWelcome,
  type Refuse,
  type ServerMessage,
  type Welcome,
} from '@muster/protocol';
import { crypto } from '../../support/crypto.ts';
import { characterOf, groupOf } from '../characters.ts';
import { type OpenToken, openToken } from '../proofs.ts';
import { readExporter } from '../wire/dial.ts';
import { makeEnrollment, makeProof } from './identity.ts';
import type { LiveAnswers } from './live.ts';
import type { Outboxes } from './outbox.ts';
import type { CrewPolicies } from './policies.ts';
import type { Reporting } from './reporting.ts';
import type { Runs } from './runs.ts';
import { STATE } from './tables.ts';
import type { SharedTrust, Word } from './trust.ts';
import type { World } from './world.ts';

/** Messages that are the same for many devices; the last of each length is not decoded again. */
const SHARED_TYPES: ReadonlySet<string> = new Set([
  'inventory.ask',
  'freshness',
  'metrics.get',
  'trust.chain',
  'run.offer',
  'policy.set',
]);
const MAX_SHARED = 64;
/** Words of the server that are kept; a device that heard none for so long does what it may do without. */
const MAX_WORDS = 64;

/** What the conversation hands on. */
export interface ConversationParts {
  readonly trust: SharedTrust;
  readonly outboxes: Outboxes;
  readonly reporting: Reporting;
  readonly runs: Runs;
  readonly live: LiveAnswers;
  readonly policies: CrewPolicies;
  /** The session is open. */
  opened(slot: number, beatMs: number): void;
  /** The device has an id now and comes back with a proof. */
  enrolled(slot: number): void;
  /** The end of this socket is wanted; back at the earliest after, ms. */
  leave(slot: number, afterMs: number | undefined): void;
}

/** Reads and answers messages. */
export interface Conversation {
  text(slot: number, bytes: Buffer): void;
  /** The socket is gone. */
  closed(slot: number): void;
}

/** Makes it. */
export function createConversation(world: World, parts: ConversationParts): Conversation {
  return new CrewConversation(world, parts);
}

class CrewConversation implements Conversation {
  private readonly world: World;
  private readonly parts: ConversationParts;
  private readonly tokens: readonly OpenToken[];
  private readonly shared = new Map<number, { readonly bytes: Buffer; readonly message: ServerMessage }>();
  /** Nonces of sockets that are being opened. */
  private readonly nonces = new Map<number, { readonly serverNonce: string; readonly agentNonce: string }>();
  /** The newest word that each device has: its number among those that were read. */
  private readonly wordOf: Int32Array;
  private readonly words = new Map<number, { readonly source: FreshnessMessage; readonly word: Word }>();
  private lastWord = -1;

  constructor(world: World, parts: ConversationParts) {
    this.world = world;
    this.parts = parts;
    this.tokens = world.options.tokens.map(openToken);
    this.wordOf = new Int32Array(world.tables.slots).fill(-1);
  }

  closed(slot: number): void {
    this.nonces.delete(slot);
    this.parts.live.closed(slot);
    this.parts.policies.closed(slot);
  }

  text(slot: number, bytes: Buffer): void {
    const message = this.decode(bytes);
    if (message === null) return;
    try {
      this.take(slot, message);
    } catch (error) {
      if (!isMusterError(error)) throw error;
      this.world.note(error.code);
      this.parts.leave(slot, undefined);
    }
  }

  private decode(bytes: Buffer): ServerMessage | null {
    const last = this.shared.get(bytes.length);
    if (last?.bytes.equals(bytes)) return last.message;
    try {
      const message = decodeServerMessage(bytes.toString('utf8'));
      if (SHARED_TYPES.has(message.type)) {
        if (this.shared.size >= MAX_SHARED) this.shared.clear();
        this.shared.set(bytes.length, { bytes: Buffer.from(bytes), message });
      }
      return message;
    } catch (error) {
      if (!isMusterError(error)) throw error;
      this.world.count('protocolFaults');
      this.world.note(`${error.code} in a message of the server`);
      return null;
    }
  }

  private take(slot: number, message: ServerMessage): void {
    const { parts, world } = this;
    switch (message.type) {
      case 'hello':
        this.greet(slot, message);
        break;
      case 'enrolled':
        this.enrolled(slot, message);
        break;
      case 'welcome':
        this.welcome(slot, message);
        break;
      case 'refuse':
        this.refused(slot, message);
        break;
      case 'reconnect':
        world.count('sentAway');
        parts.leave(slot, message.afterMs);
        break;
      case 'ack':
        world.count('acked', message.seqs.length);
        parts.outboxes.settled(slot, message.seqs);
        break;
      case 'nack':
        world.count('nacked');
        world.note(message.code);
        parts.outboxes.settled(slot, [message.seq]);
        break;
      default:
        this.takeMore(slot, message);
    }
  }

  private takeMore(slot: number, message: ServerMessage): void {
    const { parts, world } = this;
    switch (message.type) {
      case 'inventory.ask':
        parts.reporting.ask(slot);
        break;
      case 'inventory.want':
        parts.reporting.want(slot, message);
        break;
      case 'inventory.stored':
        world.count('inventoryStored');
        break;
      case 'metrics.get':
        parts.reporting.sendOpenHour(slot);
        break;
      case 'freshness':
        this.hear(slot, message);
        break;
      case 'trust.chain':
        parts.trust.follow(message.trust);
        break;
      case 'run.offer':
        parts.runs.offered(slot, message, this.words.get(this.wordOf[slot] ?? -1)?.word ?? null);
        break;
      case 'live.start':
        parts.live.start(slot, message);
        break;
      case 'live.stop':
        parts.live.stop(slot, message.id);
        break;
      case 'live.get':
        parts.live.get(slot, message);
        break;
      case 'policy.set':
        parts.policies.shown(slot, message);
        break;
      case 'policy.put':
        parts.policies.put(slot, message.envelope);
        break;
      case 'policy.none':
        parts.policies.none(slot, message.digest);
        break;
      default:
        // It asks for no bodies and has no files.
        break;
    }
  }

  private greet(slot: number, hello: Hello): void {
    const { world, parts } = this;
    const { tables } = world;
    const socket = tables.sockets[slot];
    if (tables.state[slot] !== STATE.greeting || !socket) return;
    const now = world.now();
    world.measure('connect', now - (tables.stepAt[slot] ?? now));
    tables.stepAt[slot] = now;
    const greeting = { hello, exporter: readExporter(socket) };
    const device = world.deviceOf(slot);
    const character = characterOf(device);
    const { agentVersion } = character;
    if (tables.ids[slot] === '') {
      const token = this.tokenOf(device);
      if (token === undefined) {
        world.note('there is no enrollment token');
        parts.leave(slot, 60_000);
        return;
      }
      tables.state[slot] = STATE.enrolling;
      const { name, version } = character.system;
      const introduction = {
        token,
        hostname: character.hostname,
        platform: `${name} ${version}`,
        agentVersion,
      };
      const message = makeEnrollment(tables, slot, { greeting, introduction });
      this.nonces.set(slot, { serverNonce: hello.nonce, agentNonce: message.nonce });
      world.send(slot, message);
      return;
    }
    tables.state[slot] = STATE.authenticating;
    const at = new Date(world.deviceNow(slot));
    const message = makeProof(tables, slot, {
      greeting,
      at,
      trustVersion: parts.trust.version(),
      agentVersion,
    });
    this.nonces.set(slot, { serverNonce: hello.nonce, agentNonce: message.nonce });
    world.send(slot, message);
  }

  /** A token for each site and role, where there are so many; else they go round. */
  private tokenOf(device: number): OpenToken | undefined {
    const { tokens } = this;
    return tokens[groupOf(characterOf(device)) % Math.max(1, tokens.length)];
  }

  private enrolled(slot: number, { envelope, trust }: Enrolled): void {
    const { world, parts } = this;
    const { tables } = world;
    if (tables.state[slot] !== STATE.enrolling) return;
    parts.trust.begin(trust, this.tokens[0]?.trustHash ?? '');
    const nonces = this.nonces.get(slot);
    const state = parts.trust.state();
    if (nonces === undefined || state === null) return;
    const key = Buffer.from(tables.publics.subarray(slot * 32, slot * 32 + 32)).toString('base64url');
    const body = world.options.checkWelcome
      ? openEnrolled(envelope, key, { trust: state.document, crypto, ...nonces })
      : readBody<{ deviceId: string }>(envelope);
    world.measure('enroll', world.now() - (tables.stepAt[slot] ?? 0));
    world.count('enrolled');
    tables.ids[slot] = body.deviceId;
    parts.enrolled(slot);
  }

  private welcome(slot: number, { envelope, trust }: Welcome): void {
    const { world, parts } = this;
    const { tables } = world;
    if (tables.state[slot] !== STATE.authenticating) return;
    parts.trust.follow(trust);
    const nonces = this.nonces.get(slot);
    const state = parts.trust.state();
    const isChecked = world.options.checkWelcome && state !== null && nonces !== undefined;
    const body = isChecked
      ? openWelcome(envelope, tables.ids[slot] ?? '', { trust: state.document, crypto, ...nonces })
      : readBody<{ epoch: number; beatMs: number; reconnectWindowMs?: number }>(envelope);
    this.nonces.delete(slot);
    world.measure('auth', world.now() - (tables.stepAt[slot] ?? 0));
    tables.epochs[slot] = body.epoch;
    tables.windowMs[slot] = body.reconnectWindowMs ?? 0;
    parts.opened(slot, body.beatMs);
  }

  private refused(slot: number, { code, retryAfterMs }: Refuse): void {
    const { world } = this;
    world.count('refused');
    world.note(code);
    if (code === 'E_CLONE' || code === 'E_FENCED') world.count('clonesCaught');
    this.parts.leave(slot, retryAfterMs);
  }

  /** A word is verified once, however many devices it comes to. */
  private hear(slot: number, message: FreshnessMessage): void {
    const { words, parts, world } = this;
    const newest = words.get(this.lastWord);
    if (newest === undefined || !isSameWord(newest.source, message)) {
      try {
        words.set(this.lastWord + 1, { source: message, word: parts.trust.readWord(message) });
      } catch (error) {
        if (!isMusterError(error)) throw error;
        world.note(`${error.code} in a word of the server`);
        world.send(slot, { type: 'trust.get', after: parts.trust.version() });
        return;
      }
      this.lastWord++;
      words.delete(this.lastWord - MAX_WORDS);
    }
    this.wordOf[slot] = this.lastWord;
  }
}

function isSameWord(one: FreshnessMessage, other: FreshnessMessage): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** What a server says without a look at its signature (`checkWelcome` looks). */
function readBody<T>({ payload }: Envelope): T {
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as T;
}
