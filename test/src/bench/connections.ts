// Bench of a whole fleet under the reference load MW-1: not one heartbeat missed, memory a device, and what it costs at steady state.
import type { FleetStats } from '../fleet/stats.ts';
import { statsSince } from '../fleet/stats.ts';
import { pause } from '../support/wait.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';
import {
  findServerPids,
  readCpu,
  readResident,
  startFleetOn,
  startFleetServer,
  sumFigure,
} from './fleet-house.ts';

/** Fleets that are held. A process may have 20,000 files open here, so plain devices take more workers. */
const FLEETS = [
  { title: 'TLS', tls: true, devices: 20_000, workers: 2, atMostKb: 48 },
  { title: 'plain', tls: false, devices: 50_000, workers: 3, atMostKb: 14 },
] as const;
/** Places of the server for each device. */
const SPARE_PLACES = 1.25;
/** Part of the devices that may be away at the beginning. */
const AWAY_SHARE = 0.0005;
/** V8 gives back what handshakes left behind once a process has been quiet; ms. */
const SETTLE_MS = 60_000;
const KB = 1_024;

interface Held {
  readonly kb: number;
  /** Processor time in a second of the steady state, ms: server, PostgreSQL, fleet. */
  readonly serverMs: number;
  readonly databaseMs: number;
  readonly fleetMs: number;
  readonly statements: number;
  readonly delta: FleetStats;
}

async function hold(context: BenchContext, wish: (typeof FLEETS)[number]): Promise<Held> {
  const { tls, workers, devices } = wish;
  // New connections go to the workers in turn, each of which has its part of the places: with none to spare, a full one refuses.
  const flags = ['--max-sessions', String(devices * SPARE_PLACES)];
  const server = await startFleetServer(context, { tls, workers, flags });
  await pause(5_000);
  const pids = findServerPids(server.pid);
  const emptyBytes = readResident(pids);
  const fleet = await startFleetOn(context, server, {
    devices,
    tls,
    // Two of MW-1's reconnects a day are always under way somewhere.
    until: ({ online }) => online >= devices * (1 - AWAY_SHARE),
  });
  await pause(SETTLE_MS);
  context.say(`watching ${wish.devices} ${wish.title} devices for ${context.minutes} minutes`);
  const database = await server.postgres();
  const read = async () => ({
    server: readCpu(pids),
    database: readCpu(database),
    fleet: readCpu(fleet.pids),
    statements: await sumFigure(server, 'muster_statements_total'),
    atMs: performance.now(),
    stats: await fleet.stats(),
  });
  const before = await read();
  await pause(context.minutes * 60_000);
  const after = await read();
  const seconds = (after.atMs - before.atMs) / 1_000;
  const kb = (readResident(pids) - emptyBytes) / wish.devices / KB;
  const sessions = await sumFigure(server, 'muster_sessions');
  if (Math.abs(sessions - wish.devices) > wish.devices / 1_000)
    throw new Error(`the server has ${sessions} sessions`);
  await fleet.stop();
  await server.stop();
  return {
    kb,
    serverMs: (after.server - before.server) / seconds,
    databaseMs: (after.database - before.database) / seconds,
    fleetMs: (after.fleet - before.fleet) / seconds,
    statements: (after.statements - before.statements) / seconds,
    delta: statsSince(before.stats, after.stats),
  };
}

async function run(context: BenchContext, wish: (typeof FLEETS)[number]): Promise<readonly Figure[]> {
  const held = await hold(context, wish);
  const { missed, dropped, failed, beats, chunksAcked } = held.delta.counters;
  const reasons = Object.entries(held.delta.reasons).map(([reason, times]) => `${reason} × ${times}`);
  const what = `${wish.devices.toLocaleString('en-US')} ${wish.title} devices`;
  return [
    {
      name: `${what}: heartbeats missed and sessions lost`,
      unit: '',
      value: missed + dropped,
      atMost: 0,
      note: `${wish.workers} workers; in ${context.minutes} minutes of MW-1: ${beats} heartbeats, ${chunksAcked} chunks acknowledged; ${missed} missed, ${dropped} lost, ${failed} attempts to come back failed${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
    },
    {
      name: `${what}: memory of the server a device`,
      unit: 'KB',
      value: held.kb,
      atMost: wish.atMostKb,
      note: `resident, supervisor and workers, ${SETTLE_MS / 60_000} and ${context.minutes} minutes after the last came, less what they had without devices`,
    },
    {
      name: `${what}: processor time of the server in a second`,
      unit: 'ms',
      value: held.serverMs,
      raw: { what: 'ms, the simulated fleet itself', value: held.fleetMs },
      note: `PostgreSQL ${held.databaseMs.toFixed(0)} ms, ${held.statements.toFixed(1)} statements a second`,
    },
  ];
}

export const connections: Bench = {
  id: 'connections',
  says: '20,000 TLS devices under the reference load on one machine',
  run: (context) => run(context, FLEETS[0]),
};

export const connectionsPlain: Bench = {
  id: 'connections-plain',
  says: '50,000 plain devices under the reference load on one machine',
  run: (context) => run(context, FLEETS[1]),
};
