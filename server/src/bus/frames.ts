// What crosses the channel between a member of the bus and its hub; bodies are bytes, so the hub passes them on unread.
import { deserialize, serialize } from 'node:v8';
import type { BusAddress, BusBody } from './bus.ts';

/** Why a request was not answered. */
export interface BusFault {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** Messages, requests (`ask` set: number of the sender's request) and their answers. */
export type MessageFrame =
  | {
      readonly kind: 'message';
      readonly to: BusAddress;
      readonly topic: string;
      readonly body: Uint8Array;
      readonly ask?: number;
    }
  | { readonly kind: 'answer'; readonly to: string; readonly ask: number; readonly body: Uint8Array }
  | { readonly kind: 'fault'; readonly to: string; readonly ask: number; readonly fault: BusFault };

/** From a member to the hub. */
export type UpFrame =
  | MessageFrame
  | { readonly kind: 'own' | 'disown'; readonly name: string }
  /** Messages for these were dropped before they got here. */
  | { readonly kind: 'lost'; readonly to: BusAddress }
  | { readonly kind: 'leave' };

/** From the hub to a member. */
export type DownFrame =
  | { readonly kind: 'welcome'; readonly id: string; readonly members: readonly string[] }
  | {
      readonly kind: 'message';
      readonly from: string;
      readonly topic: string;
      readonly body: Uint8Array;
      readonly ask?: number;
    }
  | { readonly kind: 'answer'; readonly ask: number; readonly body: Uint8Array }
  | { readonly kind: 'fault'; readonly ask: number; readonly fault: BusFault }
  | { readonly kind: 'joined' | 'gone' | 'missed'; readonly id: string }
  /** Nobody owns that name any more: requests to its owner fail. */
  | { readonly kind: 'vacant'; readonly name: string }
  /** Somebody else owns that name now. */
  | { readonly kind: 'succeeded'; readonly name: string };

/** What a frame counts beside its body, bytes: its objects and names. */
const FRAME_BYTES = 128;

/** What a frame counts in a queue, bytes. */
export function sizeOf(frame: UpFrame | DownFrame): number {
  return FRAME_BYTES + ('body' in frame ? frame.body.byteLength : 0);
}

/** Bytes of a body. Throws when it holds what cannot be cloned, a function for instance. */
export function encodeBody(body: BusBody): Uint8Array {
  return serialize(body);
}

/** Reads {@link encodeBody}. */
export function decodeBody(bytes: Uint8Array): BusBody {
  return deserialize(bytes);
}
