// What all parts of a crew share: columns, clock, timers, counts, and the way out to a socket.
import type { AgentMessage } from '@muster/protocol';
import type { Faults } from '../faults.ts';
import type { Profile } from '../profile.ts';
import type { CounterName, LatencyName } from '../stats.ts';
import type { Tables, TIMER } from './tables.ts';

/** What the devices of one process do. Plain data: it goes to the process as a message. */
export interface CrewOptions {
  readonly url: string;
  /** Enrollment tokens; a device takes the one of its site, where there are several. None: only known devices connect. */
  readonly tokens: readonly string[];
  readonly devices: number;
  /** Number of the first device of this process in the fleet. */
  readonly first: number;
  /** First connections begun in a second, by this process. */
  readonly rate: number;
  /** First connections of this process that are under way at once; later ones come when the devices want to, as in life. */
  readonly maxOpening: number;
  readonly profile: Profile;
  /** Divides the server's own heartbeat interval. */
  readonly speed: number;
  readonly faults: Faults;
  /** Time between two storms, ms; 0: only when told. */
  readonly stormEveryMs: number;
  /** The first two numbers of loopback source addresses; '': the system chooses. */
  readonly addresses: string;
  /** TLS sessions are resumed. */
  readonly resume: boolean;
  /** The server's signature on each welcome is verified, as an agent does; costs 0.2 ms a session. */
  readonly checkWelcome: boolean;
  /** Distinct courses of measurements that the devices share; as many as devices: each its own. */
  readonly courses: number;
  /** `all`: accepted, running, end; `merged`: as an agent merges what follows within 25 ms. */
  readonly reports: 'all' | 'merged';
  /** How long a run takes, ms, on average; 0: at once. */
  readonly runMs: number;
  /** Share of runs that fail. */
  readonly failShare: number;
  /** Trouble to look at: filling disks with alerts, failed jobs with words. */
  readonly isDemo: boolean;
}

/** The parts' way to everything else. A slot is the number of a device in its process. */
export interface World {
  readonly options: CrewOptions;
  readonly tables: Tables;
  /** ms of the process's monotonic clock. */
  now(): number;
  /** The device's own clock, ms since 1970. */
  deviceNow(slot: number): number;
  /** Number of the device in the fleet; a clone has that of its original. */
  deviceOf(slot: number): number;
  /** [0, 1). */
  random(): number;
  arm(slot: number, timer: (typeof TIMER)[keyof typeof TIMER], delayMs: number): void;
  disarm(slot: number, timer: (typeof TIMER)[keyof typeof TIMER]): void;
  count(name: CounterName, by?: number): void;
  measure(name: LatencyName, ms: number): void;
  /** Notes a code, or words, of a refusal or failure. */
  note(reason: string): void;
  /** False when there is no open socket, or too much waits on it. */
  send(slot: number, message: AgentMessage | Uint8Array): boolean;
}
