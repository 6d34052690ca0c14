// Finds the devices that somebody means and keeps them for a while, so that what is signed is exactly what was shown.

import { randomBytes } from 'node:crypto';
import { encodeBase32 } from '@muster/protocol';
import { compileExpression, type Expression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
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
  /** Devices that are meant by the words, but take no commands now. */
  readonly excluded: readonly ExcludedDevice[];
  readonly expiresMs: number;
}

/** A device that is left out, and why. */
export interface ExcludedDevice {
  readonly idx: number;
  readonly why: 'pending' | 'quarantined' | 'retired';
}

/** What is meant. Without `skipsInactive` a named device that takes no commands is a mistake; by number they are always left out. */
export type TargetWish =
  | { readonly on: string }
  | { readonly devices: readonly string[]; readonly skipsInactive?: boolean }
  | { readonly idxs: readonly number[] };

/** Which devices somebody sees: the limits, and the devices for which they hold; null: all. */
export interface Seen {
  readonly within: readonly Expression[] | null;
  readonly scope: DeviceSet | null;
}

const everything: Seen = { within: null, scope: null };

type Asker = Seen & { readonly tenant: number };

/** The snapshots of this process. */
export interface Snapshots {
  /** @throws MusterError E_EXPRESSION, E_DEVICE_NAME, E_DEVICE_STATE, E_NO_TARGETS, E_RANGE, E_INDEX */
  make(tenant: number, wish: TargetWish, seen?: Seen): Promise<Snapshot>;
  /** Undefined when there is none, or not any more. */
  peek(tenant: number, id: string): Snapshot | undefined;
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

  function peek(tenant: number, id: string): Snapshot | undefined {
    trim();
    const found = kept.get(id);
    return found?.tenant === tenant ? found : undefined;
  }

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
    async make(tenant, wish, seen = everything) {
      const { found, excluded, on, isDeviceOnly } = await findDevices(deps, { tenant, ...seen }, wish);
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
        excluded,
        expiresMs: clock.now() + SNAPSHOT_MS,
      };
      kept.set(snapshot.id, snapshot);
      trim();
      return snapshot;
    },
    peek,
    find(tenant, id) {
      const found = peek(tenant, id);
      if (found === undefined) throw fail('E_SNAPSHOT');
      return found;
    },
  };
}

/** The devices of a wish, and what is left out of them. */
interface FoundDevices {
  readonly found: readonly Found[];
  readonly excluded: readonly ExcludedDevice[];
  readonly on: string | null;
  readonly isDeviceOnly: boolean;
}

async function findDevices(deps: TargetDeps, asker: Asker, wish: TargetWish): Promise<FoundDevices> {
  const { tenant, scope } = asker;
  if ('on' in wish) return selectDevices(deps, asker, wish.on);
  if ('idxs' in wish) {
    const devices = await deps.devices.byIdx(
      tenant,
      wish.idxs.filter((idx) => scope?.has(idx) ?? true),
    );
    return { ...divide([...devices.values()]), on: null, isDeviceOnly: true };
  }
  const named = await deps.devices.named(tenant, wish.devices, scope);
  const other = named.find(({ isActive }) => !isActive);
  if (other !== undefined && wish.skipsInactive !== true)
    throw fail('E_DEVICE_STATE', {
      detail: `${other.hostname} (${other.id}) is not active; approve or release it first.`,
    });
  return { ...divide(named), on: null, isDeviceOnly: true };
}

/** Who fits an expression; a device that waits for approval or is quarantined fits as well, and takes no commands. */
async function selectDevices(
  { fleet }: TargetDeps,
  { tenant, within }: Asker,
  on: string,
): Promise<FoundDevices> {
  const expression = compileExpression(on, { for: 'server' });
  const [active, pending, quarantined] = await Promise.all(
    (['active', 'pending', 'quarantined'] as const).map((state) =>
      fleet.select(tenant, { expression, state, within }),
    ),
  );
  const leftOut = (devices: typeof active, why: ExcludedDevice['why']) =>
    Array.from(devices?.idxs ?? [], (idx) => ({ idx, why }));
  return {
    found: active?.ids.map((id, at) => ({ id, idx: active.idxs[at] ?? 0 })) ?? [],
    excluded: [...leftOut(pending, 'pending'), ...leftOut(quarantined, 'quarantined')],
    on,
    isDeviceOnly: expression.isDeviceOnly,
  };
}

type Named = Awaited<ReturnType<TargetSource['named']>>;

function divide(devices: Named): Pick<FoundDevices, 'found' | 'excluded'> {
  return {
    found: devices.filter(({ isActive }) => isActive),
    excluded: devices.flatMap(({ idx, state }) => (state === 'active' ? [] : [{ idx, why: state }])),
  };
}
