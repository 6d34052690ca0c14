// Keeps the index what the database says: builds it in pages, then reads again what was noted; says when it cannot.
import type { DeviceValues, SoftwareAsked } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { pause } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import type { StoredGroup } from './group-book.ts';
import { BATCH_DEVICES, GATHER_MS, RETRY_MAX_MS, RETRY_MIN_MS, WAIT_MS } from './limits.ts';
import type { FleetRow } from './table.ts';

/** Where the index reads; a fixed number of statements a call. */
export interface FleetSource {
  /** The next devices of all organizations by organization and number. */
  page(after: { readonly tenant: number; readonly idx: number }, limit: number): Promise<readonly FleetRow[]>;
  /** Devices by number; those that are not there are left out. */
  rows(tenant: number, idxs: readonly number[]): Promise<readonly FleetRow[]>;
  /** What inventories say now; a device that has said nothing is left out. */
  facts(tenant: number, idxs: readonly number[]): Promise<ReadonlyMap<number, DeviceValues>>;
}

/**
 * What a note says has changed; `group` is about all groups of the organization, and
 * `software` about questions that wait for their answer, whatever number comes with it.
 */
export type NoteKind = 'device' | 'inventory' | 'group' | 'software';

/** What was read of devices of one organization. */
export interface Batch {
  readonly tenant: number;
  readonly rows: readonly FleetRow[];
  /** Null: inventories were not read, since they have not changed. */
  readonly facts: ReadonlyMap<number, DeviceValues> | null;
  /** Of the devices with facts those that hold what is asked about packages. */
  readonly software: readonly HoldersOf[];
}

/** Devices that hold packages that fit. */
export interface HoldersOf {
  readonly asked: SoftwareAsked;
  readonly idxs: ReadonlySet<number>;
}

/** What the feeder is handed. */
export interface FeederDeps {
  readonly source: FleetSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes over what was read. */
  apply(batch: Batch): void;
  /** All groups of an organization, by one statement. */
  readGroups(tenant: number): Promise<readonly StoredGroup[]>;
  /** Which of the devices hold what is asked about packages; some statements a question. */
  readHolders(tenant: number, idxs: readonly number[]): Promise<readonly HoldersOf[]>;
  /** Answers the questions about packages that wait. */
  answerSoftware(tenant: number): Promise<void>;
  applyGroups(tenant: number, groups: readonly StoredGroup[]): void;
  /** The index is complete, for the first time or again. */
  built(): void;
  /** Whether the device was ever read. */
  knows(tenant: number, idx: number): boolean;
}

/** The feeder. */
export interface Feeder {
  note(kind: NoteKind, tenant: number, idx: number): void;
  /** Something may have been missed: everything is read again, once more when that is under way. */
  doubt(): void;
  /** It was complete once. */
  isReady(): boolean;
  /**
   * Resolves when everything is in the index that was noted before the call; `isCertain`: also what may have been missed before
   * it. @throws MusterError E_INDEX after a while
   */
  settled(isCertain: boolean): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Devices of one organization that wait to be read; true: with their inventories. */
type Waiting = Map<number, boolean>;

/** Makes the feeder. */
export function createFeeder(deps: FeederDeps): Feeder {
  const feeder = new DatabaseFeeder(deps);
  return {
    note: (kind, tenant, idx) => feeder.note(kind, tenant, idx),
    doubt: () => feeder.doubt(),
    isReady: () => feeder.isBuilt,
    settled: (isCertain) => feeder.settled(isCertain),
    start: () => feeder.start(),
    stop: () => feeder.stop(),
  };
}

class DatabaseFeeder {
  isBuilt = false;
  private readonly deps: FeederDeps;
  private waiting = new Map<number, Waiting>();
  /** Organizations whose groups wait to be read. */
  private waitingGroups = new Set<number>();
  /** Organizations whose questions about packages wait for an answer. */
  private waitingSoftware = new Set<number>();
  /** Organizations whose groups were read. */
  private readonly grouped = new Set<number>();
  /** Raised by every doubt, and the one after which the last complete build began. */
  private round = 0;
  private builtRound = -1;
  private isStopped = true;
  private working: Promise<void> | null = null;
  private cancelGather: (() => void) | undefined;
  private endRest: (() => void) | undefined;
  /** Notes so far, and of these the ones that are in the index. */
  private noted = 0;
  private applied = 0;
  private readonly waiters = new Set<() => void>();

  constructor(deps: FeederDeps) {
    this.deps = deps;
  }

  start(): void {
    this.isStopped = false;
    this.work();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelGather?.();
    this.endRest?.();
    this.wake();
    await this.working;
  }

  note(kind: NoteKind, tenant: number, idx: number): void {
    this.noted += 1;
    if (kind === 'group' || kind === 'software') {
      (kind === 'group' ? this.waitingGroups : this.waitingSoftware).add(tenant);
      this.gather();
      return;
    }
    const waiting = this.waiting.get(tenant) ?? new Map<number, boolean>();
    this.waiting.set(tenant, waiting);
    waiting.set(idx, kind === 'inventory' || waiting.get(idx) === true);
    this.gather();
  }

  doubt(): void {
    this.round += 1;
    this.work();
  }

  async settled(isCertain: boolean): Promise<void> {
    const { noted: wanted, round } = this;
    const isThere = () => this.isBuilt && this.applied >= wanted && (!isCertain || this.builtRound >= round);
    if (isThere()) return;
    let isLate = false;
    const cancel = this.deps.clock.after(WAIT_MS, () => {
      isLate = true;
      this.wake();
    });
    while (!isThere() && !isLate && !this.isStopped) {
      this.work();
      await new Promise<void>((resolve) => this.waiters.add(resolve));
      // Timers too, whatever the worker finds: who waits must never hold up the process.
      await pause();
    }
    cancel();
    if (!isThere()) throw fail('E_INDEX');
  }

  /** One worker at a time. */
  private work(): void {
    this.cancelGather?.();
    this.cancelGather = undefined;
    if (this.working !== null || this.isStopped) return;
    this.working = this.run().finally(() => {
      this.working = null;
      if (this.isInDoubt()) this.work();
      else if (this.isWaited()) this.gather();
      // Who needs what is still waiting asks for it at once.
      this.wake();
    });
  }

  private isWaited(): boolean {
    return this.waiting.size > 0 || this.waitingGroups.size > 0 || this.waitingSoftware.size > 0;
  }

  private isInDoubt(): boolean {
    return this.builtRound < this.round;
  }

  private gather(): void {
    if (this.working !== null || this.cancelGather !== undefined || this.isStopped) return;
    this.cancelGather = this.deps.clock.after(GATHER_MS, () => this.work());
  }

  /** Builds if need be, and reads what waits. */
  private async run(): Promise<void> {
    for (let pauseMs = RETRY_MIN_MS; !this.isStopped; pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
      try {
        do {
          if (this.isInDoubt()) await this.build();
          if (this.isWaited() && !this.isStopped) await this.readNoted();
        } while (this.isInDoubt() && !this.isStopped);
        return;
      } catch (err) {
        this.deps.log.warn({ err }, 'devices could not be read into the fleet index; it tries again');
        await this.rest(pauseMs);
      }
    }
  }

  /** A pause that ends with the feeder. */
  private rest(pauseMs: number): Promise<void> {
    // The end may have come while it was read.
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.deps.clock.after(pauseMs, resolve);
      this.endRest = () => {
        cancel();
        resolve();
      };
    });
  }

  /** What is noted meanwhile is read before anybody gets an answer: after the first build, between the pages of another. */
  private async build(): Promise<void> {
    const { source, apply, built, log } = this.deps;
    const { round } = this;
    let after = { tenant: 0, idx: -1 };
    let devices = 0;
    const tenants = new Set(this.grouped);
    while (!this.isStopped) {
      const page = await source.page(after, BATCH_DEVICES);
      for (const [tenant, rows] of groupByTenant(page)) {
        const idxs = rows.map(({ idx }) => idx);
        tenants.add(tenant);
        const facts = fillGaps(idxs, await source.facts(tenant, idxs));
        apply({ tenant, rows, facts, software: await this.deps.readHolders(tenant, idxs) });
      }
      devices += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < BATCH_DEVICES) {
        for (const tenant of tenants) await this.readGroups(tenant);
        this.isBuilt = true;
        // A doubt that came meanwhile has it all read once more; this build ends all the same, however close they come.
        this.builtRound = round;
        log.debug({ devices }, 'the fleet index is complete');
        built();
        this.wake();
        return;
      }
      after = { tenant: last.tenant, idx: last.idx };
      await pause();
      if (this.isBuilt && this.isWaited()) await this.readNoted();
    }
  }

  private async readNoted(): Promise<void> {
    const upTo = this.noted;
    const taken = this.waiting;
    const { waitingGroups: groups, waitingSoftware: software } = this;
    this.waiting = new Map();
    this.waitingGroups = new Set();
    this.waitingSoftware = new Set();
    try {
      for (const tenant of groups) {
        await this.readGroups(tenant);
        groups.delete(tenant);
      }
      for (const [tenant, waiting] of taken) {
        while (waiting.size > 0) await this.readSome(tenant, waiting);
        taken.delete(tenant);
      }
      // Behind the devices: what they hold now is in the answer.
      for (const tenant of software) {
        await this.deps.answerSoftware(tenant);
        software.delete(tenant);
      }
      this.applied = upTo;
      this.wake();
    } catch (error) {
      this.putBack(taken);
      for (const tenant of groups) this.waitingGroups.add(tenant);
      for (const tenant of software) this.waitingSoftware.add(tenant);
      throw error;
    }
  }

  private async readGroups(tenant: number): Promise<void> {
    const { readGroups, applyGroups } = this.deps;
    applyGroups(tenant, await readGroups(tenant));
    this.grouped.add(tenant);
  }

  /** Reads one batch and takes it out of those that wait. */
  private async readSome(tenant: number, waiting: Waiting): Promise<void> {
    const { source, apply, knows } = this.deps;
    const some: [number, boolean][] = [];
    for (const one of waiting) if (some.push(one) === BATCH_DEVICES) break;
    const idxs = some.map(([idx]) => idx);
    const said = some.flatMap(([idx, withFacts]) => (withFacts || !knows(tenant, idx) ? [idx] : []));
    const rows = await source.rows(tenant, idxs);
    const facts = said.length === 0 ? null : fillGaps(said, await source.facts(tenant, said));
    const software = said.length === 0 ? [] : await this.deps.readHolders(tenant, said);
    apply({ tenant, rows, facts, software });
    for (const idx of idxs) waiting.delete(idx);
    await pause();
  }

  private putBack(taken: ReadonlyMap<number, Waiting>): void {
    for (const [tenant, left] of taken) {
      const waiting = this.waiting.get(tenant) ?? new Map<number, boolean>();
      this.waiting.set(tenant, waiting);
      for (const [idx, withFacts] of left) waiting.set(idx, withFacts || waiting.get(idx) === true);
    }
  }

  private wake(): void {
    const all = [...this.waiters];
    this.waiters.clear();
    for (const one of all) one();
  }
}

function groupByTenant(rows: readonly FleetRow[]): ReadonlyMap<number, FleetRow[]> {
  const groups = new Map<number, FleetRow[]>();
  for (const row of rows) {
    const group = groups.get(row.tenant);
    if (group === undefined) groups.set(row.tenant, [row]);
    else group.push(row);
  }
  return groups;
}

/** A device that was asked about and is not in the answer says nothing, or nothing any more. */
function fillGaps(
  asked: readonly number[],
  facts: ReadonlyMap<number, DeviceValues>,
): ReadonlyMap<number, DeviceValues> {
  return new Map(asked.map((idx) => [idx, facts.get(idx) ?? {}]));
}
