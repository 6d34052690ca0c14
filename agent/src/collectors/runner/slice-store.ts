// Where the list of hashes outlives a restart, so that the age of unchanged facts does too.
import type { Storage } from '../../platform/storage.ts';
import { MAX_STATE_BYTES } from './limits.ts';

/** One small text on disk. Bodies are not kept: they are collected again when they are asked for. */
export interface SliceStore {
  /** Null when there is none, or when it is larger than this agent ever writes. */
  readState(): Promise<string | null>;
  writeState(text: string): Promise<void>;
}

const STATE = 'slices.json';

/** Makes the store in the agent's storage. Failures of the disk are Node's own errors. */
export function createSliceStore(storage: Storage): SliceStore {
  return {
    async readState() {
      const size = await storage.size(STATE);
      if (size === null || size > MAX_STATE_BYTES) return null;
      const bytes = await storage.readRange(STATE, 0, size);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    },
    writeState: (text) => storage.writeAtomic(STATE, new TextEncoder().encode(text)),
  };
}
