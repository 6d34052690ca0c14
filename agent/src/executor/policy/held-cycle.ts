// A cycle over what this device holds, in a process of its own: reads what its executor resolved, repairs, and leaves a report for it.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ResolvedItem } from '@muster/protocol/policy';
import type { AgentConfig } from '../../config.ts';
import { fail } from '../../errors.ts';
import { createDisk } from '../../platform/disk.ts';
import { createFiles } from '../../platform/files.ts';
import { executorFolder } from '../service/folders.ts';
import { readPinned } from '../service/identity.ts';
import type { CycleReport } from './cycle.ts';
import { writeReport } from './cycle-files.ts';
import { WANTED_PATH } from './held.ts';
import { applyItems } from './place.ts';
import { MAX_RESOLVED_BYTES, parseResolved } from './resolved.ts';

/** What the signed policies want that this device holds, as its executor resolved it last. */
export interface HeldItems {
  /** Folder of this device below that of the executor. */
  readonly folder: string;
  /** Digest of the set. */
  readonly set: string;
  /** Its epoch and version, as `1.4`. */
  readonly place: string;
  /** When it was resolved, RFC 3339. */
  readonly at: string;
  readonly items: readonly ResolvedItem[];
}

/** Reads it. @throws MusterError E_USAGE where nothing is held */
export async function findHeld(config: AgentConfig): Promise<HeldItems> {
  const root = executorFolder(config);
  const pinned = await readPinned(root);
  const folder = resolve(root, `${pinned?.deviceId}`);
  const path = resolve(folder, WANTED_PATH);
  if (pinned === null || (await createFiles('/').stat(path)) === null)
    throw fail('E_USAGE', {
      detail:
        'This device holds no policies; name a FILE that "muster policy resolve --json" printed for it.',
    });
  if ((await stat(path)).size > MAX_RESOLVED_BYTES) throw fail('E_STATE');
  const text = await readFile(path, 'utf8');
  const items = parseResolved(text, path);
  const { set, at }: { set: { epoch: number; version: number; digest: string }; at: string } =
    JSON.parse(text);
  return { folder, set: set.digest, place: `${set.epoch}.${set.version}`, at, items };
}

/** Leaves what a cycle found to the executor, which tells it. `id` of the cycle, '' for one that a person started. */
async function keepReport(
  { folder, set }: HeldItems,
  { id, report }: { readonly id: string; readonly report: CycleReport },
): Promise<void> {
  await writeReport(createDisk(folder), { id, set, atMs: Date.now(), items: report.items });
}

/** Runs the cycle. @throws MusterError E_RUNNING, E_USAGE, E_STATE, E_DISK_FULL */
export async function runHeldCycle(config: AgentConfig, id: string): Promise<CycleReport> {
  return applyItems(
    config,
    { root: '', isHeld: true },
    {
      read: () => findHeld(config),
      keep: (report, held) => keepReport(held, { id, report }),
    },
  );
}
