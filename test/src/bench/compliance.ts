// Bench of compliance: shares now, at a moment and over time, and the devices behind one, over a whole fleet.
import type { Sql } from 'postgres';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { quantile, withDatabase } from './commands-house.ts';
import { readTenant, seedDevices } from './seed.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

const DEVICES = 100_000;
const POLICIES = 5;
/** Of each policy. */
const RULES = 4;
/** Hours of which changes are kept one by one. */
const HOURS = 35 * 24;
/** Questions of a round and kind. */
const QUESTIONS = 40;
/** A drifted item. */
const DRIFTED = 1;

/** Every device says of every rule; one in a hundred drifts. Counters and changes as the server keeps them. */
async function seed(sql: Sql): Promise<void> {
  const tenant = await readTenant(sql);
  await sql`
    INSERT INTO compliance_rule (tenant, policy, rule, item)
    SELECT ${tenant}, 'policy-' || p, 'rule-' || r, 'item.' || p || '.' || r
    FROM generate_series(1, ${POLICIES}) AS p, generate_series(1, ${RULES}) AS r`;
  await sql`
    INSERT INTO compliance_device (tenant, idx, seq, digest, at, heard_at)
    SELECT ${tenant}, i, 1, 'set', now(), now() FROM generate_series(0, ${DEVICES - 1}) AS i`;
  await sql`
    INSERT INTO compliance (tenant, idx, rule_id, state, mode, since, found, wanted, reason)
    SELECT ${tenant}, i, rule_id, CASE WHEN (i + rule_id) % 100 = 0 THEN ${DRIFTED}::int ELSE 4 END, 0, now(), 'found', 'wanted', ''
    FROM generate_series(0, ${DEVICES - 1}) AS i, compliance_rule`;
  await sql`
    INSERT INTO compliance_count (tenant, rule_id, mode, state, count)
    SELECT tenant, rule_id, mode, state, count(*) FROM compliance GROUP BY 1, 2, 3, 4`;
  await sql`
    INSERT INTO compliance_change (tenant, rule_id, mode, state, delta, hour)
    SELECT ${tenant}, rule_id, 0, state, CASE WHEN (h + rule_id) % 2 = 0 THEN 1 ELSE -1 END * CASE state WHEN 4 THEN 1 ELSE -1 END,
      date_trunc('hour', now()) - h * interval '1 hour'
    FROM compliance_rule, generate_series(1, ${HOURS}) AS h, unnest(ARRAY[4, ${DRIFTED}::int]) AS state`;
  for (const table of ['compliance', 'compliance_device', 'compliance_count', 'compliance_change'])
    await sql.unsafe(`VACUUM (ANALYZE) ${table}`);
}

/** What is asked, and the bare statement beside it. */
interface Question {
  readonly what: string;
  readonly path: string;
  readonly says: string;
  raw(): Promise<unknown>;
}

function listQuestions(sql: Sql, tenant: number): readonly Question[] {
  const at = new Date(Date.now() - 20 * 86_400_000).toISOString();
  const counters = () => sql`SELECT rule_id, state, count FROM compliance_count WHERE tenant = ${tenant}`;
  const changes = () =>
    sql`SELECT rule_id, state, sum(delta) FROM compliance_change WHERE tenant = ${tenant} AND hour >= ${at} GROUP BY 1, 2`;
  const rows = () =>
    sql`SELECT idx FROM compliance WHERE tenant = ${tenant} AND rule_id = 1 AND state = ${DRIFTED} ORDER BY idx LIMIT 100`;
  return [
    {
      ...{ what: 'shares of all policies now', path: '/api/v1/compliance' },
      ...{ says: 'the counters read', raw: counters },
    },
    {
      ...{
        what: 'shares of the rules of one, 20 days ago',
        path: `/api/v1/compliance?policy=policy-1&at=${at}`,
      },
      ...{ says: 'the changes since then summed', raw: changes },
    },
    {
      ...{ what: 'the share on each of 30 days', path: '/api/v1/compliance/trend?days=30' },
      ...{ says: 'the changes of 20 days summed', raw: changes },
    },
    {
      what: 'the first 100 devices on which a rule does not hold',
      path: '/api/v1/compliance/items?policy=policy-1&rule=rule-1&state=drifted&limit=100',
      ...{ says: 'their numbers alone', raw: rows },
    },
  ];
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await work();
  return performance.now() - fromMs;
}

async function measureOne(
  { rounds }: BenchContext,
  server: ServerProcess,
  { what, path, says, raw }: Question,
): Promise<Figure> {
  const api: number[] = [];
  const bare: number[] = [];
  // Code that has not run before is not what a second question costs.
  for (let at = -5; at < QUESTIONS * rounds; at++) {
    const ms = await time(() => server.call(path));
    const rawMs = await time(raw);
    if (at >= 0) {
      api.push(ms);
      bare.push(rawMs);
    }
  }
  return {
    ...{ name: `${what}, p95`, unit: 'ms', value: quantile(api, 0.95), atMost: 50 },
    spread: [Math.min(...api), Math.max(...api)],
    raw: { what: `ms, ${says}`, value: summarize(bare).value },
  };
}

async function measure(context: BenchContext, server: ServerProcess, sql: Sql): Promise<readonly Figure[]> {
  context.say(`filling in ${DEVICES} devices with ${POLICIES * RULES} rules each`);
  await seedDevices(sql, DEVICES);
  await seed(sql);
  const figures: Figure[] = [];
  for (const question of listQuestions(sql, await readTenant(sql)))
    figures.push(await measureOne(context, server, question));
  return figures;
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const dataDir = await makeBenchFolder(context, 'server');
  const server = await startServerProcess(context, { dataDir, tls: false });
  return withDatabase(dataDir, (sql) => measure(context, server, sql));
}

export const compliance: Bench = {
  id: 'compliance',
  says: 'what of 100,000 devices complies, now, then and over time, and where a rule does not hold',
  run,
};
