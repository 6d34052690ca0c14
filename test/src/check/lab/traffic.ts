// Commands that flow while things are killed: orders, a person who decides what was interrupted, and the promises held against both ends.
import { isFinal, type RunState } from '@muster/protocol';
import type { Command } from '@muster/protocol/commands';
import { pause, until } from '../../support/wait.ts';
import { createTally, pick, type Tally } from '../check.ts';
import { type House, type HouseDevice, parts, type RunSeen, scriptArgs } from './house.ts';

/** How long a call of the API is tried again while the server is away, ms. */
const AWAY_MS = 60_000;
/** Pause between two looks at what is open, ms. */
const LOOK_EVERY_MS = 100;
/** Share of the orders that are scripts, and of the devices that an order goes to. */
const SCRIPT_SHARE = 0.8;
const SOME_SHARE = 0.4;
/** What is told of the output of a device that did not come to an end, characters. */
const STUCK_CHARS = 4_000;
/** Ends that each kind may come to here, all devices being healthy but for the kills. */
const GOOD_ENDS: Readonly<Record<string, readonly RunState[]>> = {
  'inventory.refresh': ['succeeded', 'quarantined'],
  'diagnostics.collect': ['succeeded', 'quarantined'],
  'script.run': ['succeeded', 'canceled', 'quarantined'],
  // It finds nothing to decide where what it decides about has gone on meanwhile.
  'run.resolve': ['succeeded', 'refused', 'quarantined'],
};

/** What flows. */
export interface TrafficOptions {
  readonly house: House;
  readonly devices: readonly HouseDevice[];
  random(): number;
  /** Scripts for a device at most: it takes 60 privileged commands an hour, decisions of people among them. */
  readonly scripts: number;
  /** Jobs that are open at a time. */
  readonly openJobs: number;
}

/** What is ordered. */
export type FlowKind = 'script.run' | 'inventory.refresh' | 'diagnostics.collect';

/** The flow. */
export interface Traffic {
  /** Orders something of all devices unless some are named; null: the server died before it had it. */
  order(kind: FlowKind, devices?: readonly HouseDevice[]): Promise<string | null>;
  /** Orders until the progress is 1, scripts evenly, and decides what waits for a person. */
  flow(progress: () => number): Promise<void>;
  /** Decides and waits until every run is final, or the patience is over. */
  settle(patienceMs: number): Promise<void>;
  /** Last state that was seen of a run. */
  stateOf(id: string, device: HouseDevice): RunState;
  /** Holds the ends against the promises. */
  judge(): Promise<{ readonly evidence: string[]; readonly faults: string[] }>;
}

/** A job that was handed in. */
interface Job {
  readonly id: string;
  readonly kind: string;
  readonly devices: readonly HouseDevice[];
  isOver: boolean;
}

/** Tries again while nobody answers. */
async function patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
  let last: unknown;
  const found = await until(
    what,
    () =>
      work().then(
        (value) => ({ value }),
        (error: unknown) => {
          last = error;
          return undefined;
        },
      ),
    AWAY_MS,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${String(last)}`);
  });
  return found.value;
}

/** Starts counting; nothing is ordered yet. */
export function createTraffic(options: TrafficOptions): Traffic {
  return new CommandTraffic(options);
}

class CommandTraffic implements Traffic {
  private readonly options: TrafficOptions;
  private readonly jobs: Job[] = [];
  /** Last state of each run, by job and device. */
  private readonly states = new Map<string, RunState>();
  /** Runs that a person is deciding about, with his job. */
  private readonly deciding = new Map<string, string>();
  private readonly decided: Tally = createTally();
  private readonly interrupted = new Set<string>();
  private readonly faults: string[] = [];
  /** Scripts that were ordered, by device. */
  private readonly scripts: Tally = createTally();
  private unanswered = 0;
  private unstored = 0;

  constructor(options: TrafficOptions) {
    this.options = options;
  }

  order(kind: FlowKind, devices = this.options.devices): Promise<string | null> {
    if (kind === 'script.run') for (const { id } of devices) this.scripts.add(id);
    const args = {
      'script.run': scriptArgs(this.options.house.script),
      'diagnostics.collect': { sinceMs: 60_000 },
      'inventory.refresh': {},
    };
    return this.handIn(devices, { kind, args: args[kind] });
  }

  async flow(progress: () => number): Promise<void> {
    const { openJobs } = this.options;
    for (let done = 0; done < 1; done = progress()) {
      await this.look();
      const open = this.jobs.filter((job) => !job.isOver && job.kind !== 'run.resolve').length;
      if (open < openJobs) await this.orderNext(done);
      else await pause(LOOK_EVERY_MS);
    }
  }

  /** Scripts are spread over the whole time; each order goes to some of the devices. */
  private async orderNext(done: number): Promise<void> {
    const { random, scripts, devices } = this.options;
    const few = devices.filter(({ id }) => this.scripts.get(id) < 2 + (scripts - 2) * done);
    const isScript = few.length > 0 && random() < SCRIPT_SHARE;
    const from = isScript ? few : devices;
    const some = from.filter(() => random() < SOME_SHARE);
    const kind = isScript
      ? 'script.run'
      : pick(['inventory.refresh', 'diagnostics.collect'] as const, random);
    await this.order(kind, some.length > 0 ? some : [pick(from, random)]);
  }

  async settle(patienceMs: number): Promise<void> {
    await until('every run is final', () => this.look(), patienceMs).catch(() => undefined);
  }

  stateOf(id: string, device: HouseDevice): RunState {
    return this.states.get(`${id} ${device.id}`) ?? 'queued';
  }

  async judge(): Promise<{ evidence: string[]; faults: string[] }> {
    const ends = createTally();
    for (const { id, kind, devices } of this.jobs)
      for (const device of devices) {
        const state = this.stateOf(id, device);
        ends.add(`${kind} ${state}`);
        if (GOOD_ENDS[kind]?.includes(state) === true) await this.judgeResult(id, device);
        else
          this.faults.push(
            `${kind} ${id} on ${device.hostname}: ${state} (${await this.explain(id, device)})`,
          );
      }
    for (const device of this.options.devices) this.faults.push(...device.endedAlone());
    await this.describeStuck();
    const begun = await this.judgeMarks();
    return {
      evidence: [
        `${ends.total()} runs of ${this.jobs.length} jobs, each final with a result that its device signed: ${ends}`,
        `${begun} scripts began, none twice; ${this.interrupted.size} runs waited for a person (${this.decided})`,
        ...(this.unanswered + this.unstored > 0
          ? [`orders without an answer: ${this.unanswered} were stored and ran, ${this.unstored} were not`]
          : []),
      ],
      faults: this.faults,
    };
  }

  /** What devices with open runs say of themselves. */
  private async describeStuck(): Promise<void> {
    const { devices } = this.options;
    const isStuck = (device: HouseDevice) =>
      this.jobs.some(
        ({ id, devices: meant }) => meant.includes(device) && !isFinal(this.stateOf(id, device)),
      );
    for (const device of devices.filter(isStuck)) {
      const found = await Promise.all(
        parts.map(async (part) => `${part} ${(await device.find(part)).join(' ') || 'none'}`),
      );
      this.faults.push(`${device.hostname}: ${found.join(', ')}; ${device.output().slice(-STUCK_CHARS)}`);
    }
  }

  private async explain(id: string, device: HouseDevice): Promise<string> {
    const run = (await this.options.house.runs(id)).find(({ deviceId }) => deviceId === device.id);
    return `${run?.state} ${run?.code ?? ''} ${run?.message ?? ''}`;
  }

  private async judgeResult(id: string, device: HouseDevice): Promise<void> {
    const isGenuine = await this.options.house.isGenuine(id, device.id);
    if (isGenuine !== true)
      this.faults.push(
        `${id} on ${device.hostname}: a result ${isGenuine === null ? 'is missing' : 'is not genuine'}`,
      );
  }

  /** The world outside against what the server believes. */
  private async judgeMarks(): Promise<number> {
    let begun = 0;
    for (const device of this.options.devices) {
      const marks = await device.marks();
      begun += marks.size;
      for (const [id, times] of marks) {
        if (times > 1) this.faults.push(`${id} began ${times} times on ${device.hostname}`);
        if (!this.jobs.some((job) => job.id === id)) this.faults.push(`${id} ran and was never stored`);
      }
      for (const { id, kind } of this.jobs) {
        const isDone = this.stateOf(id, device) === 'succeeded';
        if (kind === 'script.run' && isDone && !marks.has(id))
          this.faults.push(`${id} succeeded on ${device.hostname} and never began`);
      }
    }
    return begun;
  }

  /** True when the server has it. What it has not answered may be there or not; what it has answered must be. */
  private async handIn(devices: readonly HouseDevice[], change: Partial<Command>): Promise<string | null> {
    const { house } = this.options;
    const { id, body } = await patiently('the order is prepared', () => house.draft(devices, change));
    const { status, text } = await house.server
      .call('/api/v1/jobs', { method: 'POST', body })
      .catch((error: unknown) => ({ status: 0, text: String(error) }));
    const found = await patiently('the order is looked up', () => house.server.call(`/api/v1/jobs/${id}`));
    const isStored = found.status === 200;
    if (status === 201 && !isStored) this.faults.push(`order ${id} was answered and is not there`);
    // A targets snapshot dies with the server; any other refusal is a fault of the check.
    if (status !== 0 && status !== 201 && !/E_(?:SNAPSHOT|NOT_FOUND|UNAVAILABLE)/.test(text))
      this.faults.push(`order of ${change.kind}: ${status} ${text}`);
    if (status === 0) this[isStored ? 'unanswered' : 'unstored'] += 1;
    if (!isStored) return null;
    this.jobs.push({ id, kind: change.kind ?? '', devices, isOver: false });
    return id;
  }

  /** Looks at what is open and decides what waits; true when nothing is open. */
  private async look(): Promise<boolean> {
    for (const job of this.jobs) {
      if (job.isOver) continue;
      const runs = await patiently(`the runs of ${job.id}`, () => this.options.house.runs(job.id));
      for (const run of runs) await this.note(job, run);
      job.isOver = runs.length === job.devices.length && runs.every(({ state }) => isFinal(state));
    }
    return this.jobs.every(({ isOver }) => isOver);
  }

  private async note(job: Job, { deviceId, state }: RunSeen): Promise<void> {
    const key = `${job.id} ${deviceId}`;
    const before = this.states.get(key);
    if (before !== undefined && isFinal(before) && before !== state)
      this.faults.push(`${key} was ${before} and is ${state} now: an acknowledged result was lost`);
    this.states.set(key, state);
    const device = job.devices.find(({ id }) => id === deviceId);
    if (state === 'waiting-person' && device !== undefined) await this.decide(job, device);
  }

  /** A person looks at the device: what has left its mark is given up, what has not begun is done again. */
  private async decide(job: Job, device: HouseDevice): Promise<void> {
    const key = `${job.id} ${device.id}`;
    const deciding = this.jobs.find(({ id }) => id === this.deciding.get(key));
    if (deciding !== undefined && !deciding.isOver) return;
    this.interrupted.add(key);
    const action = (await device.marks()).has(job.id) ? 'give-up' : 'again';
    const id = await this.handIn([device], { kind: 'run.resolve', args: { command: job.id, action } });
    if (id === null) return;
    this.decided.add(action);
    this.deciding.set(key, id);
  }
}
