// The root hash of a device's inventory: one value that differs when any slice differs.
import { encodeUtf8 } from '../signing/bytes.ts';

/** A named hash, base64url of 32 bytes. */
export interface NamedHash {
  readonly name: string;
  readonly hash: string;
}

/**
 * The bytes whose sha256 is the root: one `name=hash` line a slice, the lines sorted by UTF-16 unit
 * (`cpu2=` stands before `cpu=`: digits come before `=`), then one `packages/NN=hash` line a part; joined by a newline,
 * none at the end.
 * The first 8 bytes of the root stand in every heartbeat.
 */
export function rootInput(slices: readonly NamedHash[], packageParts: readonly string[]): Uint8Array {
  const lines = slices.map((slice) => `${slice.name}=${slice.hash}`).sort();
  packageParts.forEach((hash, part) => {
    lines.push(`packages/${String(part).padStart(2, '0')}=${hash}`);
  });
  return encodeUtf8(lines.join('\n'));
}
