// The one interface of all service managers.
import type { KindContext, Program } from '../kind.ts';

/** What is done to a service. */
export type ServiceVerb = 'start' | 'stop' | 'restart' | 'enable' | 'disable';

/** How a service stands. */
export interface ServiceState {
  /** Its first name; what was asked for may be another name of it. */
  readonly id: string;
  readonly active: boolean;
  /** Null: it is neither, as a unit that only others start; or that cannot be told. */
  readonly enabled: boolean | null;
  /** Why it may not be started; '' when it may. */
  readonly blocked: string;
  /** True for one that does its work and ends: not running is no failure. */
  readonly endsByItself: boolean;
  /** Ms since the machine started, when it became active; null where that cannot be told. */
  readonly activeSinceBootMs: number | null;
  /** True: an instance of a template that the device itself does not use: it neither runs nor starts with anything. */
  readonly isNewInstance: boolean;
}

/** A service manager of a device, with its programs found. */
export interface ServiceManager {
  readonly name: 'systemd' | 'openrc' | 'sysv';
  /** Null: there is no such service. */
  readState(context: KindContext, service: string): Promise<ServiceState | null>;
  /** The same of several by one program, in their order. Absent: they are asked one by one. */
  readStates?(context: KindContext, services: readonly string[]): Promise<readonly (ServiceState | null)[]>;
  /** Null: this manager has no means to. */
  change(context: KindContext, verb: ServiceVerb, service: string): Promise<Program | null>;
}

/** Longest time a service is given to come up or go down, ms. */
export const CHANGE_MS = 300_000;
