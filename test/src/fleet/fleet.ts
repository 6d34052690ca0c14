// A fleet of simulated devices in processes of its own, and what can be asked of it.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ownProgram, startWorker, type Worker } from '../support/processes.ts';
import { until } from '../support/wait.ts';
import type { KeptCrew } from './crew/keeping.ts';
import type { CrewOptions } from './crew/world.ts';
import { joinKept, partOfKept, readKept, writeKept } from './kept.ts';
import { accelerate, profiles } from './profile.ts';
import { type FleetStats, mergeStats } from './stats.ts';
import type { Answered, Order } from './worker.ts';

/** Files that a process needs beside its sockets. */
const OTHER_FILES = 200;
/** Devices of a process when there are processors for more processes. */
const USUAL_DEVICES = 5_000;
/** Time between two keepings of the devices, ms. */
const KEEP_EVERY_MS = 30_000;
/** Longest wait for a fleet to get where a bench wants it, ms. */
const PATIENCE_MS = 600_000;

/** How a fleet is made; what is left out is as `defaultFleet` says. */
export interface FleetWish extends Partial<Omit<CrewOptions, 'first' | 'addresses' | 'url' | 'devices'>> {
  readonly url: string;
  readonly devices: number;
  /** Processes; 0: one for 5,000 devices, at most one a processor, and as many as open files demand. */
  readonly processes?: number;
  /** File that keeps the devices from one run to the next; '': every run enrolls anew. */
  readonly devicesFile?: string;
  /** All from the host's own address, whose devices a server lets in however late it is; for a fleet so small that its ports do not matter. */
  readonly isAtHome?: boolean;
}

/** A running fleet. */
export interface Fleet {
  /** Process ids. */
  readonly pids: readonly number[];
  /** Asks all processes. */
  stats(): Promise<FleetStats>;
  /** Asks until the answer fits. @throws naming `what` when it never does, with the last answer */
  until(what: string, fits: (stats: FleetStats) => boolean, patienceMs?: number): Promise<FleetStats>;
  /** All leave, and stay away until `resume`, which brings them back at the rate of the options. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** That share of the devices drops without a word. */
  storm(share: number): Promise<void>;
  /** From now on the devices of a process begin with a command so long after its first offer, ms; 0: each at once. */
  hold(forMs: number): Promise<void>;
  /** Heartbeats as fast as the sockets take them; answers how many, and the time of the slowest process. */
  flood(forMs: number): Promise<{ readonly sent: number; readonly ms: number }>;
  /** Keeps the devices where the options say so. */
  keep(): Promise<void>;
  /** Says goodbye for all, keeps them, ends the processes; the last stats. */
  stop(): Promise<FleetStats>;
}

/** What a fleet does unless told otherwise. */
const defaultFleet = {
  tokens: [],
  rate: 200,
  maxOpening: 64,
  profile: profiles.mw1,
  speed: 1,
  faults: {},
  stormEveryMs: 0,
  resume: false,
  checkWelcome: false,
  courses: 256,
  reports: 'all',
  runMs: 0,
  failShare: 0,
  isDemo: false,
} as const satisfies Partial<CrewOptions>;

/** Open files that a process may have; Node raises its own limit to the hard one. */
function readFileLimit(): number {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined || limit === 'unlimited' ? 1_000_000 : Number(limit);
}

/** Processes for so many devices. */
export function countProcesses(devices: number, fileLimit: number, processors: number): number {
  const needed = Math.ceil(devices / Math.max(1, fileLimit - OTHER_FILES));
  return Math.max(needed, Math.min(processors, Math.ceil(devices / USUAL_DEVICES)), 1);
}

/** Source addresses of a process of this run: fresh ones, since a port that was used is not free for a minute; elsewhere the system chooses. */
function addressesOf(url: string, run: number, process: number): string {
  return new URL(url).hostname === '127.0.0.1' ? `127.${1 + (run % 254)}.${process}` : '';
}

/** The part of each process. */
function divide(wish: FleetWish, processes: number): CrewOptions[] {
  const { devicesFile: _, processes: __, isAtHome = false, ...wanted } = wish;
  const options = { ...defaultFleet, ...wanted };
  const run = Math.floor(Math.random() * 254);
  const share = Math.ceil(wish.devices / processes);
  return Array.from({ length: processes }, (_part, place) => ({
    ...options,
    profile: accelerate(options.profile, options.speed),
    first: place * share,
    devices: Math.max(0, Math.min(share, wish.devices - place * share)),
    rate: options.rate / processes,
    addresses: isAtHome ? '' : addressesOf(wish.url, run, place),
  })).filter(({ devices }) => devices > 0);
}

/** A process with the orders that it has not answered. */
class Part {
  readonly worker: Worker;
  private readonly open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private lastId = 0;
  private isOver = false;

  constructor() {
    this.worker = startWorker(ownProgram('fleet/main', 'worker'), (message) =>
      this.hear(message as Answered),
    );
    void this.worker.ended.then((end) => {
      this.isOver = true;
      for (const { reject } of this.open.values())
        reject(new Error(`a process of the fleet ended with ${end}`));
      this.open.clear();
    });
  }

  private hear({ id, value, failed }: Answered): void {
    const asked = this.open.get(id);
    this.open.delete(id);
    if (failed === undefined) asked?.resolve(value);
    else asked?.reject(new Error(failed));
  }

  ask<T>(order: Order): Promise<T> {
    if (this.isOver) return Promise.reject(new Error('a process of the fleet has ended'));
    const id = ++this.lastId;
    return new Promise<T>((resolve, reject) => {
      this.open.set(id, { resolve: (value) => resolve(value as T), reject });
      this.worker.send({ id, order });
    });
  }
}

/** Starts the processes, and the devices in them. */
export async function startFleet(wish: FleetWish): Promise<Fleet> {
  const kept = await readKept(wish.devicesFile ?? '');
  const wanted = wish.processes ?? 0;
  const processes =
    wanted > 0 ? wanted : countProcesses(wish.devices, readFileLimit(), availableParallelism());
  const options = divide(wish, processes);
  const parts = options.map(() => new Part());
  const fleet = new ProcessFleet(wish.devicesFile ?? '', parts);
  await Promise.all(
    options.map((one, place) =>
      parts[place]?.ask({ do: 'start', options: one, kept: partOfKept(kept, one.first, one.devices) }),
    ),
  );
  return fleet;
}

class ProcessFleet implements Fleet {
  readonly pids: readonly number[];
  private readonly devicesFile: string;
  private readonly parts: readonly Part[];
  private readonly keeper: NodeJS.Timeout;
  private stopping: Promise<FleetStats> | null = null;
  private keeping: Promise<void> = Promise.resolve();

  constructor(devicesFile: string, parts: readonly Part[]) {
    this.devicesFile = devicesFile;
    this.parts = parts;
    this.pids = parts.map(({ worker }) => worker.pid);
    // Epochs move on with each session: a fleet that is killed comes back with ones that the server still takes.
    // A file that cannot be written is told at the end, where it is tried again.
    this.keeper = setInterval(() => void this.keep().catch(() => undefined), KEEP_EVERY_MS);
    this.keeper.unref();
  }

  private all<T>(order: Order): Promise<T[]> {
    return Promise.all(this.parts.map((part) => part.ask<T>(order)));
  }

  async stats(): Promise<FleetStats> {
    return mergeStats(await this.all<FleetStats>({ do: 'stats' }));
  }

  async until(
    what: string,
    fits: (stats: FleetStats) => boolean,
    patienceMs = PATIENCE_MS,
  ): Promise<FleetStats> {
    let last: FleetStats | null = null;
    const look = async () => {
      last = await this.stats();
      return fits(last) ? last : null;
    };
    try {
      return await until(what, look, patienceMs);
    } catch (cause) {
      const { online, connecting, waiting, reasons, counters } = last ?? (await this.stats());
      const state = JSON.stringify({ online, connecting, waiting, reasons, counters });
      throw new Error(`waited in vain: ${what}; the fleet: ${state}`, { cause });
    }
  }

  async pause(): Promise<void> {
    await this.all({ do: 'pause' });
  }

  async resume(): Promise<void> {
    await this.all({ do: 'resume' });
  }

  async storm(share: number): Promise<void> {
    await this.all({ do: 'storm', share });
  }

  async hold(forMs: number): Promise<void> {
    await this.all({ do: 'hold', forMs });
  }

  async flood(forMs: number): Promise<{ readonly sent: number; readonly ms: number }> {
    const floods = await this.all<{ sent: number; ms: number }>({ do: 'flood', forMs });
    return {
      sent: floods.reduce((sum, { sent }) => sum + sent, 0),
      ms: Math.max(...floods.map(({ ms }) => ms)),
    };
  }

  keep(): Promise<void> {
    const write = async () => {
      if (this.devicesFile === '') return;
      await writeKept(this.devicesFile, joinKept(await this.all<KeptCrew>({ do: 'keep' })));
    };
    // One after the other, whatever came of the one before: two at once would move each other's file away.
    this.keeping = this.keeping.then(write, write);
    return this.keeping;
  }

  stop(): Promise<FleetStats> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<FleetStats> {
    clearInterval(this.keeper);
    try {
      await this.all({ do: 'stop' });
      const last = await this.stats();
      await this.keep();
      return last;
    } finally {
      for (const { worker } of this.parts) worker.kill();
      await Promise.all(this.parts.map(({ worker }) => worker.ended));
    }
  }
}
