// Holds what was acknowledged against what the database holds, as sets: nothing missing, nothing twice, nothing left open.
import type { Sql } from 'postgres';
import type { ServerProcess } from '../../support/server-process.ts';
import type { BusyDevice } from './busy-device.ts';
import type { Office } from './office.ts';

/** What is stored of devices, each list keyed by host name. */
interface Stored {
  /** `host series` → rows and whether all are closed. */
  readonly alerts: ReadonlyMap<string, { readonly count: number; readonly closed: boolean }>;
  /** `host hour` → number of the message that is stored. */
  readonly chunks: ReadonlyMap<string, number>;
  readonly roots: ReadonlyMap<string, string>;
  /** Intervals of package lists by host; one is open. */
  readonly lists: ReadonlyMap<string, { readonly count: number; readonly open: number }>;
}

/** A job as it is stored. */
interface StoredJob {
  readonly id: string;
  readonly state: string;
  readonly isOver: boolean;
  readonly succeeded: number;
  readonly results: number;
}

/** What came out. */
export interface Judgement {
  readonly faults: readonly string[];
  readonly acknowledged: { readonly devices: number; readonly orders: number; readonly tokens: number };
  readonly unansweredJobs: number;
}

async function readStored(sql: Sql): Promise<Stored> {
  const alerts = await sql<{ key: string; count: number; closed: boolean }[]>`
    SELECT hostname || ' ' || series AS key, count(*)::int AS count, bool_and(cleared_at IS NOT NULL) AS closed
    FROM alert JOIN device USING (tenant, idx) GROUP BY 1`;
  const chunks = await sql<{ key: string; seq: number }[]>`
    SELECT hostname || ' ' || to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS key, seq::int AS seq
    FROM metric_chunk JOIN device USING (tenant, idx)`;
  const roots = await sql<{ hostname: string; root: Buffer }[]>`
    SELECT hostname, root FROM device_inventory JOIN device USING (tenant, idx)`;
  const lists = await sql<{ hostname: string; count: number; open: number }[]>`
    SELECT hostname, count(*)::int AS count, (count(*) FILTER (WHERE valid_to = 'infinity'))::int AS open
    FROM device_packages JOIN device USING (tenant, idx) GROUP BY 1`;
  return {
    alerts: new Map(alerts.map(({ key, ...rest }) => [key, rest])),
    chunks: new Map(chunks.map(({ key, seq }) => [key, seq])),
    roots: new Map(roots.map(({ hostname, root }) => [hostname, root.toString('base64url')])),
    lists: new Map(lists.map(({ hostname, ...rest }) => [hostname, rest])),
  };
}

function readJobs(sql: Sql): Promise<StoredJob[]> {
  return sql<StoredJob[]>`
    SELECT id, state, ended_at IS NOT NULL AS "isOver", coalesce((counts->>'succeeded')::int, 0) AS succeeded,
      (SELECT count(*)::int FROM job_exception e WHERE e.tenant = job.tenant AND e.job = job.number AND e.payload IS NOT NULL) AS results
    FROM job`;
}

/** Call it when all is acknowledged and over, or the patience with it is. */
export async function judge(
  server: ServerProcess,
  { devices, office }: { devices: readonly BusyDevice[]; office: Office },
): Promise<Judgement> {
  const [stored, jobs, tokens] = await server.query((sql) =>
    Promise.all([readStored(sql), readJobs(sql), sql<{ id: string }[]>`SELECT id FROM enrollment_token`]),
  );
  const faults = [
    ...devices.flatMap((device) => [...judgeMessages(device, stored), ...judgeInventory(device, stored)]),
    ...judgeJobs(jobs, { devices, office }),
  ];
  const known = new Set(tokens.map(({ id }) => id));
  for (const id of office.tokens)
    if (!known.has(id)) faults.push(`token ${id} was answered and is not there`);
  return {
    faults,
    acknowledged: {
      devices: devices.reduce((sum, { acked }) => sum + acked.size, 0),
      orders: office.answered.size,
      tokens: office.tokens.size,
    },
    unansweredJobs: jobs.filter(({ id }) => !office.answered.has(id)).length,
  };
}

/** Everything that was ever sent is there, once; so what was acknowledged is. */
function judgeMessages(device: BusyDevice, { alerts, chunks }: Stored): string[] {
  const { hostname } = device;
  const faults: string[] = [];
  const named = new Set<string>();
  const newest = new Map<string, number>();
  for (const { seq, kind, key } of device.sent.values()) {
    if (!device.acked.has(seq)) faults.push(`${hostname}: ${kind} ${seq} (${key}) is not acknowledged`);
    if (kind === 'firing') named.add(`${hostname} ${key}`);
    if (kind === 'chunk') newest.set(`${hostname} ${key}`, seq);
  }
  for (const name of named) {
    const found = alerts.get(name);
    if (found?.count !== 1 || !found.closed)
      faults.push(`alert ${name}: ${found?.count ?? 0} rows, closed: ${found?.closed}`);
  }
  for (const [name, seq] of newest)
    if (chunks.get(name) !== seq)
      faults.push(`chunk ${name}: ${chunks.get(name)} is stored, ${seq} was sent last`);
  for (const name of [...alerts.keys(), ...chunks.keys()])
    if (name.startsWith(`${hostname} `) && !named.has(name) && !newest.has(name))
      faults.push(`${name} is stored and was never sent`);
  return faults;
}

/** Each list of packages that was called stored is an interval; one that was replaced on its way may be missing. */
function judgeInventory(device: BusyDevice, { roots, lists }: Stored): string[] {
  const { hostname, offered } = device;
  const last = offered.at(-1) ?? '';
  const found = lists.get(hostname);
  const faults: string[] = [];
  if (!device.stored.has(last)) faults.push(`${hostname}: its newest inventory was never called stored`);
  if (roots.get(hostname) !== last) faults.push(`${hostname}: another inventory is stored than it has`);
  if (found?.open !== 1) faults.push(`${hostname}: ${found?.open ?? 0} lists of packages are open`);
  const count = found?.count ?? 0;
  if (count < device.stored.size || count > offered.length)
    faults.push(
      `${hostname}: ${count} lists, ${device.stored.size} called stored, ${offered.length} offered`,
    );
  return faults;
}

/** What was answered is there; whatever is there is over everywhere, ran once, and left its result. */
function judgeJobs(
  jobs: readonly StoredJob[],
  { devices, office }: { devices: readonly BusyDevice[]; office: Office },
): string[] {
  const faults: string[] = [];
  const ids = new Set(jobs.map(({ id }) => id));
  for (const id of office.answered)
    if (!ids.has(id)) faults.push(`order ${id} was answered and is not there`);
  for (const { id, state, isOver, succeeded, results } of jobs) {
    const answered = office.answered.has(id) ? 'answered' : 'not answered';
    if (!isOver || succeeded !== devices.length || results !== devices.length)
      faults.push(
        `job ${id} (${answered}) is ${state}: ${succeeded} succeeded, ${results} results of ${devices.length}`,
      );
  }
  for (const { hostname, starts } of devices)
    for (const [id, times] of starts)
      if (times !== 1 || !ids.has(id))
        faults.push(`${hostname}: ${id} ran ${times} times, stored: ${ids.has(id)}`);
  return faults;
}
