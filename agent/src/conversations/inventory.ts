// The agent's side of the inventory conversation: offers what it holds, sends what is wanted, answers live questions.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import {
  BUNDLE_HEADER_BYTES,
  encodeBodyFrame,
  encodeBundleFrame,
  encodeLiveFrame,
  type InventoryWant,
  joinFrames,
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
/** Bodies put into one bundle, bytes before compression, so that the agent's heap stays small. */
const MAX_BUNDLE_BYTES = 512 * 1024;
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
  return { encoding, rawBytes: raw.length, data: isShorter ? packed : raw };
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

  /** The raw body frame of a hash; null when the content has changed, then a newer offer replaces this question. */
  async function readFrame(hash: string): Promise<Uint8Array | null> {
    const text = await inventory.body(hash);
    if (text === null) return null;
    const data = Buffer.from(text);
    const digest = createHash('sha256').update(data).digest();
    return encodeBodyFrame({ encoding: 'raw', rawBytes: data.length, hash: digest, data });
  }

  /** Sends frames as one bundle, or in halves while that does not fit into a frame. */
  async function sendBundle(session: AgentSession, frames: readonly Uint8Array[]): Promise<boolean> {
    const raw = joinFrames(frames);
    const data = await compress(raw);
    if (data.length + BUNDLE_HEADER_BYTES <= MAX_FRAME_BYTES) {
      return sendPatiently(session, encodeBundleFrame({ encoding: 'deflate', rawBytes: raw.length, data }));
    }
    if (frames.length === 1) {
      log.warn({ sizeBytes: data.length }, 'inventory body is too large to be sent');
      return true;
    }
    const half = Math.ceil(frames.length / 2);
    return (await sendBundle(session, frames.slice(0, half))) && sendBundle(session, frames.slice(half));
  }

  return {
    ask,
    async want(message) {
      const session = deps.session();
      if (session === null) return;
      let frames: Uint8Array[] = [];
      let rawBytes = 0;
      for (const hash of message.hashes) {
        const frame = await readFrame(hash);
        if (frame === null) continue;
        if (frames.length > 0 && rawBytes + frame.length > MAX_BUNDLE_BYTES) {
          if (!(await sendBundle(session, frames))) return;
          frames = [];
          rawBytes = 0;
        }
        frames.push(frame);
        rawBytes += frame.length;
      }
      if (frames.length > 0) await sendBundle(session, frames);
    },
    async live(message) {
      const session = deps.session();
      if (session === null || live >= MAX_LIVE) return;
      live++;
      try {
        const packed = await pack(await inventory.runLive(message.name));
        await sendPatiently(session, encodeLiveFrame({ ...packed, id: message.id }));
      } finally {
        live--;
      }
    },
  };
}
