// Puts an enrolling device into the table: once, however often it asks, inside the transaction that spends its token.

import type { RawTransaction } from '../../core/db/pool.ts';
import { newId } from '../../core/ids.ts';
import { insertDevice, type KnownDevice, type NewDevice, selectByKey } from './store.ts';

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
  const idx = await insertDevice(tx, { ...registration, id: deviceId });
  return { deviceId, idx, state: registration.state, isNew: true };
}
