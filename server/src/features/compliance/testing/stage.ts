// A database with devices, policies in force, and the feature over them, for tests of compliance.
import type { PolicyItem, PolicyReport, ServerMessage } from '@muster/protocol';
import { createAnswerDurable } from '../../../core/agents/durable.ts';
import type { Session } from '../../../core/agents/session.ts';
import { systemClock } from '../../../core/clock.ts';
import type { RawSql } from '../../../core/db/pool.ts';
import { silentLog } from '../../../core/log.ts';
import { openTestDatabase, type TestLike } from '../../../core/testing/database.ts';
import { createDeviceNames, type SessionFence } from '../../devices/index.ts';
import { addDevices, createTenants } from '../../inventory/testing/fleet.ts';
import type { Present } from '../../policies/present.ts';
import { makeTestPolicy } from '../../policies/testing/signing.ts';
import type { ComplianceDeps } from '../deps.ts';
import { createIngest } from '../ingest.ts';
import { stateNames } from '../standing.ts';

/** Midday, some years on: no partition of a month is there by itself. */
export const START_MS = Date.UTC(2027, 4, 10, 12);

/** Two policies of three rules each. */
const policies = [makeTestPolicy('ssh', 3), makeTestPolicy('base', 3)];

/** What is in force on the stage. */
function presentOf(): Present {
  const members = policies.map((policy) => ({
    ...{ name: policy.name, digest: policy.name, hash: policy.name },
    row: {
      name: policy.name,
      epoch: 1,
      version: 1,
      digest: policy.name,
      envelope: '',
      storedAt: new Date(0),
    },
    opened: { policy } as NonNullable<Present['members'][number]['opened']>,
  }));
  return { epoch: 1, set: null, members };
}

/** What a device says of one item of a rule. */
export function says(
  policy: string,
  at: number,
  change: Partial<Omit<PolicyItem, 'since'>> & { readonly sinceMs: number },
): PolicyItem {
  const rule = policies.find(({ name }) => name === policy)?.rules[at];
  const { sinceMs, ...rest } = change;
  return {
    ...{
      item: rule?.item ?? '',
      policy,
      rule: rule?.id ?? '',
      mode: 'audit',
      state: 'compliant',
      code: null,
    },
    ...{ found: '1', wanted: '1', reason: '', done: [], since: new Date(sinceMs).toISOString() },
    ...rest,
  };
}

/** What a device says, with as little as possible. */
export type Telling = Partial<Omit<PolicyReport, 'at' | 'type'>> & { readonly seq: number };

export async function openStage(
  t: TestLike,
  devices: number,
  change: { fence?: SessionFence; max?: number } = {},
) {
  const { max = 4, ...rest } = change;
  const database = await openTestDatabase(t, { max });
  const { sql } = database;
  await createTenants(sql, [1, 2]);
  const refs = [...(await addDevices(sql, 1, devices)), ...(await addDevices(sql, 2, 1))];
  const time = { nowMs: START_MS };
  const clock = { ...systemClock, now: () => time.nowMs };
  const deps: ComplianceDeps = {
    ...{ sql, clock, log: silentLog, tenant: 1, devices: createDeviceNames(sql) },
    policies: { present: async () => presentOf() },
    answerDurable: createAnswerDurable({ clock, log: silentLog }, 1e12),
    ...rest,
  };
  const ingest = createIngest(deps);
  t.teardown(() => ingest.stop());
  const answers: ServerMessage[] = [];
  const sessions = new Map<number, Session>();
  function connect(idx: number, parts: Partial<Session> = {}): Session {
    const session = {
      ...{ tenant: 1, idx, epoch: 1, capability: 7, clockOffsetMs: 0, open: true },
      send: (message: ServerMessage) => void answers.push(message),
      ...parts,
    } as Session;
    sessions.set(idx, session);
    return session;
  }
  /** Tells it as of now, or as of another time. */
  function tell(idx: number, telling: Telling, atMs = time.nowMs): Promise<void> {
    const session = sessions.get(idx) ?? connect(idx);
    const at = new Date(atMs).toISOString();
    const message = { set: 'S'.repeat(43), reset: false, items: [], gone: [], ...telling, at };
    return ingest.take(session, { type: 'policy.report', ...message });
  }
  return { ...database, deps, ingest, refs, time, connect, tell, answers };
}

/** Nobody stands in any way. */
function noCounts(): { [Name in (typeof stateNames)[number]]: number } {
  return {
    ...{ error: 0, drifted: 0, applying: 0, repaired: 0, compliant: 0 },
    ...{ 'not-applicable': 0, exempt: 0, 'not-reporting': 0 },
  };
}

/** All that is stored, in one order. */
export async function readState(sql: RawSql) {
  const open = await sql<StoredItem[]>`
    SELECT tenant, idx, rule_id AS "ruleId", policy, rule, item, state, mode, since, code, found FROM compliance
    JOIN compliance_rule USING (tenant, rule_id) ORDER BY tenant, idx, item`;
  const past = await sql<(Omit<StoredItem, 'found'> & { until: Date })[]>`
    SELECT p.tenant, idx, p.rule_id AS "ruleId", coalesce(policy, '') AS policy, coalesce(rule, '') AS rule,
      coalesce(item, '') AS item, state, mode, since, until, code
    FROM compliance_past p LEFT JOIN compliance_rule r ON r.tenant = p.tenant AND r.rule_id = p.rule_id
    ORDER BY p.tenant, idx, item, since`;
  const devices = await sql<{ tenant: number; idx: number; seq: number; silentSince: Date | null }[]>`
    SELECT tenant, idx, seq, silent_since AS "silentSince" FROM compliance_device ORDER BY tenant, idx`;
  return { open: [...open], past: [...past], devices: [...devices] };
}

interface StoredItem {
  readonly tenant: number;
  readonly idx: number;
  readonly ruleId: number;
  readonly policy: string;
  readonly rule: string;
  readonly item: string;
  readonly state: number;
  readonly mode: number;
  readonly since: Date;
  readonly code: string | null;
  readonly found: string;
}

/** Counts by rule at a moment, from the intervals one by one. */
export async function recount(sql: RawSql, moment: Date) {
  const { open, past, devices } = await readState(sql);
  const silent = (idx: number) =>
    devices.some((one) => one.idx === idx && one.silentSince !== null && one.silentSince < moment) ||
    past.some((one) => one.ruleId === 0 && one.idx === idx && one.since < moment && one.until >= moment);
  const counts = new Map<string, ReturnType<typeof noCounts>>();
  const then = [...open.map((one) => ({ ...one, until: new Date(8.64e15) })), ...past];
  for (const { ruleId, idx, policy, rule, state, since, until } of then) {
    if (ruleId === 0 || since >= moment || until < moment) continue;
    const key = `${policy}/${rule}`;
    const sums = counts.get(key) ?? noCounts();
    const name = stateNames[state] ?? 'error';
    const isMeant = name !== 'exempt' && name !== 'not-applicable';
    sums[isMeant && silent(idx) ? 'not-reporting' : name] += 1;
    counts.set(key, sums);
  }
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same from the counters: as they are, and at a moment without what changed since. */
export async function readCounters(sql: RawSql, moment: Date | null) {
  const rows = await sql<{ policy: string; rule: string; state: number; count: number }[]>`
    SELECT policy, rule, state, sum(count)::integer AS count FROM (
      SELECT tenant, rule_id, state, count FROM compliance_count
      UNION ALL
      SELECT tenant, rule_id, state, -delta FROM compliance_change WHERE hour >= ${moment ?? new Date('9999-01-01')}
    ) AS c JOIN compliance_rule USING (tenant, rule_id)
    GROUP BY policy, rule, state HAVING sum(count) <> 0 ORDER BY policy, rule`;
  const counts = new Map<string, ReturnType<typeof noCounts>>();
  for (const { policy, rule, state, count } of rows) {
    const sums = counts.get(`${policy}/${rule}`) ?? noCounts();
    sums[stateNames[state] ?? 'error'] += count;
    counts.set(`${policy}/${rule}`, sums);
  }
  return counts;
}
