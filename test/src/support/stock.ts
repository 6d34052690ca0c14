// Stocks the database of a server that has just a signer: devices, and of everything that can be asked about them as many as wanted.
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  encodeBase64url,
  encodeUtf8,
  osVersionSection,
  runStates,
  type Section,
  sections,
  usersSection,
  type Value,
  versionKey,
  writeBody,
} from '@muster/protocol';
import { HALT_TYPE } from '@muster/protocol/commands';
import type { Sql } from 'postgres';
import { makeHour } from '../bench/chunk-load.ts';
import { type DeviceKeys, makeDeviceKeys } from '../fleet/keys.ts';

/** How much there is. */
export interface StockSize {
  readonly devices: number;
  /** Of everything else: changes and packages of the first device, alerts, halts, content, tokens, persons. */
  readonly things: number;
  /** Devices, from the first on, with keys by which they can connect. */
  readonly keyed: number;
}

/** Stock that can grow. */
interface Stock {
  /** Of the devices that can connect, by number; device 0 is the one that has everything. */
  readonly keys: readonly DeviceKeys[];
  /** When the history of device 0 begins; it changes every minute from then on. */
  readonly sinceMs: number;
  /** Adds what is missing; the server must not run, since what is written behind its back is in no index of it. */
  growTo(sql: Sql, size: StockSize): Promise<void>;
}

const PARTS = 64;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours of measurements at most: of a day that there are partitions for until the day after tomorrow. */
const MAX_HOURS = 60;
/** Bytes of a block of a job: a device that is not meant, and one that succeeded. */
const NOT_MEANT = 255;
const SUCCEEDED = runStates.succeeded.code;

/** Id of the device with that number. */
export function stockId(idx: number): string {
  const letters = [...String(idx)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  return `dev_q${letters}`.padEnd(30, 'z');
}

/** The empty list is how a section says that there is nothing. */
type Rows = readonly Readonly<Record<string, Value>>[];

/** Bodies of a section in the store; their hashes in hex. */
async function putBodies(sql: Sql, section: Section, all: readonly Rows[]): Promise<string[]> {
  const texts = all.map((rows) =>
    writeBody(section, rows.length > 0 ? { outcome: 'ok', rows } : { outcome: 'no-data', reason: 'None.' }),
  );
  const bodies = texts.map((text) => deflateRawSync(text).toString('hex'));
  const counts = all.map((rows) => rows.length);
  await sql`
    INSERT INTO slice (tenant, hash, section, outcome, reason, row_count, raw_bytes, body)
    SELECT tenant, sha256(convert_to(text, 'UTF8')), ${section.name}, CASE count WHEN 0 THEN 'no-data' ELSE 'ok' END,
      CASE count WHEN 0 THEN 'None.' ELSE '' END, count, length(text), decode(body, 'hex')
    FROM organization, unnest(${texts}::text[], ${bodies}::text[], ${counts}::int[]) AS s (text, body, count)
    ON CONFLICT DO NOTHING`;
  return texts.map((text) => createHash('sha256').update(text).digest('hex'));
}

const system = (version: string) => ({ name: 'Stock Linux', version, platform: 'stock', arch: 'x86_64' });

/** Makes the stock; nothing is stored yet. */
export function createStock(): Stock {
  const keys: DeviceKeys[] = [];
  const sinceMs = Date.now() - DAY_MS;
  let held: StockSize = { devices: 0, things: 0, keyed: 0 };
  return {
    keys,
    sinceMs,
    async growTo(sql, size) {
      while (keys.length < size.keyed) keys.push(makeDeviceKeys());
      const growth = {
        sql,
        from: held,
        to: size,
        at: (minute: number) => new Date(sinceMs + minute * MINUTE_MS),
      };
      await addDevices(growth, keys);
      await addSections(growth);
      await addPackages(growth);
      await addHours(growth);
      await addAlerts(growth);
      await addPapers(growth);
      held = size;
    },
  };
}

interface Growth {
  readonly sql: Sql;
  readonly from: StockSize;
  readonly to: StockSize;
  /** The time of a change of the first device. */
  at(minute: number): Date;
}

async function addDevices({ sql, from, to }: Growth, keys: readonly DeviceKeys[]): Promise<void> {
  const ids = Array.from({ length: to.devices - from.devices }, (_, at) => stockId(from.devices + at));
  await sql`
    INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, token_id, labels)
    SELECT tenant, i, ids.id, 'active', 'host-' || i, 'linux', '0.1.0', sha256(convert_to('device/' || i, 'UTF8')),
      sha256('seal'), 'tok', jsonb_build_object('site', 'fra')
    FROM organization, unnest(${ids}::text[]) WITH ORDINALITY AS ids (id, n), LATERAL (SELECT ${from.devices}::int + n - 1) AS at (i)`;
  const keyOf = keys.map(({ deviceKey }) => Buffer.from(deviceKey).toString('hex'));
  await sql`
    UPDATE device SET device_key = decode(k.key, 'hex')
    FROM unnest(${keyOf}::text[]) WITH ORDINALITY AS k (key, n) WHERE idx = n - 1`;
  // The root that a quiet heartbeat names: nobody is asked for an inventory.
  await sql`
    INSERT INTO device_inventory (tenant, idx, root, stored_at)
    SELECT tenant, idx, decode(repeat('00', 32), 'hex'), now() FROM device ON CONFLICT DO NOTHING`;
}

/** Every device has a system; the first one changes it every minute, and has more sections and accounts each time. */
async function addSections(growth: Growth): Promise<void> {
  const { sql, from, to, at } = growth;
  const [shared = ''] = await putBodies(sql, osVersionSection, [[system('1')]]);
  await sql`
    INSERT INTO device_slice (tenant, idx, name, valid_from, hash)
    SELECT tenant, idx, ${osVersionSection.name}, ${at(0)}, decode(${shared}, 'hex') FROM device
    WHERE idx >= ${Math.max(1, from.devices)}`;
  const systems = Array.from({ length: to.things - from.things }, (_, n) => [system(`2.${from.things + n}`)]);
  await holdInTurn(growth, osVersionSection, systems);
  const accounts = Array.from({ length: to.things }, (_, uid) => ({
    ...{ uid, gid: 1, username: `user-${String(uid).padStart(4, '0')}`, interactive: true },
  }));
  await holdInTurn(growth, usersSection, [accounts]);
  if (from.things === 0) return;
  const others = sections.filter(({ name, kind }) => kind === 'slice' && !heldFirst.has(name));
  for (const section of others) await holdInTurn(growth, section, [[]]);
}

/** Sections of the first size; packages are stored in their own way. */
const heldFirst = new Set(['os_version', 'users', 'packages']);

/** The first device holds one body after the other, each for a minute, the last one from then on. */
async function holdInTurn(
  { sql, from, at }: Growth,
  section: Section,
  bodies: readonly Rows[],
): Promise<void> {
  const hashes = await putBodies(sql, section, bodies);
  await sql`UPDATE device_slice SET valid_to = ${at(from.things)}
    WHERE idx = 0 AND name = ${section.name} AND valid_to = 'infinity'`;
  await sql`
    INSERT INTO device_slice (tenant, idx, name, valid_from, valid_to, hash)
    SELECT tenant, 0, ${section.name}, ${at(from.things)}::timestamptz + (n - 1) * interval '1 minute',
      CASE WHEN n = ${hashes.length} THEN 'infinity' ELSE ${at(from.things)}::timestamptz + n * interval '1 minute' END,
      decode(hash, 'hex')
    FROM organization, unnest(${hashes}::text[]) WITH ORDINALITY AS h (hash, n)`;
}

/** Half of the packages are versions of one. A device holds all that there are when it comes. */
async function addPackages({ sql, from, to, at }: Growth): Promise<void> {
  const numbers = Array.from({ length: to.things - from.things }, (_, n) => from.things + n);
  const names = numbers.map((n) => (n % 2 === 0 ? 'common' : `only-${n}`));
  const versions = numbers.map((n) => `1.${n}-1`);
  const keys = versions.map((version) => versionKey('deb', version));
  await sql`
    INSERT INTO package (tenant, digest, ecosystem, name, version, arch, size_bytes, status, version_key, installed)
    SELECT tenant, substring(sha256(convert_to(p.name || version, 'UTF8')) FOR 16), 'deb', p.name, version, 'amd64', 1000,
      'installed', key, true
    FROM organization, unnest(${names}::text[], ${versions}::text[], ${keys}::text[]) WITH ORDINALITY AS p (name, version, key, n)
    ORDER BY n`;
  // The last one is the empty set, which may stand in any place.
  const sets = await sql<{ id: number }[]>`
    INSERT INTO package_set (tenant, hash, part, outcome, reason, ids, installed)
    SELECT tenant, sha256(convert_to(${to.things}::text || '/' || part, 'UTF8')), nullif(part, ${PARTS}), 'ok', '', ids, cardinality(ids)
    FROM organization, generate_series(0, ${PARTS}) AS part,
      LATERAL (SELECT ARRAY(SELECT id FROM package WHERE id % ${PARTS} = part ORDER BY id) AS ids) AS held
    ORDER BY part RETURNING id`;
  const ids = sets.map(({ id }) => id);
  await sql`
    INSERT INTO device_packages (tenant, idx, valid_from, parts, installed)
    SELECT tenant, idx, ${at(0)}, (${ids}::int[])[1:${PARTS}], ${to.things} FROM device WHERE idx >= ${Math.max(1, from.devices)}`;
  // The first device lacks another part every minute.
  await sql`UPDATE device_packages SET valid_to = ${at(from.things)} WHERE idx = 0 AND valid_to = 'infinity'`;
  await sql`
    INSERT INTO device_packages (tenant, idx, valid_from, valid_to, parts, installed)
    SELECT tenant, 0, ${at(0)}::timestamptz + n * interval '1 minute',
      CASE WHEN n = ${to.things - 1} THEN 'infinity' ELSE ${at(0)}::timestamptz + (n + 1) * interval '1 minute' END,
      ARRAY(SELECT (${ids}::int[])[1 + CASE WHEN part = n % ${PARTS} THEN ${PARTS} ELSE part END]
        FROM generate_series(0, ${PARTS - 1}) AS part ORDER BY part), ${to.things}
    FROM organization, generate_series(${from.things}::int, ${to.things - 1}::int) AS n`;
  await sql`
    UPDATE package_set s SET devices = held.devices
    FROM (SELECT set, count(*) AS devices FROM device_packages, unnest(parts) AS set WHERE valid_to = 'infinity' GROUP BY set) held
    WHERE held.set = s.id`;
}

/** Hours of the first device, from the midnight before today on. */
async function addHours({ sql, from, to }: Growth): Promise<void> {
  const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  // The server has made those of its own day and two more; a day may have begun since.
  for (let startMs = dayMs; startMs < dayMs + MAX_HOURS * HOUR_MS; startMs += DAY_MS)
    await addPartition(sql, startMs);
  const last = Math.min(to.things, MAX_HOURS);
  for (let hour = from.things; hour < last; hour++) {
    const startMs = dayMs + hour * HOUR_MS;
    const chunk = Buffer.from(makeHour(startMs, 1 + hour)).toString('hex');
    await sql`
      INSERT INTO metric_chunk (tenant, idx, starts_at, seq, points, chunk)
      SELECT tenant, 0, ${new Date(startMs)}, ${1 + hour}, 60, decode(${chunk}, 'hex') FROM organization`;
  }
}

async function addPartition(sql: Sql, startMs: number): Promise<void> {
  const [first = '', next = ''] = [startMs, startMs + DAY_MS].map((ms) =>
    new Date(ms).toISOString().slice(0, 10),
  );
  await sql.unsafe(`CREATE TABLE IF NOT EXISTS metric_chunk_p${first.replaceAll('-', '')} PARTITION OF metric_chunk
    FOR VALUES FROM ('${first} 00:00:00+00') TO ('${next} 00:00:00+00')`);
}

/** As many alerts of the first device as of all others, half of them over. */
async function addAlerts({ sql, from, to }: Growth): Promise<void> {
  await sql`
    INSERT INTO alert (tenant, idx, rule, series, severity, value, threshold, since, fired_at, cleared_at, cleared_value, seq)
    SELECT tenant, idx, 'disk_full', 'system.filesystem.utilization{/' || n || '}', 'warning', 0.9, 0.8, now(), now(),
      CASE WHEN n % 2 = 0 THEN now() END, CASE WHEN n % 2 = 0 THEN 0.5 END, n
    FROM organization, generate_series(${from.things}::int, ${to.things - 1}::int) AS n, unnest(ARRAY[0, 1 + n % ${to.devices - 1}::int]) AS idx`;
}

/** A halt that is over, as text; its id and signature are nobody's. */
function formatHalt(org: string): string {
  const at = new Date(Date.now() - 2 * DAY_MS).toISOString();
  const until = new Date(Date.now() - DAY_MS).toISOString();
  const halt = {
    ...{ v: 1, org, haltId: `hlt_${'a'.repeat(26)}`, scope: { what: 'all' }, at, until },
    ...{ requester: 'admin', reason: 'A test.', trustVersion: 1 },
  };
  const signatures = [{ keyid: '0'.repeat(16), sig: encodeBase64url(new Uint8Array(64)) }];
  const payload = encodeBase64url(encodeUtf8(JSON.stringify(halt)));
  return JSON.stringify({ payload, payloadType: HALT_TYPE, signatures });
}

/** What people hold and make: tokens, persons with keys, halts that are over. */
async function addPapers({ sql, from, to }: Growth): Promise<void> {
  const [organization] = await sql<{ id: string }[]>`SELECT id FROM organization`;
  const numbers = sql`organization, generate_series(${from.things}::int, ${to.things - 1}::int) AS n`;
  await sql`
    INSERT INTO enrollment_token (tenant, id, name, public_key, uses_total, uses_left, auto_approve, trust_version, created_by, expires_at)
    SELECT tenant, 'tok_' || n, 'token ' || n, sha256('key'), 1, 1, true, 1, 'test', now() + interval '1 day' FROM ${numbers}`;
  await sql`INSERT INTO person (tenant, id, handle, name) SELECT tenant, 'per_' || n, 'person-' || n, 'Person' FROM ${numbers}`;
  await sql`
    INSERT INTO person_key (tenant, person, public_key, name)
    SELECT tenant, 'per_' || n, sha256(convert_to('person/' || n, 'UTF8')), 'laptop' FROM ${numbers}`;
  await sql`
    INSERT INTO halt (tenant, id, envelope, until_at, created_at)
    SELECT tenant, 'hlt_' || n, ${formatHalt(organization?.id ?? '')}, now() - interval '1 day', now() FROM ${numbers}`;
}

/** Id of the job with that number that is over. */
export function stockJobId(number: number): string {
  return stockId(number).replace('dev_', 'cmd_');
}

/** An order and content that a signer has handed in, and which copies there are to be; the last copies have everything of a run. */
interface Originals {
  readonly jobId: string;
  readonly content: string;
  readonly from: number;
  readonly to: number;
}

/** Copies both: jobs that are over, each with its results, and documents over one body. No index of the server holds either. */
export async function copyOriginals(sql: Sql, { jobId, content, from, to }: Originals): Promise<void> {
  const ids = Array.from({ length: to - from }, (_, n) => stockJobId(from + n));
  await sql`
    INSERT INTO job (tenant, id, digest, kind, class, requester, made_by, envelope, options, signers, targets, state, stop_at,
      not_before, not_after, created_at, ended_at, counts)
    SELECT tenant, copy, digest, kind, class, requester, made_by, envelope, options, signers, targets, 'done', stop_at,
      not_before, not_after, created_at, now(), jsonb_build_object('succeeded', targets)
    FROM job, unnest(${ids}::text[]) WITH ORDINALITY AS c (copy, n) WHERE id = ${jobId} ORDER BY n`;
  const blocks = await sql<{ block: number; states: Buffer }[]>`
    SELECT block, states FROM job_block JOIN job USING (tenant) WHERE number = job AND id = ${jobId}`;
  const done = blocks.map(({ states }) =>
    Buffer.from(states.map((code) => (code === NOT_MEANT ? code : SUCCEEDED))).toString('hex'),
  );
  await sql`
    INSERT INTO job_block (tenant, job, block, states)
    SELECT tenant, number, block, decode(states, 'hex') FROM job,
      unnest(${blocks.map(({ block }) => block)}::int[], ${done}::text[]) AS b (block, states) WHERE id = ANY(${ids})`;
  // Some devices print something of their own, all others the same.
  const printed = sql`CASE WHEN idx BETWEEN 1 AND ${to - 1}::int THEN 'done ' || idx ELSE 'done' END`;
  await sql`
    INSERT INTO blob (tenant, hash, body)
    SELECT DISTINCT tenant, sha256(convert_to(${printed}, 'UTF8')), convert_to(${printed}, 'UTF8') FROM device
    ON CONFLICT DO NOTHING`;
  const last = ids.at(-1) ?? '';
  await sql`
    INSERT INTO job_exception (tenant, job, idx, n, at, exit, output)
    SELECT tenant, number, idx, 3, now(), 0, sha256(convert_to(${printed}, 'UTF8'))
    FROM job JOIN device USING (tenant) WHERE job.id = ${last}`;
  await sql`
    INSERT INTO job_file (tenant, job, idx, sha256, size_bytes, received, complete)
    SELECT tenant, number, 0, sha256('done'), 4, 4, true FROM job WHERE id = ${last}`;
  await sql`
    INSERT INTO job_file_piece (tenant, job, idx, start, body) SELECT tenant, number, 0, 0, 'done' FROM job WHERE id = ${last}`;
  const digest = Buffer.from(content, 'base64url').toString('hex');
  await sql`
    INSERT INTO content (tenant, digest, sha256, state, envelope, created_at)
    SELECT tenant, sha256(convert_to('content/' || n, 'UTF8')), sha256, state, envelope, created_at
    FROM content, generate_series(${from}::int, ${to - 1}::int) AS n WHERE digest = decode(${digest}, 'hex')`;
}
