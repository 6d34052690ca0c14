// Puts the inventory together from the list of collectors, for the agent and for `collect`.
import type { Section } from '@muster/protocol';
import { collectors } from '../collectors/index.ts';
import { createSliceStore } from '../collectors/runner/slice-store.ts';
import { createInventory, type Inventory } from '../collectors/runner.ts';
import type { AgentConfig } from '../config.ts';
import { nodeCrypto } from '../identity/crypto.ts';
import { systemClock } from '../platform/clock.ts';
import { createFiles } from '../platform/files.ts';
import { createStorage } from '../platform/storage.ts';

const silent = { info: () => undefined, warn: () => undefined };

/** What the parts of the agent use. */
export interface OpenInventory {
  readonly inventory: Inventory;
  readonly sections: readonly Section[];
}

/** Makes the inventory of this machine; nothing is read yet. */
export function openInventory(
  config: AgentConfig,
  log: Parameters<typeof createInventory>[0]['log'] = silent,
): OpenInventory {
  const files = createFiles();
  const inventory = createInventory({
    collectors,
    context: { files, probe: null, now: () => Date.now() },
    store: createSliceStore(createStorage(config.stateDir)),
    clock: systemClock,
    log,
    sha256: nodeCrypto.sha256,
  });
  return { inventory, sections: collectors.map((collector) => collector.section) };
}
