// Admin queries of the devices feature, by drizzle.
import { and, asc, eq, gt, inArray, like, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { auditIfChanged } from '../../core/audit/store.ts';
import type { AdminDb } from '../../core/db/pool.ts';
import { device } from './tables.ts';

/** A device as it is read for the API. */
export type DeviceRow = typeof device.$inferSelect;

/** A place in the list, which is sorted by host name, then number. */
export interface DeviceCursor {
  readonly hostname: string;
  readonly idx: number;
}

/** What a list is narrowed by. */
export interface DeviceFilter {
  readonly state?: DeviceRow['state'] | undefined;
  /** Beginning of the host name. */
  readonly hostname?: string | undefined;
  /** Beginning of the id. */
  readonly id?: string | undefined;
}

function startsWith(column: PgColumn, prefix: string): SQL {
  return like(column, `${prefix.replace(/[\\%_]/g, '\\$&')}%`);
}

/** One page of devices by host name. */
export function selectDevices(
  db: AdminDb,
  tenant: number,
  { filter, after, limit }: { filter: DeviceFilter; after: DeviceCursor | null; limit: number },
): Promise<DeviceRow[]> {
  const later =
    after === null
      ? undefined
      : or(
          gt(device.hostname, after.hostname),
          and(eq(device.hostname, after.hostname), gt(device.idx, after.idx)),
        );
  return db
    .select()
    .from(device)
    .where(
      and(
        eq(device.tenant, tenant),
        filter.state === undefined ? undefined : eq(device.state, filter.state),
        filter.hostname === undefined ? undefined : startsWith(device.hostname, filter.hostname),
        filter.id === undefined ? undefined : startsWith(device.id, filter.id),
        later,
      ),
    )
    .orderBy(asc(device.hostname), asc(device.idx))
    .limit(limit);
}

/** The devices of these numbers, in no order. */
export function selectNumbered(db: AdminDb, tenant: number, idxs: readonly number[]): Promise<DeviceRow[]> {
  return db
    .select()
    .from(device)
    .where(and(eq(device.tenant, tenant), inArray(device.idx, [...idxs])));
}

/** The device with that id. */
export async function selectDevice(db: AdminDb, tenant: number, id: string): Promise<DeviceRow | undefined> {
  const [row] = await db
    .select()
    .from(device)
    .where(and(eq(device.tenant, tenant), eq(device.id, id)));
  return row;
}

/** Moves a device to a state if it is in one of `from`, and writes the event; undefined when it was not, and there is no event. */
export async function updateState(
  db: AdminDb,
  place: { readonly tenant: number; readonly id: string },
  move: {
    readonly from: DeviceRow['state'][];
    readonly to: DeviceRow['state'];
    readonly at: Date;
    readonly event: AuditEvent;
  },
): Promise<DeviceRow | undefined> {
  const update = db
    .update(device)
    .set({
      state: move.to,
      stateReason: '',
      // Whichever copy comes first after a release is the device; its epoch counts from there.
      ...(move.to === 'active' ? { approvedAt: move.at, epochSeen: 0 } : {}),
    })
    .where(and(eq(device.tenant, place.tenant), eq(device.id, place.id), inArray(device.state, move.from)))
    .returning();
  const changed = db.$with('changed').as(update);
  const audited = db.$with('audited', {}).as(auditIfChanged(move.event));
  const [row] = await db.with(changed, audited).select().from(changed);
  return row;
}

/** Labels to be set by key; those without a value are taken away. */
export type LabelChanges = Readonly<Record<string, string | null>>;

/**
 * Changes labels of a device in one statement with its event, so that two who change different ones do not undo each other; undefined when
 * there is none with that id, or it would have more than `most`.
 */
export async function updateLabels(
  db: AdminDb,
  place: { readonly tenant: number; readonly id: string },
  {
    changes,
    most,
    event,
  }: { readonly changes: LabelChanges; readonly most: number; readonly event: AuditEvent },
): Promise<DeviceRow | undefined> {
  const entries = Object.entries(changes);
  const set = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== null)));
  const removed = JSON.stringify(entries.filter(([, value]) => value === null).map(([key]) => key));
  const labels = sql`((${device.labels} || ${set}::jsonb) - ARRAY(SELECT jsonb_array_elements_text(${removed}::jsonb)))`;
  const update = db
    .update(device)
    .set({ labels })
    .where(
      and(
        eq(device.tenant, place.tenant),
        eq(device.id, place.id),
        sql`(SELECT count(*) FROM jsonb_object_keys(${labels})) <= ${most}`,
      ),
    )
    .returning();
  const changed = db.$with('changed').as(update);
  const audited = db.$with('audited', {}).as(auditIfChanged(event));
  const [row] = await db.with(changed, audited).select().from(changed);
  return row;
}
