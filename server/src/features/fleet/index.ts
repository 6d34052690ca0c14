// Fleet: the index in memory behind groups, lists and targets; owns no table, is built from what others read, and is never half right.
import type { Expression, Facts } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import type { Logger } from '../../core/log.ts';
import { type Asking, createAsking, judge, listExpressions, type Meant, uniteLimits } from './asking.ts';
import { type Bits, countBits, hasBit, listBits, makeBits, toBytes } from './bits.ts';
import { createFeeder, type Feeder, type FleetSource, type NoteKind } from './feeder.ts';
import { TIMED_LOOK_MS } from './limits.ts';
import { createParts, type Parts, type ReadGroups } from './parts.ts';
import { type Pick, type Picked, pick } from './pick.ts';
import type { ReadSoftware } from './software-book.ts';
import type { DeviceTable } from './table.ts';
import { type Moved, orNone, type Watches } from './watches.ts';

export type { Grouped, Meant } from './asking.ts';
export type { FleetSource } from './feeder.ts';
export { GroupBook, type StoredGroup } from './group-book.ts';
export { reachGroups } from './nesting.ts';
export type { Place, SortKey } from './pick.ts';
export { type FleetRow, MISSING_AFTER_MS } from './table.ts';
export type { Moved } from './watches.ts';

/** What is handed in. */
export interface FleetDeps {
  readonly source: FleetSource;
  /** Which devices hold packages; absent: none does. */
  readonly software?: ReadSoftware;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Judges limits; a set is of the moment of the question. */
export interface FleetScopes {
  within(tenant: number, limits: readonly Expression[], isCertain: boolean): Promise<DeviceSet>;
  /** Without waiting; empty until the index was built. */
  now(tenant: number, limits: readonly Expression[]): DeviceSet;
}

/** Devices by number, and the id of each. */
export interface Selection {
  readonly idxs: Int32Array;
  readonly ids: readonly string[];
}

/**
 * The index. Questions wait for what was noted before them, and are refused with E_INDEX when that takes too long: an answer is
 * never of a half-built index, a count is that of the devices found. After a doubt, `select` waits until everything was read again;
 * `count` and `page` answer, and may lack what nobody could note.
 */
export interface Fleet {
  /** A change of a device was committed. Comes as often and as late as it likes; what changed is read. */
  note(kind: NoteKind, tenant: number, idx: number): void;
  /** A change may have been missed: everything is read again, and until then nothing is selected. */
  doubt(): void;
  /** False until it was built for the first time. */
  isReady(): boolean;
  count(tenant: number, meant: Meant): Promise<number>;
  select(tenant: number, meant: Meant): Promise<Selection>;
  /** The devices of each, all of one state of the index; device `idx` is bit `idx & 7` of byte `idx >> 3`. */
  sets(tenant: number, all: readonly Meant[]): Promise<readonly Uint8Array[]>;
  /** A page of them in some order, and the number of all that fit. */
  page(tenant: number, meant: Meant, wish: Pick): Promise<Picked>;
  /**
   * The named facts of a device, as of now, or what an expression reads, groups included; undefined: there is no such device.
   * @throws MusterError E_EXPRESSION for one that names a group which cannot be judged
   */
  facts(tenant: number, idx: number, wanted: Iterable<string> | Expression): Promise<Facts | undefined>;
  /** Whether an expression holds for a device; one that cannot be judged holds for none. */
  holds(tenant: number, idx: number, expression: Expression): Promise<boolean>;
  /** Tells of all members once they are known, then of who joins and who leaves; the returned function ends it. @throws MusterError E_BUSY */
  watch(tenant: number, expression: Expression, listener: (moved: Moved) => void): () => void;
  /** Where groups are read; until it is said there are none. */
  groupsFrom(read: ReadGroups): void;
  /** Limits of what somebody may see and touch. */
  readonly scopes: FleetScopes;
  start(): void;
  stop(): Promise<void>;
  counts(): { readonly devices: number };
}

/** Makes the index; nothing is read before `start`. */
export function createFleet({ source, clock, log, software = async () => [] }: FleetDeps): Fleet {
  let cancelLook: (() => void) | undefined;
  let hasStopped = false;
  // Each needs the other, and neither does anything before the start.
  const parts: Parts = createParts({
    ...{ clock, log, software, isReady: () => feeder.isReady() },
    met: (tenant) => feeder.note('group', tenant, 0),
  });
  const feeder: Feeder = createFeeder({ source, clock, log, ...parts.fed });
  const { settle, ask, askEach, find } = createAsking(parts, feeder, clock);
  const lookSoon = createLookSoon(clock);

  function armLook(): void {
    cancelLook = clock.after(TIMED_LOOK_MS, () => {
      for (const [tenant, { watches }] of parts.all()) {
        askEach(tenant, watches.expressions());
        if (feeder.isReady()) watches.look('timed', clock.now());
      }
      armLook();
    });
  }

  return {
    note: feeder.note,
    doubt: feeder.doubt,
    isReady: feeder.isReady,
    count: async (tenant, meant) => countBits((await find(tenant, meant)).bits),
    // Orders go to these.
    select: async (tenant, meant) => listFound(await find(tenant, meant, true)),
    async sets(tenant, all) {
      await settle(tenant, false, all.flatMap(listExpressions));
      const part = parts.of(tenant);
      return all.map((meant) => toBytes(judge(part, meant, clock.now())));
    },
    async page(tenant, meant, wish) {
      const { table, bits } = await find(tenant, meant);
      return pick(table, bits, wish);
    },
    async facts(tenant, idx, wanted) {
      await settle(tenant, false, 'tree' in wanted ? [wanted] : []);
      const { table, evaluator } = parts.of(tenant);
      if (!hasBit(table.present, idx)) return undefined;
      return 'tree' in wanted
        ? evaluator.factsOf(wanted, idx, clock.now())
        : table.factsOf(idx, wanted, clock.now());
    },
    async holds(tenant, idx, expression) {
      await settle(tenant, false);
      if (askEach(tenant, [expression])) await settle(tenant, false);
      const { table, evaluator } = parts.of(tenant);
      const says = () => expression.evaluate(evaluator.factsOf(expression, idx, clock.now()));
      return hasBit(table.present, idx) && orNone(says, false);
    },
    watch(tenant, expression, listener) {
      const { watches } = parts.of(tenant);
      ask(tenant, [expression]);
      const end = watches.add(expression, listener);
      if (feeder.isReady()) lookSoon(watches);
      return end;
    },
    groupsFrom: parts.groupsFrom,
    scopes: createScopes(parts, { isReady: feeder.isReady, settle, askEach }, clock),
    start() {
      if (hasStopped) return;
      feeder.start();
      armLook();
    },
    async stop() {
      hasStopped = true;
      cancelLook?.();
      await feeder.stop();
    },
    counts: () => ({
      devices: [...parts.all().values()].reduce((sum, { table }) => sum + table.devices, 0),
    }),
  };
}

/** Makes one look for all watches that are added in a turn, so that those that depend on the time are not judged for each. */
function createLookSoon(clock: Clock): (watches: Watches) => void {
  const waiting = new Set<Watches>();
  return (watches) => {
    if (waiting.has(watches)) return;
    waiting.add(watches);
    clock.after(0, () => {
      waiting.delete(watches);
      watches.look('timed', clock.now());
    });
  };
}

/** The found devices, by number and by id. */
function listFound({ table, bits }: { readonly table: DeviceTable; readonly bits: Bits }) {
  const idxs = listBits(bits);
  return { idxs, ids: Array.from(idxs, (idx) => table.id.read(idx) ?? '') };
}

/** Judges limits over the parts of the index. */
function createScopes(
  parts: Parts,
  { isReady, settle, askEach }: { isReady(): boolean } & Omit<Asking, 'ask' | 'find'>,
  clock: Clock,
): FleetScopes {
  return {
    async within(tenant, limits, isCertain) {
      await settle(tenant, isCertain, limits);
      return toSet(uniteLimits(parts.of(tenant), limits, clock.now()));
    },
    now(tenant, limits) {
      askEach(tenant, limits);
      const unite = () => uniteLimits(parts.of(tenant), limits, clock.now());
      return toSet(isReady() ? orNone(unite, makeBits(0)) : makeBits(0));
    },
  };
}

function toSet(bits: Bits): DeviceSet {
  return { has: (idx) => hasBit(bits, idx), bytes: () => toBytes(bits) };
}
