// Raw deflate (RFC 1951) as the chunk codec wants it handed in.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Deflate, Inflate } from '@muster/protocol';

/** Compresses a few kilobytes at once; level 9 costs nothing at this size and saves a few percent. */
export const deflate: Deflate = (bytes) => deflateRawSync(bytes, { level: 9 });

/** Expands to at most `maxBytes`; throws zlib's error for more, or for damaged input. */
export const inflate: Inflate = (bytes, maxBytes) => inflateRawSync(bytes, { maxOutputLength: maxBytes });
