// Where bodies wait for the server: small files named by hash, so that the heap holds hashes only.
import type { Storage } from '../../platform/storage.ts';
import { MAX_STATE_BYTES, MAX_STORE_BYTES } from './limits.ts';

/** Bodies by hash, and one text that survives restarts. A body may be gone at any time: it is collected again then. */
export interface SliceStore {
  put(hash: string, text: string): Promise<void>;
  /** Null when absent. The caller checks the hash: a power cut may have torn the text. */
  get(hash: string): Promise<string | null>;
  /** Drops every body whose hash is not in `keep`, and the largest of the rest while they pass MAX_STORE_BYTES. */
  prune(keep: ReadonlySet<string>): Promise<void>;
  readState(): Promise<string | null>;
  writeState(text: string): Promise<void>;
}

const BODIES = 'slices';
const STATE = 'slices.json';

/** Makes the store in the agent's storage. Failures of the disk are Node's own errors. */
export function createSliceStore(storage: Storage, maxBytes = MAX_STORE_BYTES): SliceStore {
  const pathOf = (hash: string) => `${BODIES}/${hash}`;

  async function readText(path: string, sizeBytes: number): Promise<string | null> {
    const bytes = await storage.readRange(path, 0, sizeBytes);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  return {
    async put(hash, text) {
      const bytes = new TextEncoder().encode(text);
      const path = pathOf(hash);
      if ((await storage.size(path)) === bytes.length) return;
      await storage.remove(path);
      // Without sync: losing a body costs one more collection, waiting for the disk would cost every change.
      await storage.append(path, bytes);
    },
    async get(hash) {
      const size = await storage.size(pathOf(hash));
      return size === null ? null : readText(pathOf(hash), size);
    },
    async prune(keep) {
      const kept: { path: string; size: number }[] = [];
      for (const hash of await storage.list(BODIES)) {
        const path = pathOf(hash);
        const size = keep.has(hash) ? await storage.size(path) : null;
        if (size === null) await storage.remove(path);
        else kept.push({ path, size });
      }
      let total = kept.reduce((sum, { size }) => sum + size, 0);
      for (const { path, size } of kept.toSorted((a, b) => b.size - a.size)) {
        if (total <= maxBytes) return;
        await storage.remove(path);
        total -= size;
      }
    },
    async readState() {
      const size = await storage.size(STATE);
      return size === null || size > MAX_STATE_BYTES ? null : readText(STATE, size);
    },
    writeState: (text) => storage.writeAtomic(STATE, new TextEncoder().encode(text)),
  };
}
