// Reads one full inventory in a process that already runs, and prints what it cost; the root may be another system's.
import { pause } from '../../support/wait.ts';
import { openInventory } from '../agent-half.ts';
import { readChildSigns, startedNothing } from '../proc.ts';

/** What it prints, processor seconds. */
export interface InventoryCost {
  /** The first pass after the program was loaded. */
  readonly coldS: number;
  /** A second pass over what has not changed. */
  readonly unchangedS: number;
  /** A full pass once the code is warm. */
  readonly warmS: number;
  readonly packages: number;
  readonly startedNothing: boolean;
}

async function measure(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const [root = '/'] = process.argv.slice(2);
// The agent has been loaded and is connecting when its first pass begins.
await pause(300);
const inventory = openInventory(root);
const coldS = await measure(() => inventory.runNow());
const unchangedS = await measure(() => inventory.runNow());
const warmS = await measure(() => openInventory(root).runNow());
const { rows } = JSON.parse(await inventory.collect('packages')) as { rows: unknown[] };
const cost: InventoryCost = {
  coldS,
  unchangedS,
  warmS,
  packages: rows.length,
  startedNothing: startedNothing(readChildSigns(process.pid)),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
process.exit();
