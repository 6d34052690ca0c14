// Stocks what people keep beside the fleet: groups, views, what notifications are made of, and one person who is signed in often.
import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { stockId } from './stock.ts';

/** Ways, rules and pauses of an organization at most. */
const MAX_NOTIFICATION_PARTS = 50;
const SECRET = 'A'.repeat(43);
/** The public key of a passkey in COSE (RFC 9053, section 7.1.1): a map that says P-256, ES256, and the two coordinates. */
const PASSKEY_KEY = `a5010203262001215820${'11'.repeat(32)}225820${'22'.repeat(32)}`;

/** Id of the thing of that kind and number; `grp_…`, `nms_…`. */
export function keptId(prefix: string, number: number): string {
  return stockId(number).replace('dev', prefix);
}

/** The person who has many of everything by which one signs in. */
export const keeper = keptId('per', 0);

/** The cookie of one of his sessions. */
export const keeperCookie = `__Host-muster=mss1.${keptId('ses', 0).slice('ses_'.length)}.${SECRET}`;

/** Adds things from one number to another; what there is of devices must be there. */
export async function keepMore(sql: Sql, { from, to }: { readonly from: number; readonly to: number }) {
  const growth = { sql, from, to };
  await addGroups(growth);
  await addViews(growth);
  await addNotifications(growth);
  await addKeeper(growth);
  await addCompliance(growth);
}

interface Growth {
  readonly sql: Sql;
  readonly from: number;
  readonly to: number;
}

/** Rows `(tenant, id, n)` of things that are to come. */
function numbered({ sql, from, to }: Growth, prefix: string) {
  const ids = Array.from({ length: Math.max(0, to - from) }, (_, at) => keptId(prefix, from + at));
  return sql`(SELECT tenant, id, ${from}::int + at - 1 AS n
    FROM (SELECT tenant FROM organization) AS o, unnest(${ids}::text[]) WITH ORDINALITY AS ids (id, at)) AS k`;
}

/** Half of the groups have an expression that all devices fit, the others the first device; one has every device by hand. */
async function addGroups(growth: Growth): Promise<void> {
  const { sql } = growth;
  await sql`
    INSERT INTO device_group (tenant, id, name, description, expression, created_by, created_at, changed_at)
    SELECT tenant, id, 'group ' || n, '', CASE WHEN n % 2 = 1 THEN 'label("site") == "fra"' END, 'test', now(), now()
    FROM ${numbered(growth, 'grp')}`;
  await sql`
    INSERT INTO group_device (tenant, group_id, idx)
    SELECT d.tenant, g.id, d.idx FROM device_group g JOIN device d ON d.tenant = g.tenant
    WHERE g.id = ${keptId('grp', 0)} OR (g.expression IS NULL AND d.idx = 0) ON CONFLICT DO NOTHING`;
}

/** What the first device says of many rules, and what all devices say of the first one. */
async function addCompliance({ sql, from, to }: Growth): Promise<void> {
  await sql`
    INSERT INTO compliance_rule (tenant, policy, rule, item)
    SELECT tenant, 'policy-0', 'rule-' || n, 'item.' || n FROM organization, generate_series(${from}::int, ${to - 1}::int) AS n`;
  await sql`
    INSERT INTO compliance_device (tenant, idx, seq, digest, at, heard_at)
    SELECT tenant, idx, 1, 'set', now(), now() FROM device ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO compliance (tenant, idx, rule_id, state, mode, since, found, wanted, reason)
    SELECT d.tenant, d.idx, r.rule_id, 4, 0, now(), '1', '1', '' FROM compliance_rule r JOIN device d ON d.tenant = r.tenant
    WHERE d.idx = 0 OR r.rule = 'rule-0' ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO compliance_count (tenant, rule_id, mode, state, count)
    SELECT tenant, rule_id, mode, state, count(*) FROM compliance GROUP BY 1, 2, 3, 4
    ON CONFLICT (tenant, rule_id, mode, state) DO UPDATE SET count = EXCLUDED.count`;
}

/** Views that somebody else shares. */
async function addViews(growth: Growth): Promise<void> {
  await growth.sql`
    INSERT INTO saved_view (tenant, id, owner, owner_name, page, name, is_shared, search, changed_at)
    SELECT tenant, id, ${keeper}, 'Keeper', 'devices', 'view ' || n, true, 'sort=seen', now() FROM ${numbered(growth, 'viw')}`;
}

/** Ways, rules that tell nothing, pauses of no device, and messages that were sent. */
async function addNotifications(growth: Growth): Promise<void> {
  const { sql, from, to } = growth;
  const few = { sql, from, to: Math.min(to, MAX_NOTIFICATION_PARTS) };
  await sql`
    INSERT INTO notify_way (tenant, id, name, kind, targets, is_enabled, created_by, changed_at)
    SELECT tenant, id, 'way ' || n, 'mail', '{anna@example.com}', true, 'test', now() FROM ${numbered(few, 'way')}`;
  await sql`
    INSERT INTO notify_rule (tenant, id, name, expression, severities, ways, tells_ends, wait_ms, every_ms, is_enabled, created_by,
      maker, changed_at)
    SELECT tenant, id, 'rule ' || n, 'label("site") == "nowhere"', '{warning}', ARRAY(SELECT id FROM notify_way), true, 0, 10000,
      false, 'test', (SELECT min(id) FROM person), now()
    FROM ${numbered(few, 'nrl')}`;
  await sql`
    INSERT INTO notify_pause (tenant, id, reason, expression, from_at, until_at, created_by)
    SELECT tenant, id, 'A test.', 'label("site") == "nowhere"', now(), now() + interval '1 day', 'test' FROM ${numbered(few, 'nps')}`;
  await sql`
    INSERT INTO notify_message (tenant, id, kind, way_id, way_name, rule_name, subject, body, payload, state, attempts, next_at,
      created_at, ended_at)
    SELECT tenant, id, 'alerts', ${keptId('way', 0)}, 'way 0', 'rule 0', 'An alert', 'A disk is full.', '{}', 'sent', 1, now(),
      now(), now()
    FROM ${numbered(growth, 'nms')}`;
}

/**
 * Each session is another browser; the first is the one whose cookie is known. Requests write when it was last used once a minute, which
 * would be a statement more for the first of them: theirs was used later than now.
 */
async function addKeeper(growth: Growth): Promise<void> {
  const { sql } = growth;
  const secretHash = createHash('sha256').update(SECRET).digest();
  await sql`
    INSERT INTO person (tenant, id, handle, name) SELECT tenant, ${keeper}, 'keeper', 'Keeper' FROM organization
    ON CONFLICT DO NOTHING`;
  await sql`INSERT INTO account (tenant, person) SELECT tenant, ${keeper} FROM organization ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO recovery_code (tenant, person, code_hash)
    SELECT tenant, ${keeper}, sha256(convert_to(id, 'UTF8')) FROM ${numbered(growth, 'code')}`;
  await sql`
    INSERT INTO passkey (tenant, id, credential, person, public_key, counter, transports, name, synced)
    SELECT tenant, id, sha256(convert_to(id, 'UTF8')), ${keeper}, decode(${PASSKEY_KEY}, 'hex'), 0, '{}', 'passkey ' || n, false
    FROM ${numbered(growth, 'pky')}`;
  await sql`
    INSERT INTO identity (tenant, id, issuer, subject, person, name)
    SELECT tenant, id, 'https://accounts.example', 'subject ' || n, ${keeper}, 'Keeper' FROM ${numbered(growth, 'idn')}`;
  await sql`
    INSERT INTO signin_session (tenant, id, person, secret_hash, method, limited, address, program, created_at, used_at, expires_at)
    SELECT tenant, id, ${keeper}, ${secretHash}, 'passkey', false, '127.0.0.1', 'browser ' || n, now(), now() + interval '1 hour', now() + interval '1 day'
    FROM ${numbered(growth, 'ses')}`;
}
