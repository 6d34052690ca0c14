// Puts devices into the table, once however often one asks, and lets them change their names.

import { fingerprint } from '@muster/protocol';
import type { DeviceRecord } from '../../core/agents/directory.ts';
import { formatEvent } from '../../core/audit/event.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import type { RawSql, RawTransaction } from '../../core/db/pool.ts';
import { newId } from '../../core/ids.ts';
import { toShownName } from './hostname.ts';
import { type DeviceName, updateHostnames } from './store.ts';
import { type Judgment, type NewDevice, registerDevices } from './store-registration.ts';

/** A device that was registered, now or before. */
export interface Registered {
  readonly deviceId: string;
  readonly idx: number;
  /** A retired one is found too: its key does not come back. */
  readonly state: DeviceRecord['state'];
  /** False when the key was known before this registration was first tried. */
  readonly isNew: boolean;
}

/** A device as it asks. */
export type WantedDevice = Omit<NewDevice, 'id' | 'eventActive' | 'eventPending'>;

/** Describes a device as it will be stored, under a new random id; trying it again gives no second device. */
export function describeDevice(device: WantedDevice): NewDevice {
  const id = newId('dev');
  // A name of nothing that can be read is no name: the id stands there instead.
  const hostname = toShownName(device.hostname) ?? id;
  const eventOf = (state: 'active' | 'pending') =>
    formatEvent({
      tenant: 0,
      act: 'device.enroll',
      actor: { kind: 'device', id, name: hostname, address: '' },
      outcome: 'done',
      code: '',
      subject: { kind: 'device', id, name: hostname },
      detail: { token: device.tokenId, state, fingerprint: fingerprint(device.deviceKey, nodeCrypto) },
      requestId: '',
    });
  return { ...device, id, hostname, eventActive: eventOf('active'), eventPending: eventOf('pending') };
}

/**
 * Registers devices in one statement, in their order; their keys must differ. Answers for each with the device that has the key, or
 * with the code with which `judgment` keeps it out. The same key in another transaction at the same time is a unique violation of
 * `device_key_unique`: tried again, it is found.
 */
export async function registerAll(
  sql: RawSql,
  wanted: { readonly tenant: number; readonly devices: readonly NewDevice[]; readonly judgment: Judgment },
): Promise<(Registered | string)[]> {
  const rows = new Map((await registerDevices(sql, wanted)).map((row) => [row.at, row]));
  return wanted.devices.map(({ id }, at) => {
    const row = rows.get(at + 1);
    if (row === undefined) throw new Error('a registration has no outcome');
    if (row.code !== null) return row.code;
    return { deviceId: row.id, idx: row.idx, state: row.state, isNew: row.id === id };
  });
}

/**
 * Takes over what devices call themselves, inside the transaction that stores where they said so; returns those whose name
 * changed. A name of nothing that can be read leaves the former one.
 */
export async function rename(
  tx: RawTransaction,
  names: readonly DeviceName[],
): Promise<readonly Omit<DeviceName, 'hostname'>[]> {
  const readable = names.flatMap((one) => {
    const hostname = toShownName(one.hostname);
    return hostname === null ? [] : [{ ...one, hostname }];
  });
  return readable.length === 0 ? [] : await updateHostnames(tx, readable);
}
