// Keys of simulated devices: real Ed25519 and X25519, made in the process.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A device's keys. */
export interface DeviceKeys {
  readonly deviceKey: Uint8Array;
  /** Empty for keys that were read back: it is sent once, at enrollment. */
  readonly sealKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Keys that can be kept from one run to the next. */
export interface KeepableKeys extends DeviceKeys {
  /** The private device key as PKCS #8. */
  secret(): Uint8Array;
}

function rawPublic(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** New keys. */
export function makeDeviceKeys(): KeepableKeys {
  const device = generateKeyPairSync('ed25519').privateKey;
  const seal = generateKeyPairSync('x25519').privateKey;
  return keysOf(device, rawPublic(seal));
}

/** Takes keys back from `secret()`. */
export function openDeviceKeys(secret: Uint8Array): KeepableKeys {
  const key = createPrivateKey({ key: Buffer.from(secret), format: 'der', type: 'pkcs8' });
  return keysOf(key, new Uint8Array(0));
}

function keysOf(device: KeyObject, sealKey: Uint8Array): KeepableKeys {
  return {
    deviceKey: rawPublic(device),
    sealKey,
    secret: () => device.export({ format: 'der', type: 'pkcs8' }),
    sign: (message) => sign(null, message, device),
  };
}

/** The signing half of an enrollment token's seed (PKCS #8 frame of RFC 8410 §7). */
export function seedSigner(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const frame = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({ key: Buffer.concat([frame, seed]), format: 'der', type: 'pkcs8' });
  return (message) => sign(null, message, key);
}
