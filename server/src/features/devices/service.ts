// Decides about devices: how they are shown, and which decision is possible in which state.
import { type Crypto, fingerprint } from '@muster/protocol';
import { type AuditEvent, type AuditOrigin, done } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { AdminDb } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { MISSING_AFTER_MS } from '../fleet/index.ts';
import { type DeviceRow, type LabelChanges, selectDevice, updateLabels, updateState } from './admin-store.ts';
import { type Device, type DeviceDecision, type DeviceFacts, MAX_LABELS } from './schema.ts';

/** What a decision moves, from where to where. */
const moves = {
  approve: { from: ['pending'], to: 'active' },
  release: { from: ['quarantined'], to: 'active' },
  // Again for a retired one: what follows from it may have failed the first time.
  retire: { from: ['pending', 'active', 'quarantined', 'retired'], to: 'retired' },
} as const satisfies Record<string, { from: DeviceRow['state'][]; to: DeviceRow['state'] }>;

function presenceOf(row: DeviceRow, nowMs: number): Device['presence'] {
  if (row.online) return 'online';
  if (row.lastSeenAt === null) return 'never';
  return nowMs - row.lastSeenAt.getTime() >= MISSING_AFTER_MS ? 'missing' : 'offline';
}

/** A device as the API shows it. */
export function toDevice(
  row: DeviceRow,
  { nowMs, crypto, facts }: { nowMs: number; crypto: Crypto; facts: DeviceFacts | null },
): Device {
  return {
    id: row.id,
    hostname: row.hostname,
    state: row.state,
    stateReason: row.stateReason,
    presence: presenceOf(row, nowMs),
    platform: row.platform,
    agentVersion: row.agentVersion,
    labels: row.labels,
    fingerprint: fingerprint(row.deviceKey, crypto),
    enrolledAt: row.enrolledAt.toISOString(),
    enrolledWith: row.tokenId,
    onlineSince: row.onlineSince?.toISOString() ?? null,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    clockOffsetMs: row.clockOffsetMs,
    facts,
  };
}

/** The device, or E_NOT_FOUND. */
export async function requireDevice(db: AdminDb, tenant: number, id: string): Promise<DeviceRow> {
  const row = await withMappedErrors(() => selectDevice(db, tenant, id));
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no device with that id.' });
  return row;
}

/** The event of a change of a device, which is named as it was called before. */
function eventOf(
  before: DeviceRow,
  origin: AuditOrigin,
  change: Pick<AuditEvent, 'act' | 'detail'>,
): AuditEvent {
  const { tenant, id, hostname } = before;
  return done(origin, { tenant, ...change, subject: { kind: 'device', id, name: hostname } });
}

/** Sets and removes labels by key. @throws MusterError E_NOT_FOUND, E_CONFLICT for too many */
export async function changeLabels(
  db: AdminDb,
  place: { readonly tenant: number; readonly id: string },
  { changes, origin }: { readonly changes: LabelChanges; readonly origin: AuditOrigin },
): Promise<DeviceRow> {
  const before = await requireDevice(db, place.tenant, place.id);
  const entries = Object.entries(changes);
  const event = eventOf(before, origin, {
    act: 'device.label',
    detail: {
      set: entries.flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`])),
      removed: entries.flatMap(([key, value]) => (value === null ? [key] : [])),
    },
  });
  const row = await withMappedErrors(() => updateLabels(db, place, { changes, most: MAX_LABELS, event }));
  if (row !== undefined) return row;
  await requireDevice(db, place.tenant, place.id);
  throw fail('E_CONFLICT', { detail: `A device has at most ${MAX_LABELS} labels; remove some first.` });
}

/** Carries out a decision. @throws MusterError E_NOT_FOUND, E_DEVICE_STATE */
export async function decide(
  db: AdminDb,
  place: { readonly tenant: number; readonly id: string },
  { decision, clock, origin }: { decision: DeviceDecision['decision']; clock: Clock; origin: AuditOrigin },
): Promise<DeviceRow> {
  const { from, to } = moves[decision];
  const at = new Date(clock.now());
  const before = await requireDevice(db, place.tenant, place.id);
  const event = eventOf(before, origin, { act: `device.${decision}`, detail: { before: before.state } });
  const row = await withMappedErrors(() => updateState(db, place, { from: [...from], to, at, event }));
  if (row !== undefined) return row;
  const present = await requireDevice(db, place.tenant, place.id);
  throw fail('E_DEVICE_STATE', {
    detail: `The device is ${present.state}; only a device that is ${from.join(' or ')} can be decided on so.`,
  });
}
