// The agent's side of the inventory conversation: offers what it holds, sends what is wanted, answers live questions.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import {
  BODY_HEADER_BYTES,
  decodeBase64url,
  encodeBodyFrame,
  encodeLiveFrame,
  type InventoryWant,
  type LiveGet,
  MAX_FRAME_BYTES,
} from '@muster/protocol';
import type { Inventory } from '../collectors/runner.ts';
import type { AgentSession } from '../connection/session.ts';

const compress = promisify(deflateRaw);
/** Bodies shorter than this are sent as they are, bytes. */
const COMPRESS_FROM_BYTES = 256;
/** Pause before a full socket is tried again, ms. */
const SOCKET_PAUSE_MS = 50;
/** Times a full socket is tried before the bodies are left to the next offer. */
const SOCKET_TRIES = 200;
/** Live questions under way at once; more are left unanswered and time out at the server. */
const MAX_LIVE = 4;

/** What the conversation needs. */
export interface InventoryConversationDeps {
  readonly inventory: Inventory;
  /** The open session, or null. */
  session(): AgentSession | null;
  readonly log: { warn(fields: object, message: string): void };
}

/** Reactions to the server's messages. */
export interface InventoryConversation {
  ask(): void;
  want(message: InventoryWant): Promise<void>;
  live(message: LiveGet): Promise<void>;
}

/** A body in the shorter of its two forms. */
async function pack(text: string) {
  const raw = Buffer.from(text);
  const packed = raw.length < COMPRESS_FROM_BYTES ? raw : await compress(raw);
  const isShorter = packed.length < raw.length;
  const encoding = isShorter ? ('deflate' as const) : ('raw' as const);
  return { encoding, rawBytes: raw.length, data: isShorter ? packed : raw, raw };
}

/** Sends a frame, waiting a bounded time while the socket is full. */
async function sendPatiently(session: AgentSession, frame: Uint8Array): Promise<boolean> {
  for (let tries = 0; tries < SOCKET_TRIES; tries++) {
    if (session.send(frame)) return true;
    await new Promise((resolve) => setTimeout(resolve, SOCKET_PAUSE_MS));
  }
  return false;
}

/** Makes the conversation; a changed inventory is offered at once when the device is online. */
export function createInventoryConversation(deps: InventoryConversationDeps): InventoryConversation {
  const { inventory, log } = deps;
  let live = 0;

  function ask(): void {
    deps.session()?.send(JSON.stringify(inventory.offer()));
  }

  inventory.onChange(ask);

  async function sendBody(session: AgentSession, hash: string): Promise<boolean> {
    const text = await inventory.body(hash);
    // The content has changed since the offer: a newer offer is on its way and replaces this question.
    if (text === null) return true;
    const { raw, ...packed } = await pack(text);
    if (packed.data.length + BODY_HEADER_BYTES > MAX_FRAME_BYTES) {
      log.warn({ hash, sizeBytes: packed.data.length }, 'inventory body is too large to be sent');
      return true;
    }
    const digest = createHash('sha256').update(raw).digest();
    if (!Buffer.from(decodeBase64url(hash)).equals(digest)) {
      log.warn({ hash }, 'inventory body does not have its hash');
      return true;
    }
    return sendPatiently(session, encodeBodyFrame({ ...packed, hash: digest }));
  }

  return {
    ask,
    async want(message) {
      const session = deps.session();
      if (session === null) return;
      for (const hash of message.hashes) {
        if (!(await sendBody(session, hash))) return;
      }
    },
    async live(message) {
      const session = deps.session();
      if (session === null || live >= MAX_LIVE) return;
      live++;
      try {
        const { raw: _raw, ...packed } = await pack(await inventory.runLive(message.name));
        await sendPatiently(session, encodeLiveFrame({ ...packed, id: message.id }));
      } finally {
        live--;
      }
    },
  };
}
