// What the device offers: hashes by section and since when, saved so that `since` outlives a restart.
import { encodeBase64url, type InventoryOffer, rootInput } from '@muster/protocol';
import { type Content, toOffer } from './bodies.ts';
import { createHeldBodies } from './held-bodies.ts';
import { MAX_HELD_CHARS, MAX_OFFER_BYTES } from './limits.ts';
import type { SliceStore } from './slice-store.ts';

/** The log as the runner uses it; pino's logger is one. */
export interface InventoryLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What the contents need. */
export interface ContentsOptions {
  readonly store: SliceStore;
  readonly log: InventoryLog;
  /** SHA-256, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** How long bodies are held after they were collected, ms. */
  readonly holdMs: number;
}

/** The contents of all sections. */
export interface Contents {
  /** Takes the saved contents of the named sections back; damaged ones count as absent. */
  load(names: ReadonlySet<string>): Promise<void>;
  has(name: string): boolean;
  /** True when these bodies are what is offered already. */
  isCurrent(name: string, texts: readonly string[]): boolean;
  /** True when the server would take these bodies beside those of the other sections. */
  fits(name: string, texts: readonly string[]): boolean;
  /** Offers these bodies from now on, and holds them. */
  set(name: string, texts: readonly string[]): void;
  /** Holds bodies that the server may ask for. */
  hold(texts: readonly string[]): void;
  offer(): InventoryOffer;
  /** The 32 bytes of the root. */
  root(): Uint8Array;
  /** Section that offers the hash; null when none does. */
  ownerOf(hash: string): string | null;
  /** A body that is held; null when it is to be collected again. */
  held(hash: string): string | null;
  hashOf(text: string): string;
  /** Saves what changed. */
  save(): Promise<void>;
  /** Lets go of all bodies. */
  close(): void;
}

const HASH = /^[A-Za-z0-9_-]{43}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Saved contents from their text; what does not have the agreed form is left out. */
export function parseContents(text: string, names: ReadonlySet<string>): Map<string, Content> {
  const contents = new Map<string, Content>();
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    // A torn file is as good as none: everything is collected again, only `since` is lost.
    return contents;
  }
  if (typeof saved !== 'object' || saved === null) return contents;
  for (const [name, value] of Object.entries(saved)) {
    if (names.has(name) && isContent(value)) contents.set(name, value);
  }
  return contents;
}

function isContent(value: unknown): value is Content {
  if (typeof value !== 'object' || value === null) return false;
  const { hashes, since, sizeBytes } = value as Record<string, unknown>;
  if (!Array.isArray(hashes) || !hashes.every((hash) => typeof hash === 'string' && HASH.test(hash)))
    return false;
  return typeof since === 'string' && TIME.test(since) && Number.isSafeInteger(sizeBytes);
}

function sizeOf(texts: readonly string[]): number {
  const encoder = new TextEncoder();
  return texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
}

/** Makes empty contents. */
export function createContents(options: ContentsOptions): Contents {
  const { store, log } = options;
  const bodies = createHeldBodies({ holdMs: options.holdMs, maxChars: MAX_HELD_CHARS });
  let contents = new Map<string, Content>();
  let unsaved = false;
  let root: Uint8Array | null = null;

  const hashOf = (text: string) => encodeBase64url(options.sha256(new TextEncoder().encode(text)));

  function readRoot(): Uint8Array {
    if (root !== null) return root;
    const { slices, packages } = toOffer(contents);
    root = options.sha256(rootInput(slices, packages));
    return root;
  }

  return {
    hashOf,
    root: readRoot,
    async load(names) {
      try {
        const text = await store.readState();
        if (text !== null) contents = parseContents(text, names);
        root = null;
      } catch (err) {
        log.warn({ err }, 'inventory state not read; everything counts as new');
      }
    },
    has: (name) => contents.has(name),
    isCurrent(name, texts) {
      const hashes = contents.get(name)?.hashes;
      return hashes?.length === texts.length && texts.every((text, at) => hashOf(text) === hashes[at]);
    },
    fits(name, texts) {
      let others = 0;
      for (const [other, { sizeBytes }] of contents) if (other !== name) others += sizeBytes;
      return others + sizeOf(texts) <= MAX_OFFER_BYTES;
    },
    set(name, texts) {
      const before = new Set(contents.get(name)?.hashes);
      const hashes = texts.map(hashOf);
      hashes.forEach((hash, at) => {
        if (!before.has(hash)) bodies.put(hash, texts[at] ?? '');
      });
      contents.set(name, { hashes, since: new Date(options.now()).toISOString(), sizeBytes: sizeOf(texts) });
      unsaved = true;
      root = null;
    },
    hold(texts) {
      for (const text of texts) bodies.put(hashOf(text), text);
    },
    offer: () => ({ type: 'inventory.offer', root: encodeBase64url(readRoot()), ...toOffer(contents) }),
    ownerOf(hash) {
      for (const [name, { hashes }] of contents) if (hashes.includes(hash)) return name;
      return null;
    },
    held: (hash) => bodies.get(hash),
    close: () => bodies.clear(),
    async save() {
      if (!unsaved) return;
      try {
        await store.writeState(JSON.stringify(Object.fromEntries(contents)));
        unsaved = false;
      } catch (err) {
        log.warn({ err }, 'inventory state not saved; it is tried again with the next change');
      }
    },
  };
}
