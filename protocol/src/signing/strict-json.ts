// JSON with bounds: `parseStrict` for what is signed (one text a value), `parseJson` for control messages.
import { fail } from '../errors.ts';
import { decodeUtf8 } from './bytes.ts';

/** Bounds of one parse; both are checked before JSON.parse sees the text. */
export interface JsonLimits {
  /** Largest text, bytes of UTF-8. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays and objects: `1` has 0 levels, `[]` has 1, `[[]]` has 2. */
  readonly maxDepth: number;
}

/** What a text that breaks a rule is refused with: E_CANON where it is signed, E_SHAPE where it is a message. */
type FaultCode = 'E_CANON' | 'E_SHAPE';

// Only a text with one of these can hold a forbidden key or a lone surrogate; the others skip the slow walk.
const SUSPECT = /__proto__|\\u/;

/**
 * Parses a signed JSON text. Accepted only if serializing the value gives the same text again (so no duplicate keys,
 * spaces, `1.0`, `-0`, lost digits, needless escapes), nesting is within bounds, every string is well-formed and
 * no key is `__proto__`. Bytes must be UTF-8 without a byte order mark.
 * @throws MusterError E_SIZE or E_CANON
 */
export function parseStrict(input: string | Uint8Array, limits: JsonLimits): unknown {
  const text = readText(input, limits, 'E_CANON');
  const value = parseBounded(text, limits, 'E_CANON');
  if (JSON.stringify(value) !== text) throw fail('E_CANON');
  return value;
}

/**
 * Parses an unsigned control message: the same bounds and no `__proto__` key, but any spelling of JSON.
 * Lone surrogates pass: a collector may have cut a text in the middle of a pair, and that is no reason to lose a message.
 * @throws MusterError E_SIZE or E_SHAPE
 */
export function parseJson(input: string | Uint8Array, limits: JsonLimits): unknown {
  return parseBounded(readText(input, limits, 'E_SHAPE'), limits, 'E_SHAPE');
}

/** The text of the input, if it is within the size limit. Bytes are measured before they are decoded. */
function readText(input: string | Uint8Array, limits: JsonLimits, code: FaultCode): string {
  if (input.length > limits.maxBytes) throw fail('E_SIZE');
  if (typeof input === 'string') {
    // A UTF-16 unit is at most 3 bytes of UTF-8; only texts near the limit are measured exactly.
    if (input.length * 3 > limits.maxBytes && byteLength(input) > limits.maxBytes) throw fail('E_SIZE');
    return input;
  }
  try {
    return decodeUtf8(input);
  } catch (cause) {
    throw fail(code, { cause });
  }
}

/**
 * Length in bytes of UTF-8; a lone surrogate counts 3, as the replacement character would.
 * The platform's encoder is faster than any loop here, and only texts near the limit come this far.
 */
function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * Depth check, then JSON.parse, then forbidden keys and (in signed texts) lone surrogates. A key `__proto__` is harmless
 * in the parsed value itself, but replaces a prototype as soon as somebody copies it with an assignment.
 */
function parseBounded(text: string, limits: JsonLimits, code: FaultCode): unknown {
  if (exceedsDepth(text, limits.maxDepth)) throw fail(code);
  try {
    if (!SUSPECT.test(text)) return JSON.parse(text);
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw fail(code);
      if (code === 'E_CANON' && !isWellFormed(key, value)) throw fail(code);
      return value;
    });
  } catch (cause) {
    throw fail(code, { cause });
  }
}

/** True unless the key or a text value holds a lone surrogate. */
function isWellFormed(key: string, value: unknown): boolean {
  return key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
}

/**
 * True when the text nests deeper than allowed. One pass, no recursion, no allocation: JSON.parse itself would follow
 * 200,000 levels. Counts brackets outside strings; up to the first syntax error it sees what JSON.parse sees.
 */
function exceedsDepth(text: string, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x5c: // a backslash hides the next character; outside strings it is a syntax error anyway
        i++;
        break;
      case 0x22: // quote
        inString = !inString;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (!inString && ++depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (!inString) depth--;
        break;
    }
  }
  return false;
}
