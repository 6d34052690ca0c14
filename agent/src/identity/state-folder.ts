// What the agent remembers about itself between runs: its keys, its enrollment, its epoch, its trust documents.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Envelope } from '@muster/protocol';
import { fail } from '../errors.ts';
import { isDiskFull, type Storage } from '../platform/storage.ts';

/** The device's own keys, made on it. They are written before the first use and never leave the folder. */
export interface DeviceKeys {
  /** Ed25519, proves who the device is. */
  readonly device: KeyObject;
  /** X25519, opens what must reach only this device. */
  readonly seal: KeyObject;
}

/** The outcome of an enrollment. */
export interface Enrollment {
  readonly serverUrl: string;
  readonly org: string;
  readonly deviceId: string;
  readonly state: 'active' | 'pending';
  readonly enrolledAt: string;
  /** Trust documents from the one that the token pinned to the newest known, as received. */
  readonly trust: readonly Envelope[];
  /** base64url sha256 of the first one, from the token. */
  readonly trustHash: string;
}

/** Files of the state folder. */
export interface StateFolder {
  /** Keys of an earlier run, or new ones, on disk before they are returned. */
  keys(): Promise<DeviceKeys>;
  enrollment(): Promise<Enrollment | null>;
  saveEnrollment(enrollment: Enrollment): Promise<void>;
  /** Last epoch the server issued; 0 before the first session. */
  epoch(): Promise<number>;
  /** Takes no space where an earlier epoch lies. @throws MusterError E_DISK_FULL */
  saveEpoch(epoch: number): Promise<void>;
  /** Removes enrollment, epoch and keys: the device is unknown afterwards. */
  forget(): Promise<void>;
}

const KEYS = 'identity.json';
const ENROLLMENT = 'enrollment.json';
const EPOCH = 'epoch.json';
/** Size of the epoch's file: always the same, so that the next epoch fits over it; far below a sector, which is written whole. */
const EPOCH_BYTES = 64;

async function readJson(storage: Storage, path: string): Promise<unknown> {
  const size = await storage.size(path);
  if (size === null) return null;
  const bytes = await storage.readRange(path, 0, size);
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
  } catch (cause) {
    throw fail('E_STATE', {
      cause,
      detail: `The file ${path} of the state folder is damaged; restore it, or remove the folder and enroll again.`,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isEnrollment(value: unknown): value is Enrollment {
  return (
    isRecord(value) &&
    typeof value.serverUrl === 'string' &&
    typeof value.org === 'string' &&
    typeof value.deviceId === 'string' &&
    typeof value.trustHash === 'string' &&
    Array.isArray(value.trust)
  );
}

function parseKeys(value: unknown): DeviceKeys {
  if (!isRecord(value) || typeof value.device !== 'string' || typeof value.seal !== 'string')
    throw fail('E_STATE');
  return { device: createPrivateKey(value.device), seal: createPrivateKey(value.seal) };
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function exportKey(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** A session must not be refused because the disk is full: the device could not even send what the server asks it to drop. */
async function writeEpoch(storage: Storage, epoch: number): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify({ epoch }).padEnd(EPOCH_BYTES - 1)}\n`);
  try {
    await storage.writeAtomic(EPOCH, bytes);
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    if (!(await storage.overwrite(EPOCH, bytes))) throw fail('E_DISK_FULL', { cause });
  }
}

/** Opens the state folder behind `storage`. */
export function createStateFolder(storage: Storage): StateFolder {
  return {
    async keys() {
      const known = await readJson(storage, KEYS);
      if (known !== null) return parseKeys(known);
      const keys = {
        device: generateKeyPairSync('ed25519').privateKey,
        seal: generateKeyPairSync('x25519').privateKey,
      };
      await storage.writeAtomic(KEYS, encode({ device: exportKey(keys.device), seal: exportKey(keys.seal) }));
      return keys;
    },
    async enrollment() {
      const value = await readJson(storage, ENROLLMENT);
      if (value === null) return null;
      if (!isEnrollment(value)) throw fail('E_STATE');
      return value;
    },
    saveEnrollment: (enrollment) => storage.writeAtomic(ENROLLMENT, encode(enrollment)),
    async epoch() {
      const value = await readJson(storage, EPOCH);
      return isRecord(value) && typeof value.epoch === 'number' ? value.epoch : 0;
    },
    saveEpoch: (epoch) => writeEpoch(storage, epoch),
    async forget() {
      for (const path of [ENROLLMENT, EPOCH, KEYS]) await storage.remove(path);
    },
  };
}
