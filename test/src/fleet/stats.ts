// What a fleet counts, and how the counts of several processes become one.
import { addBuckets, type Buckets, countBuckets, quantileOf, subtractBuckets } from './histogram.ts';

/** Everything that is counted, each from the start of the fleet. */
export const counterNames = [
  /** Connections begun, and those that failed before their session was open. */
  'dials',
  'failed',
  'enrolled',
  'sessions',
  /** Sessions that ended although nobody wanted it: neither server nor fleet had said so. */
  'dropped',
  /** Sessions that the server ended with a word: reconnect or refuse. */
  'sentAway',
  'refused',
  'beats',
  /** Heartbeats that could not be sent within their interval. */
  'missed',
  'inventoryOffers',
  'inventoryBodies',
  'inventoryStored',
  'chunks',
  'chunksAcked',
  'chunksDropped',
  'alerts',
  /** Durable messages of all kinds: acknowledged, refused for ever, sent again. */
  'acked',
  'nacked',
  'resent',
  'offers',
  'accepted',
  'succeeded',
  'runsFailed',
  'runsRefused',
  'later',
  'pingsSent',
  'pingsAnswered',
  'protocolFaults',
  'sentBytes',
  'receivedBytes',
  /** What the faults did. */
  'vanished',
  'stormed',
  'slowReads',
  'clonesTried',
  'clonesCaught',
] as const;

export type CounterName = (typeof counterNames)[number];
export type Counters = Record<CounterName, number>;

/** Durations that are measured. */
export const latencyNames = [
  /** From the first byte sent to hello, TLS included. */
  'connect',
  /** From enroll to enrolled, and from auth to welcome. */
  'enroll',
  'auth',
  /** From a durable message to its acknowledgement. */
  'ack',
  /** From the end of a session that was not wanted to the next welcome. */
  'outage',
  /** How much later than planned a heartbeat was sent: the fleet's own slowness. */
  'lag',
] as const;

export type LatencyName = (typeof latencyNames)[number];

/** What came of one command on the devices of the fleet. Times are ms of the machine's monotonic clock, the same in all processes. */
export interface CommandTally {
  readonly offered: number;
  readonly firstOfferMs: number;
  readonly lastOfferMs: number;
  readonly ended: number;
  /** Ends that the server has acknowledged. */
  readonly acked: number;
  readonly lastAckMs: number;
}

/** One process of the fleet. */
export interface ProcessStats {
  readonly pid: number;
  readonly residentBytes: number;
  /** Processor time since its start, ms. */
  readonly cpuMs: number;
  /** Event loop delay since the last look, ms. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

/** The state of a fleet, or of one of its processes. */
export interface FleetStats {
  readonly devices: number;
  /** Devices that have an identity. */
  readonly known: number;
  readonly online: number;
  /** Devices whose connection is being opened, and those that wait for their next try. */
  readonly connecting: number;
  readonly waiting: number;
  /** Durable messages without an acknowledgement. */
  readonly unacked: number;
  readonly counters: Readonly<Counters>;
  readonly latencies: Readonly<Record<LatencyName, Buckets>>;
  /** Refusals and failures by code or words; the rarest are left out when there are many. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly commands: Readonly<Record<string, CommandTally>>;
  readonly processes: readonly ProcessStats[];
}

/** All counters at 0. */
export function zeroCounters(): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters;
}

function addRecords(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function addTallies(one: CommandTally | undefined, other: CommandTally): CommandTally {
  if (one === undefined) return other;
  return {
    offered: one.offered + other.offered,
    firstOfferMs: Math.min(one.firstOfferMs, other.firstOfferMs),
    lastOfferMs: Math.max(one.lastOfferMs, other.lastOfferMs),
    ended: one.ended + other.ended,
    acked: one.acked + other.acked,
    lastAckMs: Math.max(one.lastAckMs, other.lastAckMs),
  };
}

function addTwo(one: FleetStats, other: FleetStats): FleetStats {
  const commands = { ...one.commands };
  for (const [id, tally] of Object.entries(other.commands)) commands[id] = addTallies(commands[id], tally);
  return {
    devices: one.devices + other.devices,
    known: one.known + other.known,
    online: one.online + other.online,
    connecting: one.connecting + other.connecting,
    waiting: one.waiting + other.waiting,
    unacked: one.unacked + other.unacked,
    counters: addRecords(one.counters, other.counters) as Counters,
    latencies: Object.fromEntries(
      latencyNames.map((name) => [name, addBuckets(one.latencies[name], other.latencies[name])]),
    ) as FleetStats['latencies'],
    reasons: addRecords(one.reasons, other.reasons),
    commands,
    processes: [...one.processes, ...other.processes],
  };
}

/** The stats of nothing. */
const noStats: FleetStats = {
  devices: 0,
  known: 0,
  online: 0,
  connecting: 0,
  waiting: 0,
  unacked: 0,
  counters: zeroCounters(),
  latencies: { connect: [], enroll: [], auth: [], ack: [], outage: [], lag: [] },
  reasons: {},
  commands: {},
  processes: [],
};

/** All together. */
export function mergeStats(all: readonly FleetStats[]): FleetStats {
  return all.reduce(addTwo, noStats);
}

/** p50, p95 and p99 of a measured duration, ms; null where there was none. */
export function quantilesOf(stats: FleetStats, name: LatencyName): readonly (number | null)[] {
  return [0.5, 0.95, 0.99].map((share) => quantileOf(stats.latencies[name], share));
}

/** What was counted and measured between two looks; states and processes are those of the later one. */
export function statsSince(before: FleetStats, now: FleetStats): FleetStats {
  return {
    ...now,
    counters: Object.fromEntries(
      counterNames.map((name) => [name, now.counters[name] - before.counters[name]]),
    ) as Counters,
    latencies: Object.fromEntries(
      latencyNames.map((name) => [name, subtractBuckets(now.latencies[name], before.latencies[name])]),
    ) as FleetStats['latencies'],
    reasons: Object.fromEntries(
      Object.entries(now.reasons)
        .map(([reason, times]) => [reason, times - (before.reasons[reason] ?? 0)] as const)
        .filter(([, times]) => times > 0),
    ),
  };
}

/** The same for people and files: quantiles instead of buckets. */
export function describeStats(stats: FleetStats) {
  const latencies = latencyNames.map((name) => {
    const [p50, p95, p99] = quantilesOf(stats, name);
    return [name, { count: countBuckets(stats.latencies[name]), p50, p95, p99 }] as const;
  });
  return { ...stats, latencies: Object.fromEntries(latencies) };
}
