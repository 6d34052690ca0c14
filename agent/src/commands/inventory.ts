// Puts the inventory together from the list of collectors, for the agent and for `collect`.
import type { Section } from '@muster/protocol';
import { createAgentBudget, type OutboxState } from '../collectors/agent_budget.ts';
import { collectors, createInventory, type Inventory, type InventoryOptions } from '../collectors/index.ts';
import { createSliceStore } from '../collectors/runner/slice-store.ts';
import type { AgentConfig } from '../config.ts';
import { nodeCrypto } from '../identity/crypto.ts';
import { systemClock } from '../platform/clock.ts';
import { createFiles } from '../platform/files.ts';
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

/** Makes the inventory of this machine; nothing is read yet. */
export function openInventory(config: AgentConfig, { log, readOutbox }: InventoryParts): OpenInventory {
  const all = [...collectors, createAgentBudget(readOutbox)];
  const inventory = createInventory({
    collectors: all,
    context: { files: createFiles(), probe: null, now: systemClock.now },
    store: createSliceStore(createStorage(config.stateDir)),
    clock: systemClock,
    log,
    sha256: nodeCrypto.sha256,
  });
  return { inventory, sections: all.map((collector) => collector.section) };
}
