// The house of the benches with a whole fleet: a server in as many workers as are wanted, its database, and simulated devices.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { type Fleet, type FleetWish, startFleet } from '../fleet/fleet.ts';
import { profiles } from '../fleet/profile.ts';
import type { FleetStats } from '../fleet/stats.ts';
import { send } from '../support/server.ts';
import type { BenchContext } from './bench.ts';
import { readCpuMs, readMemory } from './proc.ts';
import { makeBenchFolder, type ServerProcess, type ServerWish, startServerProcess } from './stage.ts';

/** Connections begun in a second while a fleet enrolls; the server's own pace decides when it is slower. */
const ENROLL_RATE = 400;
/** Longest wait for tens of thousands of handshakes on two cores, ms. */
const PATIENCE_MS = 900_000;

/** Processes that a process has started and that live: `ppid` of proc(5). */
function findChildren(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        // It has ended between the listing and the look.
        return false;
      }
    })
    .map(Number);
}

/** Supervisor and workers: what runs the same program, so that PostgreSQL beside them is not counted. */
export function findServerPids(pid: number): number[] {
  const own = readlinkSync(`/proc/${pid}/exe`);
  return [pid, ...findChildren(pid).filter((child) => readlinkSync(`/proc/${child}/exe`) === own)];
}

/** Resident memory of processes, bytes; pages that they share are counted in each. */
export function readResident(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readMemory(pid).residentBytes, 0);
}

/** Kills supervisor and workers at once: a supervisor that dies alone leaves workers that still say goodbye. PostgreSQL stays. */
export async function killServer(server: ServerProcess): Promise<void> {
  for (const pid of findServerPids(server.pid)) process.kill(pid, 'SIGKILL');
  await server.kill();
}

/** Processor time of processes, ms. */
export function readCpu(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readCpuMs(pid), 0);
}

/** A figure over all workers, as /metrics says it: their sum, or what else is made of two. */
export async function sumFigure(
  { url }: ServerProcess,
  name: string,
  join: (one: number, other: number) => number = (one, other) => one + other,
): Promise<number> {
  const { text } = await send(`${url}/metrics`, { token: null });
  const found = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  if (found.length === 0) throw new Error(`/metrics has no ${name}`);
  return found.map(([, value]) => Number(value)).reduce((one, other) => join(one, other));
}

/** Starts the server only. */
export async function startFleetServer(
  context: BenchContext,
  { workers, ...wish }: Omit<ServerWish, 'dataDir'> & { readonly workers: number },
): Promise<ServerProcess> {
  const dataDir = await makeBenchFolder(context, 'server');
  const flags = ['--workers', String(workers), ...(wish.flags ?? [])];
  return startServerProcess(context, { ...wish, dataDir, flags });
}

/** Who comes to a server. */
export interface FleetOnWish {
  readonly devices: number;
  readonly tls: boolean;
  /** What the devices do, and how they come. */
  readonly fleet?: Partial<FleetWish>;
  /** What is waited for; without it that each has a session. */
  readonly until?: (stats: FleetStats) => boolean;
  /** Its processes are there, and the first devices are on their way. */
  readonly started?: (stats: FleetStats) => void;
}

/** Lets a new fleet in, and waits for it. It is stopped at the end of the bench. */
export async function startFleetOn(
  context: BenchContext,
  server: ServerProcess,
  { devices, tls, fleet: wish, until = ({ online }) => online === devices, started }: FleetOnWish,
): Promise<Fleet> {
  const devicesFile = joinPath(await makeBenchFolder(context, 'fleet'), 'devices.json');
  const tokens = [await server.enrollmentToken(devices)];
  context.say(`letting ${devices} ${tls ? 'TLS' : 'plain'} devices in`);
  const fleet = await startFleet({
    url: server.url,
    devices,
    tokens,
    devicesFile,
    rate: ENROLL_RATE,
    profile: profiles.mw1,
    ...wish,
  });
  context.teardown(async () => void (await fleet.stop()));
  started?.(await fleet.stats());
  await fleet.until(`${devices} devices are there`, until, PATIENCE_MS);
  return fleet;
}
