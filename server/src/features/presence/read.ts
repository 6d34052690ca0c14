// Reads the course of presence: stored counts for who may see every device, shares of the stored sets for everybody else.
import type { Expression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { createQueue } from '../../core/turns.ts';
import type { Fleet } from '../fleet/index.ts';
import { COARSE_MS, MAX_WAITING_READS, SAMPLE_EVERY_MS } from './limits.ts';
import { floorTo } from './sampler.ts';
import type { PresenceHistory, PresenceRange, PresenceSample } from './schema.ts';
import { countShared, unpackSet } from './sets.ts';
import { type CountsRow, type SetsRow, type Stretch, selectCounts, selectSets } from './store.ts';

/** What reading needs. */
export interface ReadDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly fleet: Pick<Fleet, 'sets'>;
}

/** Who asks for what. */
export interface Wish {
  readonly tenant: number;
  /** Limits, any of which is enough; null: every device. */
  readonly within: readonly Expression[] | null;
  /** Only devices for which it holds now; null: all. */
  readonly on: Expression | null;
  readonly range: PresenceRange;
}

/** Length and step of each range, ms. */
const ranges: Readonly<Record<PresenceRange, { readonly lengthMs: number; readonly stepMs: number }>> = {
  '24h': { lengthMs: 86_400_000, stepMs: SAMPLE_EVERY_MS },
  '30d': { lengthMs: 30 * 86_400_000, stepMs: COARSE_MS },
};

/** Reads a course. @throws MusterError E_INDEX, E_BUSY */
export type ReadPresence = (wish: Wish) => Promise<PresenceHistory>;

/** Makes the reader; sets are inflated for one request at a time. */
export function createReader(deps: ReadDeps): ReadPresence {
  const { sql, clock, fleet } = deps;
  const inTurn = createQueue(MAX_WAITING_READS);

  async function readShares({ tenant, within, on }: Wish, stretch: Stretch): Promise<CountsRow[]> {
    const [seen] = await fleet.sets(tenant, [{ expression: on, within }]);
    const rows = await withMappedErrors(() => selectSets(sql, tenant, stretch));
    const counts: CountsRow[] = [];
    for (const row of rows) counts.push(await countRow(row, seen ?? new Uint8Array(0)));
    return counts;
  }

  return async (wish) => {
    const { tenant, within, on, range } = wish;
    const { lengthMs, stepMs } = ranges[range];
    const toMs = floorTo(clock.now(), stepMs) + stepMs;
    const fromMs = toMs - lengthMs - stepMs;
    const stretch = { from: new Date(fromMs), to: new Date(toMs), stepMs };
    const rows =
      within === null && on === null
        ? await withMappedErrors(() => selectCounts(sql, tenant, stretch))
        : await inTurn(() => readShares(wish, stretch));
    return { everyMs: stepMs, samples: layOut(rows, { fromMs, toMs, stepMs }) };
  };
}

async function countRow({ at, ...sets }: SetsRow, seen: Uint8Array): Promise<CountsRow> {
  const count = async (packed: Buffer) => countShared(await unpackSet(packed), seen);
  return {
    at,
    online: await count(sets.onlineSet),
    offline: await count(sets.offlineSet),
    missing: await count(sets.missingSet),
  };
}

/** Pure: a place for each step, empty where there is no sample; the present step has not had its moment yet when it is empty. */
function layOut(
  rows: readonly CountsRow[],
  { fromMs, toMs, stepMs }: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): PresenceSample[] {
  const byStep = new Map(rows.map((row) => [floorTo(row.at.getTime(), stepMs), row]));
  const samples: PresenceSample[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
    const row = byStep.get(atMs);
    if (row === undefined && atMs + stepMs === toMs) break;
    const at = (row?.at ?? new Date(atMs)).toISOString();
    const { online = null, offline = null, missing = null } = row ?? {};
    samples.push({ at, online, offline, missing });
  }
  return samples;
}
