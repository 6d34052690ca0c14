// Finds the devices that somebody means and keeps them for a while, so that what is signed is exactly what was shown.

import { randomBytes } from 'node:crypto';
import { encodeBase32 } from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import { fail } from '../../errors.ts';
import type { TargetSource } from '../devices/index.ts';
import type { Fleet } from '../fleet/index.ts';
import { MAX_SNAPSHOT_DEVICES, MAX_SNAPSHOTS, SNAPSHOT_MS } from './limits.ts';
import { buildTree, type TargetTree } from './tree.ts';

/** Where targets are looked for. */
export interface TargetDeps {
  readonly devices: TargetSource;
  readonly fleet: Pick<Fleet, 'select'>;
  readonly clock: Clock;
}

/** Devices as they were found, by sorted id. */
export interface Snapshot {
  readonly id: string;
  readonly tenant: number;
  /** The expression; null: named one by one. */
  readonly on: string | null;
  readonly isDeviceOnly: boolean;
  readonly ids: readonly string[];
  /** Number of the device with the id at that place. */
  readonly idxs: Int32Array;
  readonly tree: TargetTree;
  readonly expiresMs: number;
}

/** What is meant. */
export type TargetWish = { readonly on: string } | { readonly devices: readonly string[] };

/** The snapshots of this process. */
export interface Snapshots {
  /** @throws MusterError E_EXPRESSION, E_DEVICE_NAME, E_DEVICE_STATE, E_NO_TARGETS, E_RANGE, E_INDEX */
  make(tenant: number, wish: TargetWish): Promise<Snapshot>;
  /** @throws MusterError E_SNAPSHOT */
  find(tenant: number, id: string): Snapshot;
}

/** A device that was found. */
interface Found {
  readonly idx: number;
  readonly id: string;
}

/** Makes the snapshots; none is kept yet. */
export function createSnapshots(deps: TargetDeps): Snapshots {
  const { clock } = deps;
  const kept = new Map<string, Snapshot>();

  /** The oldest go first: a Map keeps the order in which they were made. */
  function trim(): void {
    let devices = [...kept.values()].reduce((sum, { ids }) => sum + ids.length, 0);
    for (const [id, { expiresMs, ids }] of kept) {
      const isOver = expiresMs <= clock.now() || kept.size > MAX_SNAPSHOTS || devices > MAX_SNAPSHOT_DEVICES;
      if (!isOver) continue;
      kept.delete(id);
      devices -= ids.length;
    }
  }

  return {
    async make(tenant, wish) {
      const { found, on, isDeviceOnly } = await findDevices(deps, tenant, wish);
      if (found.length === 0) throw fail('E_NO_TARGETS');
      if (found.length > MAX_SNAPSHOT_DEVICES)
        throw fail('E_RANGE', { detail: `At most ${MAX_SNAPSHOT_DEVICES} devices can be meant at once.` });
      const sorted = found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const ids = sorted.map(({ id }) => id);
      const idxs = Int32Array.from(sorted, ({ idx }) => idx);
      const snapshot: Snapshot = {
        id: `snp_${encodeBase32(randomBytes(16))}`,
        tenant,
        on,
        isDeviceOnly,
        ids,
        idxs,
        tree: await buildTree(ids, idxs),
        expiresMs: clock.now() + SNAPSHOT_MS,
      };
      kept.set(snapshot.id, snapshot);
      trim();
      return snapshot;
    },
    find(tenant, id) {
      trim();
      const found = kept.get(id);
      if (found === undefined || found.tenant !== tenant) throw fail('E_SNAPSHOT');
      return found;
    },
  };
}

async function findDevices(
  deps: TargetDeps,
  tenant: number,
  wish: TargetWish,
): Promise<{ found: Found[]; on: string | null; isDeviceOnly: boolean }> {
  if ('on' in wish) {
    const expression = compileExpression(wish.on, { for: 'server' });
    const { idxs, ids } = await deps.fleet.select(tenant, { expression, state: 'active' });
    const found = ids.map((id, at) => ({ id, idx: idxs[at] ?? 0 }));
    return { found, on: wish.on, isDeviceOnly: expression.isDeviceOnly };
  }
  const found = await deps.devices.named(tenant, wish.devices);
  const other = found.find(({ isActive }) => !isActive);
  if (other !== undefined)
    throw fail('E_DEVICE_STATE', {
      detail: `${other.hostname} (${other.id}) is not active; approve or release it first.`,
    });
  return { found, on: null, isDeviceOnly: true };
}
