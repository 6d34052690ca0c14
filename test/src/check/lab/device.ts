// A device of a check: the real engine of the executor on a simulated disk, with kinds that only count what would have been done.
import {
  type AnyKind,
  createSimulatedDisk,
  type Engine,
  type EngineDeps,
  type FromExecutor,
  noFailpoint,
  openEngine,
  readWork,
  type SimulatedDisk,
  type SimulatedDiskOptions,
  type ToExecutor,
  takeClaim,
  type Units,
  writeExit,
} from '@muster/agent/executor';
import { decodeBase64url, type Envelope, encodeBase64url, type RunState } from '@muster/protocol';
import { commandKinds, type DenyRule, kindEntry, type ListedTarget } from '@muster/protocol/commands';
import { crypto, makeId, type Party } from './party.ts';

/** What came of a command on a device. */
export interface Seen {
  /** States in the order in which they were told. */
  readonly states: RunState[];
  /** Codes in the order in which they were told, `later` ones too. */
  readonly codes: string[];
  /** Result documents that were told, without repetitions. */
  readonly results: Set<string>;
}

/** A simulated device. */
export interface LabDevice {
  readonly target: ListedTarget;
  /** Times an effect really took place, by command. Survives everything: it is the world outside of the disk. */
  readonly effects: Map<string, number>;
  /** Kinds whose effect took place, in order. */
  readonly done: string[];
  /** The kind of a command whose effect took place. */
  kindOf(cmdId: string): string;
  /** What the core was told, by command. */
  seen(cmdId: string): Seen;
  /** Alarms that were raised. */
  alarms(): number;
  take(message: ToExecutor): Promise<void>;
  /** Waits until nothing moves any more. */
  settle(): Promise<void>;
  /** Confirms every report there is, as a core does once it has them on its own disk. */
  confirmAll(): Promise<void>;
  /** The power fails and comes back: unsynced writes are lost as the disk likes, and everything that ran is gone. */
  cutPower(): Promise<void>;
  /** Lets time pass, ms; the clock a person can set and the one nobody can. */
  pass(ms: number): void;
  /** Sets the clock only, ms from the start of the check. */
  setClock(offsetMs: number): void;
  disk(): SimulatedDisk;
  close(): Promise<void>;
}

/** How a device is made. */
export interface LabDeviceOptions {
  readonly party: Party;
  /** First trust document, in its envelope. */
  readonly trust: Envelope;
  readonly hostname: string;
  random(): number;
  readonly deny?: readonly DenyRule[];
  /** True: changing kinds run as units with a spool on the simulated disk. */
  readonly units?: boolean;
  readonly omits?: SimulatedDiskOptions['omits'];
  holds?(bound: string): boolean;
  /** True for a command that brings the executor down as soon as it is looked at. */
  isPoison?(cmdId: string): boolean;
  /** Turns that a unit takes, so that a restart can fall into it. */
  readonly unitTurns?: number;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Turns without a message after which a device is taken to be at rest. */
const QUIET_TURNS = 12;
/** Most turns that are waited for rest. */
const MAX_TURNS = 20_000;

/** Makes a device and starts its executor. */
export async function makeDevice(options: LabDeviceOptions): Promise<LabDevice> {
  const device = new SimulatedDevice(options);
  await device.start();
  return device;
}

class SimulatedDevice implements LabDevice {
  readonly target: ListedTarget;
  readonly effects = new Map<string, number>();
  readonly done: string[] = [];
  private readonly kinds = new Map<string, string>();
  private readonly options: LabDeviceOptions;
  private readonly told = new Map<string, Seen>();
  private readonly toConfirm = new Map<string, number>();
  private engine: Engine | null = null;
  private simulated: SimulatedDisk;
  private boot = 1;
  private clockMs = 0;
  private monotonicMs = 1_000_000;
  private alarmCount = 0;
  private stir = 0;
  /** Raised at every restart, so that what an earlier process still does has no effect. */
  private life = 0;

  constructor(options: LabDeviceOptions) {
    const { random, hostname, omits } = options;
    this.options = options;
    const fingerprint = Array.from({ length: 8 }, () => makeId('x', random).slice(2, 6)).join('-');
    this.target = { id: makeId('dev', random), hostname, fingerprint };
    this.simulated = createSimulatedDisk({ random, ...(omits === undefined ? {} : { omits }) });
  }

  async start(): Promise<void> {
    const life = ++this.life;
    const engine = await openEngine(this.createDeps(life));
    this.engine = engine;
    engine.connected();
    await engine.take({ type: 'online' });
  }

  seen(cmdId: string): Seen {
    return this.told.get(cmdId) ?? { states: [], codes: [], results: new Set() };
  }

  kindOf(cmdId: string): string {
    return this.kinds.get(cmdId) ?? '';
  }

  alarms(): number {
    return this.alarmCount;
  }

  async take(message: ToExecutor): Promise<void> {
    this.stir++;
    await this.engine?.take(message);
  }

  async settle(): Promise<void> {
    let before = -1;
    for (let quiet = 0, turns = 0; quiet < QUIET_TURNS && turns < MAX_TURNS; turns++) {
      await turn();
      quiet = this.stir === before && this.engine?.isBusy() !== true ? quiet + 1 : 0;
      before = this.stir;
    }
  }

  async confirmAll(): Promise<void> {
    const all = [...this.toConfirm];
    this.toConfirm.clear();
    for (const [cmdId, n] of all) await this.engine?.take({ type: 'confirm', cmdId, n });
  }

  async cutPower(): Promise<void> {
    this.life++;
    this.boot++;
    // The old disk is silent for ever: nothing of the old process can write any more.
    this.simulated = this.simulated.cutPower();
    await this.start();
  }

  pass(ms: number): void {
    this.clockMs += ms;
    this.monotonicMs += ms;
  }

  setClock(offsetMs: number): void {
    this.clockMs = offsetMs;
  }

  disk(): SimulatedDisk {
    return this.simulated;
  }

  async close(): Promise<void> {
    this.life++;
    await this.engine?.close();
  }

  private createDeps(life: number): EngineDeps {
    const { party, trust, hostname, deny = [], holds = () => true } = this.options;
    const { disk } = this.simulated;
    const kinds = new Map(commandKinds.map((name) => [name, this.createKind(name, life)] as const));
    return {
      disk,
      failpoint: noFailpoint,
      pinned: {
        org: party.org,
        deviceId: this.target.id,
        fingerprint: this.target.fingerprint,
        trustHash: encodeBase64url(crypto.sha256(decodeBase64url(trust.payload))),
        genesis: trust,
      },
      crypto,
      units: this.createUnits(life),
      cycleUnit: { start: async () => undefined, isAlive: async () => false },
      folder: '/simulated',
      ownFolders: [],
      bootId: `boot-${this.boot}`,
      now: () => party.startMs + this.clockMs,
      monotonic: () => this.monotonicMs,
      pause: turn,
      hostname: () => hostname,
      readDenyList: async () => deny,
      openFacts: async () => ({ holds, facts: { values: {}, nowMs: Date.now() } }),
      findKind: (name) => kinds.get(name as (typeof commandKinds)[number]),
      runInside: async () => ({ exit: 0, signal: null, timedOut: false, output: '' }),
      send: (message) => this.hear(message, life),
      note: () => undefined,
      left: () => undefined,
      fatal(error) {
        throw error;
      },
      log: { warn: () => undefined, error: () => undefined },
    };
  }

  private hear(message: FromExecutor, life: number): boolean {
    if (life !== this.life) return false;
    this.stir++;
    if (message.type === 'alarm') this.alarmCount++;
    if (message.type === 'later') this.note(message.cmdId).codes.push(message.code);
    if (message.type !== 'report') return true;
    const { states, codes, results } = this.note(message.cmdId);
    states.push(message.state as RunState);
    if (message.code !== null) codes.push(message.code);
    if (message.isKept && message.result !== null) results.add(message.result.payload);
    if (message.isKept) this.toConfirm.set(message.cmdId, message.n);
    return true;
  }

  private note(cmdId: string): Seen {
    const known = this.told.get(cmdId) ?? { states: [], codes: [], results: new Set<string>() };
    this.told.set(cmdId, known);
    return known;
  }

  /** The effect takes place, in a world that no power cut takes back. */
  private act(cmdId: string, kind: string): void {
    this.effects.set(cmdId, (this.effects.get(cmdId) ?? 0) + 1);
    this.done.push(kind);
    this.kinds.set(cmdId, kind);
  }

  /** A kind without a device behind it: always something to do, done at once or as a unit. */
  private createKind(name: (typeof commandKinds)[number], life: number): AnyKind {
    const asUnit = this.options.units === true && kindEntry(name).changes;
    return {
      name,
      check: async (_args: never, { asked }) => {
        // Nothing answers any more until the power comes back.
        if (this.options.isPoison?.(asked.cmdId) === true) await new Promise<never>(() => undefined);
        return {
          state: 'act',
          summary: `Would do ${name}.`,
          effect: asUnit
            ? {
                where: 'unit',
                program: { path: '/bin/true', args: [name, asked.cmdId], timeoutMs: 60_000 },
                okExits: [0],
              }
            : {
                where: 'inside',
                run: async () => {
                  if (life === this.life) this.act(asked.cmdId, name);
                  return { ok: true, summary: 'Done.', output: '' };
                },
              },
        };
      },
      verify: async () => null,
      probe: async (_args: never, { asked }) =>
        (this.effects.get(asked.cmdId) ?? 0) > 0 ? 'done' : 'not-done',
    };
  }

  /** Wrappers that live in this process, on the same disk, and die with the power. */
  private createUnits(life: number): Units {
    const { disk } = this.simulated;
    const alive = new Set<number>();
    let lastPid = this.boot * 1_000_000 + life * 1_000;
    const claimOf = (pid: number) => ({ pid, startTicks: pid, bootId: `boot-${this.boot}` });

    const wrap = async (folder: string): Promise<void> => {
      const pid = ++lastPid;
      alive.add(pid);
      const deps = { disk, failpoint: noFailpoint };
      if (!(await takeClaim(deps, folder, claimOf(pid)))) return;
      const work = await readWork(disk, folder);
      if (work === null) return;
      this.act(work.cmdId, work.does === 'program' ? (work.program.args[0] ?? '') : work.kind);
      for (let n = this.options.unitTurns ?? 1; n > 0; n--) await turn();
      if (life !== this.life) return;
      const outcome =
        work.does === 'program' ? null : { ok: true, code: null, summary: 'Done.', unchanged: false };
      const nothing = { signal: null, timedOut: false, stopped: false, failure: null, outputBytes: 0 };
      const ended = { ...nothing, exit: outcome === null ? 0 : null, outcome };
      await writeExit(deps, folder, ended);
      alive.delete(pid);
    };

    return {
      start: async (folder) => ({ ended: wrap(folder) }),
      stop: async () => undefined,
      isAlive: async ({ pid, bootId }) => alive.has(pid) && bootId === `boot-${this.boot}`,
      findLeftovers: async () => [],
      kill: () => undefined,
    };
  }
}
