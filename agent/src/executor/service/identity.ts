// Who this device is, as the executor pinned it: taken once from the enrollment, never from the core again.
import { mkdir } from 'node:fs/promises';
import { fingerprint } from '@muster/protocol';
import { fail } from '../../errors.ts';
import { nodeCrypto, rawPublicKey } from '../../identity/crypto.ts';
import { createStateFolder } from '../../identity/state-folder.ts';
import { createDisk } from '../../platform/disk.ts';
import { createStorage } from '../../platform/storage.ts';
import { readWhole, writeWhole } from '../disk.ts';
import type { Pinned } from '../words.ts';

const NAME = 'identity.json';
const MAX_BYTES = 1024 * 1024;

function isPinned(value: unknown): value is Pinned {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return ['org', 'deviceId', 'fingerprint', 'trustHash'].every((name) => typeof fields[name] === 'string');
}

/** The pinned identity; null: none yet. @throws MusterError E_STATE */
export async function readPinned(folder: string): Promise<Pinned | null> {
  const bytes = await readWhole(createDisk(folder), NAME, MAX_BYTES);
  if (bytes === null) return null;
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isPinned(value)) throw fail('E_STATE');
  return value;
}

/** Pins the identity of the enrollment in the core's folder. @throws MusterError E_NOT_ENROLLED */
async function pinIdentity(stateDir: string, folder: string): Promise<Pinned> {
  const storage = createStorage(stateDir);
  // Read, never made: the folder is the core's, and what is not there yet is for the core to make.
  const writeAtomic = async () => {
    throw fail('E_NOT_ENROLLED');
  };
  const state = createStateFolder({ ...storage, writeAtomic });
  const enrollment = await state.enrollment();
  if (enrollment === null) throw fail('E_NOT_ENROLLED');
  const { device } = await state.keys();
  const { org, deviceId, trustHash, trust } = enrollment;
  const key = rawPublicKey(device);
  const pinned = { org, deviceId, trustHash, genesis: trust[0], fingerprint: fingerprint(key, nodeCrypto) };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(createDisk(folder), { folder: '.', name: NAME }, Buffer.from(JSON.stringify(pinned)));
  return pinned;
}

/** The pinned identity, pinned now where there is none. */
export async function openIdentity(
  stateDir: string,
  folder: string,
): Promise<{ readonly pinned: Pinned; readonly isNew: boolean }> {
  const known = await readPinned(folder);
  return { pinned: known ?? (await pinIdentity(stateDir, folder)), isNew: known === null };
}

/** Forgets who the device was: the next enrollment is another device. */
export async function forgetIdentity(folder: string): Promise<void> {
  await createDisk(folder).remove(NAME);
}

/** Forgets a device that left: its identity, and what its executor knew and held. Its results have nobody to go to any more. */
export async function forgetDevice(folder: string, deviceId: string): Promise<void> {
  const disk = createDisk(folder);
  await disk.remove(NAME);
  await disk.remove(deviceId);
}
