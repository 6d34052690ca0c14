// When a device looks at what its policies want: at a place of its own in each hour, and soon after they change, with or without a server.
//
//   resting ── due ──▶ running (a unit of its own) ── its report is here ──▶ resting: next hour
//                         └── it is gone without one ──▶ resting: a pause that doubles
import { createHash, randomBytes } from 'node:crypto';
import { isDiskFull } from '../../platform/storage.ts';
import type { CycleFiles, Schedule } from './cycle-files.ts';
import {
  CYCLE_EVERY_MS,
  CYCLE_RETRY_FIRST_MS,
  CYCLE_RETRY_LAST_MS,
  SOON_MS,
  UNIT_LOOK_MS,
  UNIT_START_MS,
  WATCHED_EVERY_MS,
} from './limits.ts';

/** The process that does a cycle. */
export interface CycleUnit {
  /** Starts it; its report bears the id. */
  start(id: string): Promise<void>;
  /** True while one works on this device, whoever started it. */
  isAlive(): Promise<boolean>;
}

/** What cycles need. */
export interface CyclesDeps {
  readonly files: CycleFiles;
  readonly deviceId: string;
  readonly unit: CycleUnit;
  /** Resolves anew what is wanted, where that was not done lately. */
  refresh(): Promise<void>;
  /** True while policies are held. */
  isHeld(): Promise<boolean>;
  /** When a window opens next for something that may be repaired, or an exception or a freeze ends, ms since 1970; null: never. */
  nextOpening(): Promise<number | null>;
  /** A cycle is over, or nothing is held any more. */
  over(): Promise<void>;
  now(): number;
  fatal(error: unknown): void;
  readonly log: { warn(fields: object, message: string): void };
}

/** The schedule at work. */
export interface Cycles {
  /** What the held policies want is another than before. */
  changed(): Promise<void>;
  /** Something changed in what is watched. */
  noticed(): Promise<void>;
  /** Does what is to be done now, and sets the time of the next look. */
  look(): Promise<void>;
  /** Time to the next look, ms; null: nothing is held. */
  waitMs(): number | null;
  /** True while a unit works, or something is being found out. */
  isBusy(): boolean;
  close(): void;
}

/** This device's place within a span: the same always, and spread evenly over a fleet. */
export function placeWithin(deviceId: string, spanMs: number): number {
  return createHash('sha256').update(`cycle ${deviceId}`).digest().readUInt32BE(0) % spanMs;
}

/** The next time after `nowMs` that is this device's place in an hour. */
export function nextPlace(deviceId: string, nowMs: number): number {
  const place = placeWithin(deviceId, CYCLE_EVERY_MS);
  return Math.floor((nowMs - place) / CYCLE_EVERY_MS + 1) * CYCLE_EVERY_MS + place;
}

/** How long to wait after so many failures, ms. */
function retryPause(failures: number): number {
  return Math.min(CYCLE_RETRY_LAST_MS, CYCLE_RETRY_FIRST_MS * 2 ** Math.max(0, failures - 1));
}

const noSchedule: Schedule = { dueAtMs: null, failures: 0, running: null };

/** Opens the schedule that an earlier executor left. */
export async function openCycles(deps: CyclesDeps): Promise<Cycles> {
  const cycles = new Timetable(deps, (await deps.files.schedule()) ?? noSchedule);
  void cycles.look();
  return cycles;
}

class Timetable implements Cycles {
  private readonly deps: CyclesDeps;
  private schedule: Schedule;
  private timer: NodeJS.Timeout | undefined;
  private wakeAt: number | null = null;
  private working = 0;
  private isClosed = false;
  private turn: Promise<void> = Promise.resolve();
  private noticing: Promise<void> | null = null;

  constructor(deps: CyclesDeps, schedule: Schedule) {
    this.deps = deps;
    this.schedule = schedule;
  }

  changed(): Promise<void> {
    return this.inTurn(async () => {
      if (!(await this.deps.isHeld())) {
        await this.settle(noSchedule);
        return this.deps.over();
      }
      const { deviceId, now } = this.deps;
      const soonMs = now() + placeWithin(deviceId, SOON_MS);
      const { dueAtMs } = this.schedule;
      await this.settle({ ...this.schedule, dueAtMs: Math.min(dueAtMs ?? soonMs, soonMs) });
    });
  }

  noticed(): Promise<void> {
    // However often a core says so, one of it waits: what changes before its turn is seen by the cycle that it makes.
    if (this.noticing !== null) return this.noticing;
    this.noticing = this.inTurn(async () => {
      this.noticing = null;
      if (!(await this.deps.isHeld())) return;
      const nowMs = this.deps.now();
      const { dueAtMs, lastMs = 0 } = this.schedule;
      // A clock that was set back must not keep it waiting.
      const sinceMs = nowMs >= lastMs ? nowMs - lastMs : WATCHED_EVERY_MS;
      const soonMs = nowMs + Math.max(0, WATCHED_EVERY_MS - sinceMs);
      await this.settle({ ...this.schedule, dueAtMs: Math.min(dueAtMs ?? soonMs, soonMs) });
    });
    return this.noticing;
  }

  waitMs(): number | null {
    return this.wakeAt === null ? null : Math.max(0, this.wakeAt - performance.now());
  }

  isBusy(): boolean {
    return this.working > 0 || this.schedule.running !== null;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  look(): Promise<void> {
    return this.inTurn(async () => {
      if (this.schedule.running !== null) await this.follow(this.schedule.running);
      else await this.beginWhenDue();
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.working += 1;
    this.turn = this.turn
      .then(() => (this.isClosed ? undefined : work()))
      .catch((error: unknown) => this.failedToWrite(error))
      .then(() => {
        this.working -= 1;
        this.setTimer();
      });
    return this.turn;
  }

  private setTimer(): void {
    clearTimeout(this.timer);
    const { running, dueAtMs } = this.schedule;
    const forMs = running !== null ? UNIT_LOOK_MS : dueAtMs === null ? null : dueAtMs - this.deps.now();
    this.wakeAt = forMs === null ? null : performance.now() + forMs;
    if (forMs === null || this.isClosed) return;
    this.timer = setTimeout(() => void this.look(), Math.max(0, Math.min(forMs, CYCLE_EVERY_MS)));
    this.timer.unref();
  }

  private async settle(next: Schedule): Promise<void> {
    if (JSON.stringify(next) === JSON.stringify(this.schedule)) return;
    await this.deps.files.setSchedule(next);
    this.schedule = next;
  }

  /** A disk without room puts off what could not be written down. */
  private failedToWrite(err: unknown): void {
    if (!isDiskFull(err)) {
      this.deps.fatal(err);
      return;
    }
    this.deps.log.warn({ err }, 'the schedule of policies could not be written; the disk is full');
    this.schedule = { ...this.schedule, dueAtMs: this.deps.now() + CYCLE_RETRY_FIRST_MS };
  }

  /** A clock that was set back must not make the device wait for what it takes for the far future. */
  private async beginWhenDue(): Promise<void> {
    const { deps } = this;
    if (!(await deps.isHeld())) return this.settle(noSchedule);
    const nowMs = deps.now();
    const { dueAtMs } = this.schedule;
    const isSet = dueAtMs !== null && dueAtMs <= nowMs + CYCLE_EVERY_MS;
    if (!isSet)
      return this.settle({ ...this.schedule, dueAtMs: nowMs + placeWithin(deps.deviceId, SOON_MS) });
    if (dueAtMs > nowMs) return;
    await deps.refresh();
    if (!(await deps.isHeld())) return this.settle(noSchedule);
    await this.begin();
  }

  /** That it is begun is known before it is: whoever comes next looks for it. */
  private async begin(): Promise<void> {
    const { deps } = this;
    const id = randomBytes(8).toString('hex');
    const sinceMs = deps.now();
    // Of this very cycle: what changes while it works makes another.
    const dueAtMs = await this.nextDue(sinceMs);
    await this.settle({ ...this.schedule, dueAtMs, running: { id, sinceMs }, lastMs: sinceMs });
    try {
      await deps.unit.start(id);
    } catch (err) {
      deps.log.warn({ err }, 'a cycle over the policies could not be started');
      await this.failed();
    }
  }

  /** In an hour, or soon after a window opens or an exception or a freeze ends: the cycle that repairs would else come up to an hour late. */
  private async nextDue(nowMs: number): Promise<number> {
    const { deviceId, nextOpening } = this.deps;
    const openingMs = (await nextOpening()) ?? Infinity;
    return Math.min(nextPlace(deviceId, nowMs), openingMs + placeWithin(deviceId, SOON_MS));
  }

  private async follow({ id, sinceMs }: NonNullable<Schedule['running']>): Promise<void> {
    const { deps } = this;
    if ((await deps.files.report())?.id === id) {
      await this.settle({ ...this.schedule, failures: 0, running: null });
      return deps.over();
    }
    const ageMs = deps.now() - sinceMs;
    const mayBegin = ageMs >= 0 && ageMs < UNIT_START_MS;
    if (mayBegin || (await deps.unit.isAlive())) return;
    // It may have ended between the two looks.
    if ((await deps.files.report())?.id === id) return;
    deps.log.warn({ id }, 'a cycle over the policies ended without a report');
    await this.failed();
  }

  private async failed(): Promise<void> {
    const failures = this.schedule.failures + 1;
    const dueAtMs = this.deps.now() + retryPause(failures);
    await this.settle({ ...this.schedule, dueAtMs, failures, running: null });
  }
}
