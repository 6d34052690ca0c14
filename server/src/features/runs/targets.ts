// Finds the devices that somebody means and keeps them for a while, so that what is signed is exactly what was shown.

import { randomBytes } from 'node:crypto';
import { encodeBase32 } from '@muster/protocol';
import { compileExpression, type DeviceValues, type Expression } from '@muster/protocol/language';
import type { Connections } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { pause } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import type { JudgedRow, TargetSource } from '../devices/index.ts';
import { MAX_SNAPSHOT_DEVICES, MAX_SNAPSHOTS, SNAPSHOT_MS } from './limits.ts';
import { buildTree, type TargetTree } from './tree.ts';

/** Facts of devices by number, as far as an expression names them. */
export type ReadFacts = (
  tenant: number,
  names: Iterable<string>,
) => Promise<ReadonlyMap<number, DeviceValues>>;

/** Where targets are looked for. */
export interface TargetDeps {
  readonly devices: TargetSource;
  readonly facts: ReadFacts;
  readonly connections: Connections;
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
  /** @throws MusterError E_EXPRESSION, E_DEVICE_NAME, E_DEVICE_STATE, E_NO_TARGETS, E_RANGE */
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
    const found = await withMappedErrors(() => evaluateAll(deps, tenant, expression));
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

/** Asks the expression of every active device. */
async function evaluateAll(
  { devices, facts: readFacts, connections, clock }: TargetDeps,
  tenant: number,
  expression: Expression,
): Promise<Found[]> {
  const nowMs = clock.now();
  const facts = await readFacts(tenant, expression.names);
  const found: Found[] = [];
  for await (const page of devices.judged(tenant)) {
    for (const row of page) {
      const isOnline = connections.find(tenant, row.idx) !== undefined;
      const values = { ...facts.get(row.idx), ...serverFacts(row, isOnline, nowMs) };
      if (expression.evaluate({ values, labels: row.labels, nowMs }))
        found.push({ idx: row.idx, id: row.id });
    }
    await pause();
  }
  return found;
}

/** Time after which a device that is offline counts as missing, ms. */
const MISSING_MS = 30 * 86_400_000;

/** What the server itself knows of a device. */
function serverFacts(row: JudgedRow, isOnline: boolean, nowMs: number): DeviceValues {
  const seenMs = row.lastSeenAt?.getTime();
  const away = seenMs === undefined ? 'never' : nowMs - seenMs >= MISSING_MS ? 'missing' : 'offline';
  const seen = isOnline ? nowMs : seenMs;
  return {
    id: row.id,
    state: row.state,
    presence: isOnline ? 'online' : away,
    enrolled_at: row.enrolledAt.getTime(),
    ...(seen === undefined ? {} : { seen_at: seen }),
  };
}
