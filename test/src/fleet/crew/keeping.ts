// What is kept of devices from one run to the next, and how they are made or taken up again.
import { type Envelope, encodeBase64url } from '@muster/protocol';
import { hasFault, wrongClockMs } from '../faults.ts';
import { exportKey, importKey, makeKey, publicKeyOf } from './identity.ts';
import type { Tables } from './tables.ts';
import type { CrewOptions } from './world.ts';

/** A device as it is kept; its place is its number in the fleet. */
export interface KeptDevice {
  readonly id: string;
  readonly epoch: number;
  /** PKCS #8, base64. */
  readonly secret: string;
  /** Raw public key, base64url; absent: computed, which is slow. */
  readonly key?: string;
}

/** What is kept of a crew. */
export interface KeptCrew {
  readonly devices: Readonly<Record<string, KeptDevice>>;
  /** Trust documents in order. */
  readonly trust: readonly Envelope[];
}

/** Fills the columns: known devices as they were, the others with new keys. */
export function loadDevices(tables: Tables, options: CrewOptions, { devices }: KeptCrew): void {
  for (let slot = 0; slot < options.devices; slot++) {
    const device = options.first + slot;
    if (hasFault(options.faults, 'clocks', device)) tables.clockMs[slot] = wrongClockMs(device);
    const known = devices[device];
    if (known === undefined) {
      makeKey(tables, slot);
      continue;
    }
    tables.ids[slot] = known.id;
    tables.epochs[slot] = known.epoch;
    const key = known.key === undefined ? {} : { public: Buffer.from(known.key, 'base64url') };
    importKey(tables, slot, { secret: Buffer.from(known.secret, 'base64'), ...key });
  }
}

/** What the columns say of devices that have enrolled. */
export function keepDevices(tables: Tables, { devices, first }: CrewOptions): Record<string, KeptDevice> {
  const kept: Record<string, KeptDevice> = {};
  for (let slot = 0; slot < devices; slot++) {
    const id = tables.ids[slot] ?? '';
    if (id === '') continue;
    kept[first + slot] = {
      id,
      epoch: tables.epochs[slot] ?? 0,
      secret: exportKey(tables, slot).toString('base64'),
      key: encodeBase64url(publicKeyOf(tables, slot)),
    };
  }
  return kept;
}
