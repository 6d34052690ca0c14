// What the gateway is handed: the features' answers, clock and limits; it imports no feature.
import type { Crypto } from '@muster/protocol';
import type { Bus } from '../bus/bus.ts';
import type { DeviceDirectory, EnrollDevice, TrustSource } from '../core/agents/directory.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { AdmissionLimits } from './admission.ts';
import type { Wheel } from './liveness.ts';

/** What the gateway is made of. */
export interface GatewayDeps {
  /** How other processes of this server are reached; its id names this gateway. */
  readonly bus: Bus;
  /** Told which other process is the controller, as often as it says so; null: it is gone. */
  followed?(controller: string | null): void;
  readonly directory: DeviceDirectory;
  readonly enroll: EnrollDevice;
  readonly trust: TrustSource;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly log: Logger;
  readonly admission: AdmissionLimits;
  /** How late the event loop is, ms. */
  delayMs(): number;
  readonly authDeadlineMs: number;
  readonly beatMs: number;
  /** Makes the timer wheel with the gateway's callback. */
  createWheel(expired: (slot: number) => void): Wheel;
}
