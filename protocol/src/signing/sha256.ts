// SHA-256 in plain code, for pages: the web platform hashes only asynchronously, and a tree of a million devices cannot wait a million times.
//
// After FIPS 180-4, section 6.2. Devices and servers hash with their platform's own; a test holds both against each other.

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2). */
const ROUND = new DataView(new ArrayBuffer(4 * 64));
/** The same of the square roots of the first eight: the state before the first block (section 5.3.3). */
const START = new DataView(new ArrayBuffer(4 * 8));

for (let count = 0, candidate = 2; count < 64; candidate++) {
  if (!isPrime(candidate)) continue;
  // 32 fractional bits of a root below 7 lie well within the 53 bits of a number.
  if (count < 8) START.setUint32(4 * count, (Math.sqrt(candidate) % 1) * 2 ** 32);
  ROUND.setUint32(4 * count++, (Math.cbrt(candidate) % 1) * 2 ** 32);
}

/** By trial: done once, for the numbers up to 311. */
function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) return false;
  }
  return true;
}

/** Rotates 32 bits to the right. */
function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The message with its padding: one bit, zeros, and the length in bits as 64 (section 5.1.1). */
function pad(bytes: Uint8Array): DataView {
  // Nine bytes more at least: 0x80 and the length.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

/** Fills the 64 words of one block (section 6.2.2, step 1). Views, not arrays: they are big-endian as the standard is, and wrap at 32 bits. */
function schedule(words: DataView, message: DataView, at: number): void {
  // The block itself.
  for (let i = 0; i < 64; i += 4) words.setUint32(i, message.getUint32(at + i));
  for (let i = 64; i < 256; i += 4) {
    // Words 15, 2, 16 and 7 before this one, and the small sigmas of section 4.1.2.
    const early = words.getUint32(i - 60);
    const late = words.getUint32(i - 8);
    const small = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const large = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words.setUint32(i, words.getUint32(i - 64) + small + words.getUint32(i - 28) + large);
  }
}

/** Takes one block into the state (steps 2 to 4). */
function compress(state: DataView, words: DataView): void {
  let a = state.getUint32(0);
  let b = state.getUint32(4);
  let c = state.getUint32(8);
  let d = state.getUint32(12);
  let e = state.getUint32(16);
  let f = state.getUint32(20);
  let g = state.getUint32(24);
  let h = state.getUint32(28);
  for (let i = 0; i < 256; i += 4) {
    // T1 and T2 of step 3, with the large sigmas.
    const large = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    // Bit by bit: f where e is set, else g.
    const choice = (e & f) ^ (~e & g);
    const first = (h + large + choice + ROUND.getUint32(i) + words.getUint32(i)) | 0;
    const small = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    // Bit by bit: what two of the three say.
    const majority = (a & b) ^ (a & c) ^ (b & c);
    // All move one place down; the two that are new come from the sums.
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + small + majority) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries())
    state.setUint32(4 * i, state.getUint32(4 * i) + word);
}

/**
 * SHA-256 of the bytes, 32 bytes. About 3 µs for each 64 bytes: a target tree of 100,000 devices takes a second.
 * Not for secrets: no care is taken that its time says nothing about the bytes.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const message = pad(bytes);
  // Eight words that every block changes; they are the digest in the end.
  const digest = new Uint8Array(32);
  const state = new DataView(digest.buffer);
  for (let i = 0; i < 32; i += 4) state.setUint32(i, START.getUint32(i));
  // One for all blocks: a tree of devices hashes millions of them.
  const words = new DataView(new ArrayBuffer(4 * 64));
  for (let at = 0; at < message.byteLength; at += 64) {
    schedule(words, message, at);
    compress(state, words);
  }
  return digest;
}
