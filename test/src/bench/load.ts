// Load for the server benches: enrolled devices in a file, a bare server beside, and a driver that opens connections.
import { join } from 'node:path';
import { startFleet } from '../fleet/fleet.ts';
import { profiles } from '../fleet/profile.ts';
import { type Program, startNode } from '../support/processes.ts';
import { send } from '../support/server.ts';
import { until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';
import { benchProgram, makeBenchFolder, type ServerProcess } from './stage.ts';

/** Connections that a fleet begins in a second while it enrolls. */
const ENROLL_RATE = 150;
/** Longest wait for thousands of handshakes on a slow machine, ms. */
const PATIENCE_MS = 180_000;

/** Enrolls devices and lets them connect once; answers the file that holds their keys. */
export async function enrollFleet(t: BenchContext, server: ServerProcess, devices: number): Promise<string> {
  const devicesFile = join(await makeBenchFolder(t, 'fleet'), 'devices.json');
  const tokens = [await server.enrollmentToken(devices)];
  const wish = { url: server.url, devices, tokens, devicesFile, rate: ENROLL_RATE, profile: profiles.idle };
  const fleet = await startFleet(wish);
  await fleet.until(`${devices} devices are connected`, ({ online }) => online === devices, PATIENCE_MS);
  const { known } = await fleet.stop();
  if (known !== devices) throw new Error(`the fleet kept ${known} of ${devices} devices`);
  return devicesFile;
}

/** What a driver drives. */
export interface Target {
  readonly url: string;
  readonly pid: number;
  /** Frames received so far. */
  frames(): Promise<number>;
  /** Connections open now. */
  connections(): Promise<number>;
  /** Devices for a real server; '-' for the bare one. */
  readonly devicesFile: string;
}

/** The bare server as a target. */
export interface BareServer extends Target {
  stop(): Promise<void>;
}

/** Starts ws alone; with a folder of keys it ends TLS. */
export async function startBareServer(
  t: BenchContext,
  mode: 'sink' | 'echo',
  tlsFolder = '',
): Promise<BareServer> {
  const program = startNode(t, [benchProgram('bare-server'), mode, tlsFolder]);
  const url = await until('the bare server is ready', () => /^ready (\S+)$/m.exec(program.output())?.[1]);
  const ask = async () => (await send<{ frames: number; connections: number }>(url, { token: null })).body;
  return {
    url,
    pid: program.pid,
    devicesFile: '-',
    frames: async () => (await ask()).frames,
    connections: async () => (await ask()).connections,
    stop: () => program.kill(),
  };
}

/** The server under test as a target. */
export function targetOf({ url, pid, figure }: ServerProcess, devicesFile: string): Target {
  return {
    url,
    pid,
    devicesFile,
    frames: () => figure('muster_frames_total'),
    connections: () => figure('muster_sessions'),
  };
}

/** Connections held open by a process of their own. */
export interface Driver {
  /** Opens the second part. */
  openRest(): Promise<void>;
  /** What it printed at the end of its work: heartbeats sent, and in which time. */
  result(): Promise<{ readonly sent: number; readonly ms: number }>;
  stop(): Promise<void>;
}

/** Opens `first` connections, later `rest` more; `beatSeconds` sends heartbeats as fast as the target takes them. */
export async function startDriver(
  t: BenchContext,
  target: Target,
  { first, rest = 0, beatSeconds = 0 }: { first: number; rest?: number; beatSeconds?: number },
): Promise<Driver> {
  const work = beatSeconds > 0 ? ['beats', String(beatSeconds)] : ['idle'];
  const args = [benchProgram('drive'), target.url, target.devicesFile, `${first}+${rest}`, ...work];
  const program: Program = startNode(t, args);
  let failed = '';
  void program.ended.then((end) => {
    failed = `the driver ended with ${end}: ${program.output()}`;
  });
  const see = (pattern: RegExp) =>
    until(
      String(pattern),
      () => {
        if (failed !== '') throw new Error(failed);
        return pattern.exec(program.output());
      },
      PATIENCE_MS,
    );
  await see(new RegExp(`^open ${first}$`, 'm'));
  return {
    async openRest() {
      program.signal('SIGUSR2');
      await see(new RegExp(`^open ${first + rest}$`, 'm'));
    },
    result: async () => JSON.parse((await see(/^\{.*\}$/m))[0]),
    stop: () => program.kill(),
  };
}
