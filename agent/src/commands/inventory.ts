// Puts the inventory together from the list of collectors, for the agent and for `collect`.
import { dirname, join } from 'node:path';
import type { Section } from '@muster/protocol';
import {
  collectors,
  createAgentBudget,
  createInventory,
  type Inventory,
  type InventoryOptions,
  type OutboxState,
} from '../collectors/index.ts';
import { createSliceStore } from '../collectors/runner/slice-store.ts';
import type { AgentConfig } from '../config.ts';
import { nodeCrypto } from '../identity/crypto.ts';
import { systemClock } from '../platform/clock.ts';
import { createFiles } from '../platform/files.ts';
import { createProbe } from '../platform/probe.ts';
import { startProcess } from '../platform/processes.ts';
import { createStorage } from '../platform/storage.ts';

/** What the agent hands in. */
export interface InventoryParts {
  readonly log: InventoryOptions['log'];
  /** State of the outbox; null where no agent runs. */
  readOutbox(): OutboxState | null;
}

/** What the parts of the agent use. */
export interface OpenInventory {
  readonly inventory: Inventory;
  readonly sections: readonly Section[];
}

/** The short-lived child for what files do not give; its program lies beside the agent's. */
function createOwnProbe() {
  const scriptPath = join(dirname(process.argv[1] ?? ''), 'probe.cjs');
  return createProbe({ startProcess, nodePath: process.execPath, scriptPath });
}

/** Makes the inventory of this machine; nothing is read yet. */
export function openInventory(config: AgentConfig, { log, readOutbox }: InventoryParts): OpenInventory {
  const all = [...collectors, createAgentBudget(readOutbox)];
  const inventory = createInventory({
    collectors: all,
    context: { files: createFiles(), probe: createOwnProbe(), now: systemClock.now },
    store: createSliceStore(createStorage(config.stateDir)),
    clock: systemClock,
    log,
    sha256: nodeCrypto.sha256,
  });
  return { inventory, sections: all.map((collector) => collector.section) };
}
