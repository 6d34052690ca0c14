// Remembers eight bytes of every device's stored root, so that a heartbeat is compared without asking the database.

/** Digests by tenant and device number: two arrays a tenant, no object a device. */
export interface Digests {
  /** `digest` has at least 8 bytes; null forgets, so that the next heartbeat asks. */
  set(tenant: number, idx: number, digest: Uint8Array | null): void;
  /** True when that digest is what is stored; then the time is noted. */
  confirm(
    tenant: number,
    idx: number,
    heard: { readonly digest: Uint8Array; readonly nowMs: number },
  ): boolean;
  /** When a heartbeat last confirmed what is stored, ms; null when none has since the start of this process. */
  confirmedMs(tenant: number, idx: number): number | null;
}

/** Arrays of one tenant. */
interface Slots {
  words: Uint32Array;
  confirmed: Float64Array;
}

const FIRST_DEVICES = 256;

export function createDigests(): Digests {
  const tenants = new Map<number, Slots>();

  function slotsFor(tenant: number, idx: number): Slots {
    const slots = tenants.get(tenant) ?? {
      words: new Uint32Array(FIRST_DEVICES * 2),
      confirmed: new Float64Array(FIRST_DEVICES),
    };
    tenants.set(tenant, slots);
    while (slots.confirmed.length <= idx) grow(slots);
    return slots;
  }

  return {
    set(tenant, idx, digest) {
      const { words } = slotsFor(tenant, idx);
      words[idx * 2] = digest === null ? 0 : wordAt(digest, 0);
      words[idx * 2 + 1] = digest === null ? 0 : wordAt(digest, 4);
    },
    confirm(tenant, idx, { digest, nowMs }) {
      const { words, confirmed } = slotsFor(tenant, idx);
      if (words[idx * 2] !== wordAt(digest, 0) || words[idx * 2 + 1] !== wordAt(digest, 4)) return false;
      confirmed[idx] = nowMs;
      return true;
    },
    confirmedMs(tenant, idx) {
      const ms = tenants.get(tenant)?.confirmed[idx] ?? 0;
      return ms === 0 ? null : ms;
    },
  };
}

/** Doubles the arrays; a tenant's device numbers are dense. */
function grow(slots: Slots): void {
  const words = new Uint32Array(slots.words.length * 2);
  words.set(slots.words);
  slots.words = words;
  const confirmed = new Float64Array(slots.confirmed.length * 2);
  confirmed.set(slots.confirmed);
  slots.confirmed = confirmed;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

/** True for the digest of a device that has not collected anything yet. */
export function isEmptyDigest(digest: Uint8Array): boolean {
  return digest.every((byte) => byte === 0);
}
