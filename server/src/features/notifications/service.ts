// Decides about ways, rules and pauses: what they may be, with an audit event for each change.
import { compileExpression } from '@muster/protocol/language';
import { type AuditOrigin, type Change, done, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { parseWebhookUrl, showUrl } from './address.ts';
import { composeTest } from './compose.ts';
import type { NotificationDeps } from './deps.ts';
import { MAX_PAUSES, MAX_RULES, MAX_WAYS } from './limits.ts';
import { isZone } from './quiet.ts';
import type { Reach } from './reach.ts';
import type { MadeWay, NewPause, NewWay, Pause, Rule, RuleBody, Way, WayChange } from './schema.ts';
import {
  deleteRule,
  deleteWay,
  endPause,
  insertPause,
  lockRule,
  lockWay,
  type PauseRow,
  putRule,
  putWay,
  type RuleRow,
  type SecretWayRow,
  selectWays,
  type WayRow,
} from './store.ts';
import { insertMessage, reviveMessage } from './store-messages.ts';
import { openTarget, sealTarget } from './way-target.ts';
import { makeSecret } from './webhook.ts';

/** Who changes something. */
export interface Changing {
  readonly name: string;
  /** Id of the person; null for a token of nobody. */
  readonly person: string | null;
  readonly origin: AuditOrigin;
}

export function toWay({ id, name, kind, createdBy, isEnabled, changedAt, targets }: WayRow): Way {
  return {
    ...{ id, name, kind, createdBy },
    targets: kind === 'webhook' ? targets.map(showUrl) : [...targets],
    enabled: isEnabled,
    changedAt: changedAt.toISOString(),
  };
}

export function toRule(
  { isEnabled, expression, tellsEnds, waitMs, everyMs, ...row }: RuleRow,
  reach: Reach,
): Rule {
  return {
    id: row.id,
    name: row.name,
    on: expression,
    severities: row.severities.filter((one) => one === 'warning' || one === 'critical'),
    ways: [...row.ways],
    tellEnds: tellsEnds,
    waitSeconds: waitMs / 1_000,
    everySeconds: everyMs / 1_000,
    quiet: row.quiet === null ? null : JSON.parse(row.quiet),
    enabled: isEnabled,
    reach,
    createdBy: row.createdBy,
    changedAt: row.changedAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
  };
}

export function toPause({ expression, fromAt, untilAt, ...row }: PauseRow): Pause {
  return { ...row, on: expression, from: fromAt.toISOString(), until: untilAt.toISOString() };
}

/** A change and its event, both or none. */
function change<T>(deps: NotificationDeps, work: (tx: RawSql) => Promise<T>): Promise<T> {
  return withMappedErrors(() => inTransaction(deps.sql, work));
}

interface Told {
  readonly act: Change['act'];
  readonly kind: 'way' | 'rule' | 'pause' | 'message';
  readonly id: string;
  readonly name: string;
  readonly detail?: Change['detail'];
}

async function audit(tx: RawSql, tenant: number, { by, told }: { by: Changing; told: Told }): Promise<void> {
  const { act, kind, id, name, detail = {} } = told;
  await writeAudit(
    tx,
    done(by.origin, { tenant, act, subject: { kind: `notification-${kind}`, id, name }, detail }),
  );
}

function refuseName(what: string, most: number): never {
  throw fail('E_CONFLICT', {
    detail: `There is a ${what} of that name already, or ${most} of them; choose another name, or remove some.`,
  });
}

function notFound(what: string): never {
  throw fail('E_NOT_FOUND', { detail: `There is no ${what} with that id.` });
}

/** Where messages go, by the kind of the way. @throws MusterError E_NOTIFY_MAIL, E_NOTIFY_URL, E_VALIDATION */
function targetsOf(
  { mail, webhookReach }: NotificationDeps,
  kind: WayRow['kind'],
  { to, url }: Pick<NewWay, 'to' | 'url'>,
): readonly string[] | undefined {
  const [wanted, other] = kind === 'mail' ? [to, url] : [url, to];
  if (other !== undefined)
    throw fail('E_VALIDATION', {
      detail: 'Mail has addresses in "to", a webhook has a "url", neither has both.',
    });
  if (wanted === undefined) return undefined;
  if (kind === 'mail' && mail === null) throw fail('E_NOTIFY_MAIL');
  return typeof wanted === 'string' ? [parseWebhookUrl(wanted, webhookReach).href] : wanted;
}

function readSecret(text: string): Buffer {
  const bytes = Buffer.from(text.slice('whsec_'.length), 'base64');
  if (bytes.length >= 24 && bytes.length <= 64) return bytes;
  throw fail('E_VALIDATION', { detail: 'A secret has 24 to 64 bytes.' });
}

/** Makes a way. @throws MusterError E_NOTIFY_MAIL, E_NOTIFY_URL, E_CONFLICT */
export async function makeWay(deps: NotificationDeps, by: Changing, wanted: NewWay): Promise<MadeWay> {
  const { tenant, clock } = deps;
  const { name, kind } = wanted;
  const targets = targetsOf(deps, kind, wanted);
  if (targets === undefined)
    throw fail('E_VALIDATION', { detail: 'Mail needs "to", a webhook needs "url".' });
  const made = kind === 'webhook' && wanted.secret === undefined ? makeSecret() : null;
  const given = kind === 'webhook' && wanted.secret !== undefined ? readSecret(wanted.secret) : null;
  const id = newId('way');
  const secret = made?.bytes ?? given;
  const sealed = secret === null ? null : await sealTarget(deps, id, { url: targets[0] ?? '', secret });
  const changedAt = new Date(clock.now());
  const row = {
    ...{ id, name, kind, isEnabled: true, createdBy: by.name, changedAt },
    targets: kind === 'webhook' ? targets.map(showUrl) : targets,
  };
  await change(deps, async (tx) => {
    if (!(await putWay(tx, tenant, { row, sealed, most: MAX_WAYS }))) refuseName('way', MAX_WAYS);
    const detail = { kind, targets: toWay(row).targets };
    await audit(tx, tenant, {
      by,
      told: { act: 'notification.make', kind: 'way', id: row.id, name, detail },
    });
  });
  return { way: toWay(row), secret: made?.text ?? null };
}

/** A webhook with another URL, another secret, or both; what is not given stays. @throws MusterError E_CONFLICT, E_KEY_FILE */
async function sealAgain(
  deps: NotificationDeps,
  before: SecretWayRow,
  { url, secret }: { readonly url: string | undefined; readonly secret: Buffer | null },
): Promise<Buffer> {
  if (url !== undefined && secret !== null) return sealTarget(deps, before.id, { url, secret });
  const former = await openTarget(deps, before);
  if (former === null)
    throw fail('E_CONFLICT', {
      detail:
        'What is stored of this webhook cannot be read with the key of this server; give it a URL and a secret together.',
    });
  return sealTarget(deps, before.id, { url: url ?? former.url, secret: secret ?? former.secret });
}

/** Changes a way. @throws MusterError as `makeWay`, E_NOT_FOUND */
export async function changeWay(
  deps: NotificationDeps,
  by: Changing,
  { id, wanted }: { readonly id: string; readonly wanted: WayChange },
): Promise<Way> {
  const { tenant, clock } = deps;
  return await change(deps, async (tx) => {
    const before = (await lockWay(tx, tenant, id)) ?? notFound('way');
    const given = targetsOf(deps, before.kind, wanted);
    const { name = before.name, enabled: isEnabled = before.isEnabled } = wanted;
    const secret = wanted.secret === undefined || before.kind === 'mail' ? null : readSecret(wanted.secret);
    const isHook = before.kind === 'webhook' && (given !== undefined || secret !== null);
    const sealed = isHook ? await sealAgain(deps, before, { url: given?.[0], secret }) : null;
    const wished = given ?? before.targets;
    const targets = isHook ? wished.map(showUrl) : wished;
    const row = { ...before, name, targets, isEnabled, changedAt: new Date(clock.now()) };
    if (!(await putWay(tx, tenant, { row, sealed, most: MAX_WAYS }))) refuseName('way', MAX_WAYS);
    const detail = { targets: toWay(row).targets, enabled: isEnabled, newSecret: secret !== null };
    await audit(tx, tenant, { by, told: { act: 'notification.change', kind: 'way', id, name, detail } });
    return toWay(row);
  });
}

/** Removes a way. @throws MusterError E_NOT_FOUND */
export async function removeWay(deps: NotificationDeps, by: Changing, id: string): Promise<void> {
  await change(deps, async (tx) => {
    const name = (await deleteWay(tx, deps.tenant, id)) ?? notFound('way');
    await audit(tx, deps.tenant, { by, told: { act: 'notification.remove', kind: 'way', id, name } });
  });
}

/** Puts a trial into the outbox; answers its id, under which the log has it. @throws MusterError E_NOT_FOUND */
export async function testWay(deps: NotificationDeps, by: Changing, id: string): Promise<string> {
  const { tenant, clock, publicUrl } = deps;
  return await change(deps, async (tx) => {
    const way = (await lockWay(tx, tenant, id)) ?? notFound('way');
    const nowMs = clock.now();
    const composed = composeTest(way.name, by.name, { publicUrl, nowMs });
    const message = { ...composed, id: newId('nms'), wayId: id, wayName: way.name, ruleName: '' };
    await insertMessage(tx, tenant, { ...message, at: new Date(nowMs) });
    await audit(tx, tenant, { by, told: { act: 'notification.test', kind: 'way', id, name: way.name } });
    return message.id;
  });
}

/** Lets a message that was given up be tried again. @throws MusterError E_CONFLICT */
export async function retryMessage(deps: NotificationDeps, by: Changing, id: string): Promise<void> {
  const { tenant, clock } = deps;
  await change(deps, async (tx) => {
    const message = await reviveMessage(tx, tenant, { id, at: new Date(clock.now()) });
    if (message === undefined)
      throw fail('E_CONFLICT', {
        detail: 'Only a message that was given up, and whose way is there, can be tried again.',
      });
    const { subject: name, wayName: way, ruleName: rule } = message;
    const told = { act: 'notification.retry', kind: 'message', id, name, detail: { way, rule } } as const;
    await audit(tx, tenant, { by, told });
  });
}

/** Makes a rule, or changes the one with that id. @throws MusterError E_EXPRESSION, E_NOT_FOUND, E_CONFLICT, E_VALIDATION */
export async function putRuleBody(
  deps: NotificationDeps,
  by: Changing,
  { id, body }: { readonly id: string | null; readonly body: RuleBody },
): Promise<Rule> {
  const { tenant, clock } = deps;
  if (body.on !== null) compileExpression(body.on, { for: 'server' });
  if (body.quiet !== null && !isZone(body.quiet.zone))
    throw fail('E_VALIDATION', {
      detail: `There is no time zone ${body.quiet.zone}; write it as Europe/Berlin.`,
    });
  return await change(deps, async (tx) => {
    const before = id === null ? null : ((await lockRule(tx, tenant, id)) ?? notFound('rule'));
    const known = new Set((await selectWays(tx, tenant)).map((way) => way.id));
    if (body.ways.some((way) => !known.has(way))) notFound('way');
    const row: RuleRow = {
      id: id ?? newId('nrl'),
      name: body.name,
      expression: body.on,
      severities: body.severities,
      ways: body.ways,
      tellsEnds: body.tellEnds,
      waitMs: body.waitSeconds * 1_000,
      everyMs: body.everySeconds * 1_000,
      quiet: body.quiet === null ? null : JSON.stringify(body.quiet),
      isEnabled: body.enabled,
      createdBy: by.name,
      maker: by.person,
      changedAt: new Date(clock.now()),
      sentAt: before?.sentAt ?? null,
    };
    if (!(await putRule(tx, tenant, { row, most: MAX_RULES }))) refuseName('rule', MAX_RULES);
    const act = before === null ? 'notification.make' : 'notification.change';
    const detail = { on: row.expression, severities: row.severities, ways: row.ways, enabled: row.isEnabled };
    await audit(tx, tenant, { by, told: { act, kind: 'rule', id: row.id, name: row.name, detail } });
    // Whoever may save it sees all alerts now.
    return toRule(row, 'all');
  });
}

/** Removes a rule. @throws MusterError E_NOT_FOUND */
export async function removeRule(deps: NotificationDeps, by: Changing, id: string): Promise<void> {
  await change(deps, async (tx) => {
    const name = (await deleteRule(tx, deps.tenant, id)) ?? notFound('rule');
    await audit(tx, deps.tenant, { by, told: { act: 'notification.remove', kind: 'rule', id, name } });
  });
}

/** Makes a pause. @throws MusterError E_EXPRESSION, E_CONFLICT */
export async function makePause(deps: NotificationDeps, by: Changing, wanted: NewPause): Promise<Pause> {
  const { tenant, clock } = deps;
  const { reason, on: expression, startsInMs, lastsMs } = wanted;
  if (expression !== null) compileExpression(expression, { for: 'server' });
  const now = new Date(clock.now());
  const fromAt = new Date(now.getTime() + startsInMs);
  const untilAt = new Date(fromAt.getTime() + lastsMs);
  const row = { id: newId('nps'), reason, expression, fromAt, untilAt, createdBy: by.name };
  await change(deps, async (tx) => {
    if (!(await insertPause(tx, tenant, { row, now, most: MAX_PAUSES })))
      throw fail('E_CONFLICT', { detail: `There are ${MAX_PAUSES} pauses already; end some first.` });
    const detail = { on: expression, until: untilAt.toISOString() };
    await audit(tx, tenant, {
      by,
      told: { act: 'notification.make', kind: 'pause', id: row.id, name: reason, detail },
    });
  });
  return toPause(row);
}

/** Ends a pause. @throws MusterError E_NOT_FOUND */
export async function removePause(deps: NotificationDeps, by: Changing, id: string): Promise<void> {
  const now = new Date(deps.clock.now());
  await change(deps, async (tx) => {
    const name = (await endPause(tx, deps.tenant, { id, now })) ?? notFound('pause');
    await audit(tx, deps.tenant, { by, told: { act: 'notification.remove', kind: 'pause', id, name } });
  });
}
