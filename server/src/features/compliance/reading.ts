// Answers what of the fleet complies: shares now, at a moment and over time.
import { withMappedErrors } from '../../core/db/failures.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { Present } from '../policies/index.ts';
import type { ComplianceDeps } from './deps.ts';
import { FINE_KEPT_MS, KEPT_MS } from './limits.ts';
import type { ComplianceView, TrendView } from './schema.ts';
import { nameState, noCounts, type StateCounts, weigh } from './standing.ts';
import {
  type CountRow,
  countItems,
  countItemsThen,
  type RuleFilter,
  readChanges,
  readCounters,
} from './store-counts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Days of which a caller with a limit sees how a share moved: it is counted from the rows of his devices. */
const MAX_LIMITED_DAYS = 31;

/** What is asked. */
export interface Asked extends RuleFilter {
  /** Devices that the caller may see; null: all. */
  readonly within: DeviceSet | null;
}

type Rules = ReadonlyMap<
  string,
  { readonly title: string; readonly severity: string; readonly remediation: string }
>;

/** Rules in force, by policy and id. */
export function listRules({ members }: Present): Rules {
  return new Map(
    members.flatMap(({ name, opened }) =>
      (opened?.policy.rules ?? []).map((rule) => [`${name}/${rule.id}`, rule] as const),
    ),
  );
}

/** Counts by a key, in the order of keys. */
function sumBy(rows: readonly CountRow[], keyOf: (row: CountRow) => string): [string, StateCounts][] {
  const sums = new Map<string, StateCounts>();
  for (const row of rows) {
    const counts = sums.get(keyOf(row)) ?? noCounts();
    counts[nameState(row.state)] += row.count;
    sums.set(keyOf(row), counts);
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The beginning of the hour, or of the day where hours are not kept any more. @throws MusterError E_VALIDATION */
function toMoment(text: string, nowMs: number): Date {
  const ms = Date.parse(text);
  if (ms > nowMs || ms < nowMs - KEPT_MS)
    throw fail('E_VALIDATION', {
      detail: 'It is known how items stood in the last 400 days; name a moment in them.',
    });
  const span = ms < nowMs - FINE_KEPT_MS ? DAY_MS : HOUR_MS;
  return new Date(Math.floor(ms / span) * span);
}

/** Shares of policies, and of the rules of the one that is asked for. One statement besides what is in force. */
export async function readShares(
  { sql, clock, policies }: Pick<ComplianceDeps, 'sql' | 'clock' | 'policies'>,
  asked: Asked,
  text: string | undefined,
): Promise<ComplianceView> {
  const moment = text === undefined ? null : toMoment(text, clock.now());
  const rows = await withMappedErrors(() => countAt(sql, asked, moment));
  const rules = asked.policy === undefined ? null : listRules(await policies.present());
  return {
    at: moment?.toISOString() ?? null,
    policies: sumBy(rows, ({ policy }) => policy).map(([policy, counts]) => ({
      policy,
      counts,
      ...weigh(counts),
    })),
    rules:
      rules === null
        ? []
        : sumBy(rows, ({ rule }) => rule).map(([rule, counts]) => {
            const { title = null, severity = null } = rules.get(`${asked.policy}/${rule}`) ?? {};
            return { ...{ rule, title, severity, counts }, ...weigh(counts) };
          }),
  };
}

function countAt(sql: ComplianceDeps['sql'], asked: Asked, moment: Date | null): Promise<CountRow[]> {
  if (asked.within === null) return readCounters(sql, asked, moment);
  return moment === null ? countItems(sql, asked) : countItemsThen(sql, asked, [moment]);
}

/** The share at the beginning of each day, and now. Two statements. @throws MusterError E_VALIDATION */
export async function readTrend(
  { sql, clock }: Pick<ComplianceDeps, 'sql' | 'clock'>,
  asked: Asked,
  days: number,
): Promise<TrendView> {
  const nowMs = clock.now();
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const moments = Array.from({ length: days }, (_, at) => new Date(today - (days - 1 - at) * DAY_MS));
  const present = await withMappedErrors(() => countAt(sql, asked, null));
  const now = { at: new Date(nowMs).toISOString(), ...weighAll(present) };
  const points =
    asked.within === null
      ? await withMappedErrors(() => backFrom(sql, { asked, moments, present }))
      : await withMappedErrors(() => countDays(sql, asked, moments));
  return { points: [...points, now] };
}

const weighAll = (rows: readonly CountRow[]) => weigh(sumBy(rows, () => '')[0]?.[1] ?? noCounts());

/** From what is now, without what changed since. */
async function backFrom(
  sql: ComplianceDeps['sql'],
  {
    asked,
    moments,
    present,
  }: { readonly asked: Asked; readonly moments: readonly Date[]; readonly present: readonly CountRow[] },
): Promise<TrendView['points']> {
  const changes = await readChanges(sql, asked, moments[0] ?? new Date(0));
  const counts = sumBy(present, () => '')[0]?.[1] ?? noCounts();
  const points: TrendView['points'] = [];
  for (const moment of moments.toReversed()) {
    for (const { day, state, delta } of changes)
      if (day.getTime() === moment.getTime()) counts[nameState(state)] -= delta;
    points.push({ at: moment.toISOString(), ...weigh(counts) });
  }
  return points.toReversed();
}

/** From the rows of some devices. */
async function countDays(
  sql: ComplianceDeps['sql'],
  asked: Asked,
  moments: readonly Date[],
): Promise<TrendView['points']> {
  if (moments.length > MAX_LIMITED_DAYS)
    throw fail('E_VALIDATION', {
      detail: `Who may see some devices only sees ${MAX_LIMITED_DAYS} days at most; ask for fewer.`,
    });
  const rows = await countItemsThen(sql, asked, moments);
  return moments.map((moment) => ({
    at: moment.toISOString(),
    ...weighAll(rows.filter((row) => row.moment.getTime() === moment.getTime())),
  }));
}
