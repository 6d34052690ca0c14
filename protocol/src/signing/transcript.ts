// Transcripts: the bytes that session authentication and enrollment sign, separated by conversation.
import { concatBytes, encodeU32, encodeUtf8 } from './bytes.ts';
import { pae } from './envelope.ts';

/** One field: its name, and its value as text (UTF-8) or raw bytes. Both ends must agree which fields stand in which order. */
export type TranscriptField = readonly [name: string, value: string | Uint8Array];

/**
 * The bytes to sign: `PAE(kind, count | (length name | length value)…)`, all lengths u32 big-endian. Lengths make the
 * reading unambiguous: no field can take bytes of its neighbor. The kind separates conversations:
 * give it a name without `+json`, as `application/vnd.muster.auth.v1`, which no document type can equal.
 * Text and the same bytes as UTF-8 give the same transcript.
 * @throws MusterError E_SHAPE for a lone surrogate in kind, name or text.
 */
export function transcript(kind: string, fields: readonly TranscriptField[]): Uint8Array {
  const parts = [encodeU32(fields.length)];
  for (const [name, value] of fields) {
    for (const part of [encodeUtf8(name), typeof value === 'string' ? encodeUtf8(value) : value]) {
      parts.push(encodeU32(part.length), part);
    }
  }
  return pae(kind, concatBytes(parts));
}
