// What there is for each organization, and how what was read gets into it: the table, its groups, its watches.
import type { SoftwareAsked } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import { codeOf, isPassing } from '../../core/db/failures.ts';
import type { Logger } from '../../core/log.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import type { Batch, FeederDeps } from './feeder.ts';
import { GroupBook, type StoredGroup } from './group-book.ts';
import type { ReadSoftware } from './software-book.ts';
import { DeviceTable } from './table.ts';
import { createWatches, type Watches } from './watches.ts';

/** Reads all groups of an organization, by one statement. */
export type ReadGroups = (tenant: number) => Promise<readonly StoredGroup[]>;

/** What there is for one organization. */
export interface Part {
  readonly table: DeviceTable;
  readonly groups: GroupBook;
  readonly evaluator: Evaluator;
  readonly watches: Watches;
}

/** What the parts need. */
export interface PartsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly software: ReadSoftware;
  isReady(): boolean;
  /** The groups of an organization that is met for the first time have to be read. */
  met(tenant: number): void;
}

/** The parts. */
export interface Parts {
  of(tenant: number): Part;
  all(): ReadonlyMap<number, Part>;
  groupsFrom(read: ReadGroups): void;
  /** What the feeder is handed. */
  readonly fed: Omit<FeederDeps, 'source' | 'clock' | 'log'>;
}

/** Makes them; there are none at first. */
export function createParts(deps: PartsDeps): Parts {
  const { clock, log, software, isReady } = deps;
  const parts = new Map<number, Part>();
  let readGroups: ReadGroups = async () => [];

  function partOf(tenant: number): Part {
    const known = parts.get(tenant);
    if (known !== undefined) return known;
    const table = new DeviceTable();
    const groups = new GroupBook();
    const evaluator = createEvaluator(table, groups);
    const part = { table, groups, evaluator, watches: createWatches(table, evaluator, log) };
    parts.set(tenant, part);
    deps.met(tenant);
    return part;
  }

  /** Null: the database cannot say it, and whoever asks hears E_INDEX for a while; no question may hold up all others. */
  async function readSoftware(tenant: number, asked: SoftwareAsked, idxs: readonly number[] | null) {
    try {
      return await software(tenant, asked, idxs);
    } catch (err) {
      if (isPassing(err) && !isTooSlow(err)) throw err;
      log.warn({ err, tenant, asked }, 'a question about packages cannot be answered');
      const { table, watches } = partOf(tenant);
      table.software.refuse(asked, clock.now());
      if (isReady()) watches.follow({ idxs: new Set(), names: new Set(['software']) }, clock.now());
      return null;
    }
  }

  return {
    of: partOf,
    all: () => parts,
    groupsFrom(read) {
      readGroups = read;
    },
    fed: {
      apply(batch) {
        const part = partOf(batch.tenant);
        const names = takeOver(part.table, batch);
        const idxs = new Set(batch.rows.map(({ idx }) => idx));
        if (isReady() && names.size > 0) part.watches.follow({ idxs, names }, clock.now());
      },
      readGroups: (tenant) => readGroups(tenant),
      async readHolders(tenant, idxs) {
        const kept = partOf(tenant).table.software.kept(clock.now());
        const found = [];
        for (const asked of kept) {
          const holders = await readSoftware(tenant, asked, idxs);
          if (holders !== null) found.push({ asked, idxs: new Set(holders) });
        }
        return found;
      },
      async answerSoftware(tenant) {
        const { table, watches } = partOf(tenant);
        for (const asked of table.software.missing()) {
          const holders = await readSoftware(tenant, asked, null);
          if (holders !== null) table.software.answer(asked, holders);
        }
        watches.follow({ idxs: new Set(), names: new Set(['software']) }, clock.now());
      },
      applyGroups(tenant, stored) {
        const { groups, watches } = partOf(tenant);
        const touched = { idxs: new Set<number>(), names: new Set(['group']) };
        if (groups.put(stored) && isReady()) watches.follow(touched, clock.now());
      },
      built() {
        for (const { watches } of parts.values()) watches.look('all', clock.now());
      },
      knows: (tenant, idx) => parts.get(tenant)?.table.id.read(idx) !== undefined,
    },
  };
}

/** Its own time was over: the database is there, and would take as long again. */
function isTooSlow(err: unknown): boolean {
  return [err, err instanceof Error ? err.cause : undefined].some((one) => codeOf(one) === '57014');
}

/** Puts what was read into the table; answers which facts are others now. */
function takeOver(table: DeviceTable, { rows, facts, software }: Batch): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const row of rows) {
    table.putRow(row, changed);
    const values = facts?.get(row.idx);
    if (values !== undefined) table.putFacts(row.idx, values, changed);
  }
  for (const { asked, idxs } of software)
    if (table.software.follow(asked, facts?.keys() ?? [], idxs)) changed.add('software');
  return changed;
}
