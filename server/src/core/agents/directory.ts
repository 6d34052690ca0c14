// What the gateway asks of the features that own devices and enrollment; handed in, so that it imports none of them.
import type { Enroll, Enrolled, Welcome } from '@muster/protocol';

/** A device as the gateway needs it to open a session. */
export interface DeviceRecord {
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly deviceKey: Uint8Array;
  readonly state: 'pending' | 'active' | 'quarantined' | 'retired';
  readonly stateReason: string;
  /** Last epoch given out. */
  readonly epoch: number;
  /** Last epoch the device has shown it holds. */
  readonly epochSeen: number;
  /** Process to which the last epoch was given out; empty when no session was ever opened. */
  readonly gateway: string;
}

/** A device by its dense number. */
export interface DeviceNumber {
  readonly tenant: number;
  readonly idx: number;
}

/** What is written when a session opens. */
export interface OpeningSession {
  readonly tenant: number;
  readonly idx: number;
  readonly epoch: number;
  /** The epoch that the device presented, which it therefore holds. */
  readonly presentedEpoch: number;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly clockOffsetMs: number;
  /** The process that holds the socket. */
  readonly gateway: string;
}

/** Owned by the devices feature. */
export interface DeviceDirectory {
  /** The device with that id, or undefined. Lookups of many devices share a statement. */
  find(deviceId: string): Promise<DeviceRecord | undefined>;
  /** Commits the new epoch; rejects with E_UNAVAILABLE when it cannot be stored. */
  open(opening: OpeningSession): Promise<void>;
  /** The first frame of the session arrived: the device holds its epoch and is online. */
  confirm(tenant: number, idx: number, epoch: number): void;
  /** The session of that epoch ended; the end of an older one than the newest changes nothing. */
  offline(tenant: number, idx: number, epoch: number): void;
  /** Two machines hold one key, or an old copy came back. */
  quarantine(tenant: number, idx: number, reason: string): Promise<void>;
  /** Those of these devices that may have no session any more. One statement. */
  findInactive(
    devices: readonly DeviceNumber[],
  ): Promise<readonly (DeviceNumber & { readonly state: 'quarantined' | 'retired' })[]>;
}

/** What the socket knows when it hands an enrollment on. */
export interface EnrollContext {
  readonly serverNonce: string;
  /** TLS exporter bytes, or empty. */
  readonly binding: Uint8Array;
}

/** Owned by the enrollment feature. Rejects with a MusterError whose code goes to the device. */
export type EnrollDevice = (enroll: Enroll, context: EnrollContext) => Promise<Enrolled>;

/** Owned by the trust feature. */
export interface TrustSource {
  readonly tenant: number;
  readonly org: string;
  version(): number;
  /** Documents after that version, oldest first, at most MAX_TRUST_CHAIN. */
  chainAfter(version: number): Welcome['trust'];
  /** Signs with the server's key: `{payload, payloadType, signatures}`. */
  seal(payloadType: string, body: object): Welcome['envelope'];
}
