// What gateways and the controller say to each other over the bus: topics, and the body of each.
import { type AgentMessage, HEARTBEAT_BYTES, type ProtocolErrorCode } from '@muster/protocol';
import type { CloseReason, FrameKind } from '../core/agents/session.ts';
import type { Identity } from './connection.ts';

/** Topics of the agents' sessions. */
export const TOPIC = {
  /** A gateway came and asks who the controller is. No body. */
  hello: 'agents.hello',
  /** The controller says that it is one; whoever hears it announces all its sessions. Body: {@link Begin}. */
  begin: 'agents.begin',
  /** Gateway to controller, body: UpItem[]. */
  up: 'agents.up',
  /** Gateway to controller, body: bytes made by {@link packBeats}. */
  beats: 'agents.beats',
  /** Controller to gateway, body: {@link Down}. */
  down: 'agents.down',
  /** Asks a gateway whether the session of a device answers a ping; it ends either way. Body: DeviceNumber, answer: boolean. */
  probe: 'agents.probe',
  /** To every gateway: ends the session of a device, body: {@link SendAway}. */
  sendAway: 'agents.send-away',
} as const;

/** Who speaks, by the token of its lease: an older one than was heard before counts no more. */
export interface Begin {
  readonly token: number;
}

/** What the controller needs to know of a session. */
export interface SessionCard extends Identity {
  /** Name of the session on its gateway; never used again. */
  readonly number: number;
}

/** Something that happened on a gateway; `all` says that what is announced next is everything. */
export type UpItem =
  | { readonly is: 'all' }
  | { readonly is: 'opened'; readonly card: SessionCard }
  | { readonly is: 'closed'; readonly number: number; readonly reason: CloseReason }
  | { readonly is: 'message'; readonly number: number; readonly message: AgentMessage }
  | {
      readonly is: 'frame';
      readonly number: number;
      readonly kind: FrameKind;
      readonly frame: Uint8Array;
    };

/**
 * What is to be done with sessions: text of a message, also one that says that the file of a command is `stored`, bytes of a
 * frame, a refusal, or whether its socket is read. The text of a
 * message that differs little from device to device is that of the item at `head` and a `tail` of its own.
 */
export type DownItem =
  | string
  | { readonly head: number; readonly tail: string }
  | { readonly stored: string; readonly text: string }
  | Uint8Array
  | { readonly code: string; readonly message: string }
  | { readonly isHeld: boolean };

/** Each item once, however many sessions it is for; `ops` are pairs of an item's place and a session's number, in order. */
export interface Down {
  readonly items: readonly DownItem[];
  readonly ops: readonly number[];
}

/** A device that must go, and why. */
export interface SendAway {
  readonly tenant: number;
  readonly idx: number;
  readonly code: ProtocolErrorCode;
}

/** A heartbeat on its way: the number of its session and the frame as it came. */
export interface Beat {
  readonly number: number;
  readonly frame: Uint8Array;
}

/** The number as f64, and as much of the frame as this program reads. */
const BEAT_BYTES = 8 + HEARTBEAT_BYTES;

/** Puts heartbeats into one piece of memory; they are many and small. */
export function packBeats(beats: readonly Beat[]): Uint8Array {
  const bytes = new Uint8Array(beats.length * BEAT_BYTES);
  const view = new DataView(bytes.buffer);
  beats.forEach(({ number, frame }, index) => {
    view.setFloat64(index * BEAT_BYTES, number);
    bytes.set(frame.subarray(0, HEARTBEAT_BYTES), index * BEAT_BYTES + 8);
  });
  return bytes;
}

/** Undoes {@link packBeats}. */
export function* unpackBeats(bytes: Uint8Array): Iterable<Beat> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + BEAT_BYTES <= bytes.length; at += BEAT_BYTES)
    yield { number: view.getFloat64(at), frame: bytes.subarray(at + 8, at + BEAT_BYTES) };
}
