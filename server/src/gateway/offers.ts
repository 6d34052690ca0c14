// Offers of a job as text: what they have in common is written down once, as a broadcast; only the proof is each device's own.
import type { RunOffer } from '@muster/protocol';

/** The common part of an offer, without its closing brace. */
export interface OfferHead {
  readonly text: string;
  /** The same as UTF-8. */
  readonly bytes: Buffer;
}

/** By the envelope, with which the content goes. */
const heads = new WeakMap<RunOffer['envelope'], OfferHead>();

/** The part that is the same for all devices. */
export function headOf({ proof: _proof, ...rest }: RunOffer): OfferHead {
  const known = heads.get(rest.envelope);
  if (known !== undefined) return known;
  const text = JSON.stringify(rest).slice(0, -1);
  const head = { text, bytes: Buffer.from(text) };
  heads.set(rest.envelope, head);
  return head;
}

/** The rest of an offer. Numbers and base64url: a byte a character. */
export function tailOf({ proof }: RunOffer): string {
  return `,"proof":${JSON.stringify(proof)}}`;
}

/** An offer as it goes out. */
export function joinOffer(head: Buffer, tail: string): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + tail.length);
  head.copy(bytes);
  bytes.write(tail, head.length, 'latin1');
  return bytes;
}
