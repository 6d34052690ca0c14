// Fleet: the index in memory behind groups, lists and targets; owns no table, is built from what others read, and is never half right.
import type { Expression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { type Bits, countBits, intersect, listBits, makeBits } from './bits.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import { type Batch, createFeeder, type FleetSource, type NoteKind } from './feeder.ts';
import { TIMED_LOOK_MS } from './limits.ts';
import { type Pick, type Picked, pick } from './pick.ts';
import { DeviceTable } from './table.ts';
import { createWatches, type Moved, type Watches } from './watches.ts';

export type { FleetSource } from './feeder.ts';
export type { Place, SortKey } from './pick.ts';
export { type FleetRow, MISSING_AFTER_MS } from './table.ts';
export type { Moved } from './watches.ts';

/** What is handed in. */
export interface FleetDeps {
  readonly source: FleetSource;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Which devices are meant. */
export interface Meant {
  /** Null: all. */
  readonly expression: Expression | null;
  readonly state?: string | undefined;
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
  /** A page of them in some order, and the number of all that fit. */
  page(tenant: number, meant: Meant, wish: Pick): Promise<Picked>;
  /** Tells of all members once they are known, then of who joins and who leaves; the returned function ends it. @throws MusterError E_BUSY */
  watch(tenant: number, expression: Expression, listener: (moved: Moved) => void): () => void;
  start(): void;
  stop(): Promise<void>;
  counts(): { readonly devices: number };
}

/** What there is for one organization. */
interface Part {
  readonly table: DeviceTable;
  readonly evaluator: Evaluator;
  readonly watches: Watches;
}

/** Makes the index; nothing is read before `start`. */
export function createFleet({ source, clock, log }: FleetDeps): Fleet {
  const parts = new Map<number, Part>();
  let cancelLook: (() => void) | undefined;

  function partOf(tenant: number): Part {
    const known = parts.get(tenant);
    if (known !== undefined) return known;
    const table = new DeviceTable();
    const evaluator = createEvaluator(table);
    const part = { table, evaluator, watches: createWatches(table, evaluator, log) };
    parts.set(tenant, part);
    return part;
  }

  const feeder = createFeeder({
    ...{ source, clock, log },
    apply(batch) {
      const part = partOf(batch.tenant);
      const names = takeOver(part.table, batch);
      const idxs = new Set(batch.rows.map(({ idx }) => idx));
      if (feeder.isReady() && names.size > 0) part.watches.follow({ idxs, names }, clock.now());
    },
    built() {
      for (const { watches } of parts.values()) watches.look('all', clock.now());
    },
    knows: (tenant, idx) => parts.get(tenant)?.table.id.read(idx) !== undefined,
  });

  function armLook(): void {
    cancelLook = clock.after(TIMED_LOOK_MS, () => {
      if (feeder.isReady()) for (const { watches } of parts.values()) watches.look('timed', clock.now());
      armLook();
    });
  }

  async function find(tenant: number, meant: Meant, isCertain = false) {
    await feeder.settled(isCertain);
    const part = partOf(tenant);
    return { table: part.table, bits: judge(part, meant, clock.now()) };
  }

  return {
    note: feeder.note,
    doubt: feeder.doubt,
    isReady: feeder.isReady,
    count: async (tenant, meant) => countBits((await find(tenant, meant)).bits),
    async select(tenant, meant) {
      // Orders go to these.
      const { table, bits } = await find(tenant, meant, true);
      const idxs = listBits(bits);
      return { idxs, ids: Array.from(idxs, (idx) => table.id.read(idx) ?? '') };
    },
    async page(tenant, meant, wish) {
      const { table, bits } = await find(tenant, meant);
      return pick(table, bits, wish);
    },
    watch(tenant, expression, listener) {
      const { watches } = partOf(tenant);
      const end = watches.add(expression, listener);
      if (feeder.isReady()) clock.after(0, () => watches.look('timed', clock.now()));
      return end;
    },
    start() {
      feeder.start();
      armLook();
    },
    async stop() {
      cancelLook?.();
      await feeder.stop();
    },
    counts: () => ({
      devices: [...parts.values()].reduce((sum, { table }) => sum + table.devices, 0),
    }),
  };
}

/** Puts what was read into the table; answers which facts are others now. */
function takeOver(table: DeviceTable, { rows, facts }: Batch): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const row of rows) {
    table.putRow(row, changed);
    const values = facts?.get(row.idx);
    if (values !== undefined) table.putFacts(row.idx, values, changed);
  }
  return changed;
}

/** The devices that are meant; shared, to be read at once. */
function judge({ table, evaluator }: Part, { expression, state }: Meant, nowMs: number): Bits {
  const fitting = expression === null ? table.present : evaluator.evaluate(expression, nowMs);
  if (state === undefined) return fitting;
  const bits = makeBits(table.capacity);
  table.state.fill(bits, (value) => value === state);
  intersect(bits, fitting);
  return bits;
}
