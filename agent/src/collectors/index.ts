// The explicit list of collectors, in the order in which a full inventory runs them.
import type { AnyCollector } from './collector.ts';
import { cpuInfo } from './cpu_info.ts';
import { kernelInfo } from './kernel_info.ts';
import { memoryInfo } from './memory_info.ts';
import { osVersion } from './os_version.ts';
import { systemInfo } from './system_info.ts';

export { createInventory, type Inventory, type InventoryOptions } from './runner.ts';

/** Every collector of this agent. What people look at first comes first. */
export const collectors: readonly AnyCollector[] = [osVersion, systemInfo, cpuInfo, memoryInfo, kernelInfo];
