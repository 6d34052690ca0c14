// Inventory of a simulated device: offers slices, honest or not, and answers what the server wants.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { type BodyFrame, encodeBodyFrame, type InventoryOffer, rootInput } from '@muster/protocol';
import type { Wire } from '../fleet/device.ts';

/** A slice as a test wants it sent. */
export interface SliceWish {
  readonly name: string;
  /** Text of the body; its hash is offered. */
  readonly text: string;
  /** What the frame says instead of the truth. */
  readonly frame?: Partial<BodyFrame>;
}

function sha256(text: Uint8Array | string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The text of a body with these rows. */
export function bodyText(section: string, columns: readonly string[], rows: readonly unknown[]): string {
  return JSON.stringify({ section, outcome: 'ok', reason: '', columns, rows });
}

/** The offer of these slices; none has packages. */
function makeOffer(slices: readonly SliceWish[]): InventoryOffer {
  const since = new Date().toISOString();
  const list = slices.map(({ name, text }) => ({ name, hash: sha256(text).toString('base64url'), since }));
  const root = sha256(rootInput(list, [])).toString('base64url');
  return { type: 'inventory.offer', root, slices: list, packages: [], packagesSince: since };
}

/** The frame of a body. */
export function makeBodyFrame({ text, frame = {} }: SliceWish): Uint8Array {
  const raw = Buffer.from(text);
  return encodeBodyFrame({
    encoding: 'deflate',
    rawBytes: raw.length,
    hash: sha256(raw),
    data: deflateRawSync(raw),
    ...frame,
  });
}

/** Offers and sends what is wanted; answers `stored`, or the code of the refusal. */
export async function report(wire: Wire, slices: readonly SliceWish[]): Promise<string> {
  wire.send(makeOffer(slices));
  for (;;) {
    const message = await wire.next();
    if (message === null) return 'closed';
    if (message.type === 'refuse') return message.code;
    if (message.type === 'inventory.stored') return 'stored';
    if (message.type !== 'inventory.want') continue;
    for (const slice of slices)
      if (message.hashes.includes(sha256(slice.text).toString('base64url')))
        wire.socket.send(makeBodyFrame(slice));
  }
}
