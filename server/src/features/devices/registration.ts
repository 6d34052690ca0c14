// Puts devices into the table, once however often one asks, and lets them change their names; inside the caller's transaction.

import type { RawTransaction } from '../../core/db/pool.ts';
import { newId } from '../../core/ids.ts';
import { toShownName } from './hostname.ts';
import {
  type DeviceName,
  insertDevice,
  type KnownDevice,
  type NewDevice,
  selectByKey,
  updateHostnames,
} from './store.ts';

/** A device as enrollment describes it. */
export type Registration = Omit<NewDevice, 'id'>;

/** What became of it. */
export interface Registered {
  readonly deviceId: string;
  readonly idx: number;
  readonly state: KnownDevice['state'];
  /** False when the key was known before. */
  readonly isNew: boolean;
}

/** The device with that key, or null. A retired one is found too: its key does not come back. */
export async function findRegistered(
  tx: RawTransaction,
  tenant: number,
  deviceKey: Uint8Array,
): Promise<Registered | null> {
  const known = await selectByKey(tx, tenant, deviceKey);
  return known === undefined
    ? null
    : { deviceId: known.id, idx: known.idx, state: known.state, isNew: false };
}

/** Inserts the device under a new random id. A second insert of the same key in another transaction is a unique violation. */
export async function register(tx: RawTransaction, registration: Registration): Promise<Registered> {
  const deviceId = newId('dev');
  // A name of nothing that can be read is no name: the id stands there instead.
  const hostname = toShownName(registration.hostname) ?? deviceId;
  const idx = await insertDevice(tx, { ...registration, hostname, id: deviceId });
  return { deviceId, idx, state: registration.state, isNew: true };
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
