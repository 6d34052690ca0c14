// The devices of an order: exactly those that were signed, and all of them within what the caller may order this for.
import type { AuditOrigin } from '../../core/audit/audit.ts';
import type { CheckTargets } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { TargetSource } from '../devices/index.ts';
import { idxsOf, type Job } from './job.ts';
import type { JudgedCommand } from './judge.ts';
import type { Snapshots } from './targets.ts';
import type { TargetTree } from './tree.ts';

/** Where the devices of orders are found. */
interface TargetPlaces {
  readonly devices: TargetSource;
  readonly snapshots: Snapshots;
}

/** An order as it comes in. */
export interface JobOrder {
  readonly tenant: number;
  /** Name of the token. */
  readonly madeBy: string;
  readonly origin: AuditOrigin;
  /** Refuses targets that the caller may not order this for. */
  readonly check: CheckTargets;
  readonly envelope: unknown;
  readonly snapshot: string | undefined;
  readonly content: readonly string[];
  readonly concurrency: number | undefined;
  readonly batches: readonly number[];
  readonly stopAtFailures: number | undefined;
  readonly dedupeKey: string | undefined;
}

/** The devices of an order: numbers, and the tree where the command has a root. */
interface Targets {
  readonly idxs: Iterable<number>;
  /** The expression by which this server found them; null: none, or that is not known. */
  readonly on: string | null;
  readonly tree: TargetTree | null;
}

/** Devices named in the command, compared with what is stored: a device refuses otherwise, only later. */
async function listTargets(
  { devices, snapshots }: TargetPlaces,
  order: JobOrder,
  judged: JudgedCommand,
): Promise<Targets | null> {
  const { targets } = judged.command;
  if (!('list' in targets)) return null;
  const found = await devices.named(
    order.tenant,
    targets.list.map(({ id }) => id),
  );
  // Before anything is said about a device.
  await checkOrder(
    order,
    judged,
    found.map(({ idx }) => idx),
  );
  const byId = new Map(found.map((device) => [device.id, device]));
  for (const { id, hostname, fingerprint } of targets.list) {
    const device = byId.get(id);
    if (device?.isActive !== true)
      throw fail('E_DEVICE_STATE', { detail: `${hostname} (${id}) is not active.` });
    if (device.hostname === hostname && device.fingerprint === fingerprint) continue;
    throw fail('E_TARGET', {
      detail: `${id} is called ${device.hostname} (${device.fingerprint}) now, not ${hostname} (${fingerprint}); look again and sign anew.`,
    });
  }
  const idxs = found.map(({ idx }) => idx);
  return { idxs, on: expressionOf(snapshots, order, idxs), tree: null };
}

/** What approvers are shown beside the signed devices must be true of them: whoever orders could write anything. */
function expressionOf(
  snapshots: Snapshots,
  { tenant, snapshot: id }: JobOrder,
  idxs: readonly number[],
): string | null {
  const snapshot = id === undefined ? undefined : snapshots.peek(tenant, id);
  if (snapshot === undefined || snapshot.idxs.length !== idxs.length) return null;
  const named = new Set(idxs);
  return snapshot.idxs.every((idx) => named.has(idx)) ? snapshot.on : null;
}

/** The devices of a snapshot, which must be exactly those that were signed. */
async function treeTargets(
  { snapshots }: TargetPlaces,
  order: JobOrder,
  judged: JudgedCommand,
): Promise<Targets> {
  const { targets } = judged.command;
  if (order.snapshot === undefined || !('root' in targets)) throw fail('E_SNAPSHOT');
  const snapshot = snapshots.find(order.tenant, order.snapshot);
  await checkOrder(order, judged, snapshot.idxs);
  if (snapshot.tree.root !== targets.root || snapshot.ids.length !== targets.count) {
    throw fail('E_TARGET', {
      detail: 'The signed targets are not those of the snapshot; ask for the devices again and sign anew.',
    });
  }
  return { idxs: snapshot.idxs, on: snapshot.on, tree: snapshot.tree };
}

/** The devices of an order. @throws MusterError E_SCOPE, E_DEVICE_NAME, E_DEVICE_STATE, E_TARGET, E_SNAPSHOT */
export async function findTargets(
  places: TargetPlaces,
  order: JobOrder,
  judged: JudgedCommand,
): Promise<Targets> {
  return (await listTargets(places, order, judged)) ?? (await treeTargets(places, order, judged));
}

/** Content by what is signed alone: what else is handed in with an order proves nothing. @throws MusterError E_SCOPE */
function checkOrder(
  { check }: Pick<JobOrder, 'check'>,
  { kind, command }: JudgedCommand,
  idxs: Iterable<number>,
): Promise<void> {
  return check({ kind, contents: contentsOf(command) }, idxs);
}

/** The same of a job that is there. @throws MusterError E_SCOPE */
export function checkJob({ check }: Pick<JobOrder, 'check'>, job: Job): Promise<void> {
  return check(
    { kind: job.kind, contents: contentsOf(job.command) },
    idxsOf(job, () => true),
  );
}

function contentsOf({ args }: Job['command']): string[] {
  return typeof args.content === 'string' ? [args.content] : [];
}
