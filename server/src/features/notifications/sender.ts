// The one sender: asks the rules about news, gathers what they have to tell into messages, sends these, and tries again what failed.
//
//   news ──rules──▶ changes ──due──▶ messages ──▶ sent
//                                      │  ▲ └──too often──▶ dead
//                                      └──┘ failed
//
// It runs in the controller only. What it stores is fenced by the lease; a message is sent before it is noted as sent, so a crash in
// between sends it again, under the same id.
import { isMusterError } from '@muster/protocol';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { type AlertRef, addNews, type Change, judge, refKey, type Verdict } from './change.ts';
import { composeAlerts, type Told } from './compose.ts';
import type { NotificationDeps } from './deps.ts';
import {
  CHANGES_AT_ONCE,
  EVENTS_AT_ONCE,
  KEPT_MS,
  MAX_ATTEMPTS,
  MESSAGES_AT_ONCE,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
} from './limits.ts';
import { createMailer } from './mail.ts';
import type { Quiet } from './quiet.ts';
import { compile, holds, readReaches } from './reach.ts';
import { type PauseRow, type RuleRow, selectPauses, selectRules, selectWays } from './store.ts';
import {
  type DueMessage,
  deleteEnded,
  insertMessage,
  type NewMessage,
  type Outcome,
  selectDueMessages,
  selectNext,
  updateOutcomes,
} from './store-messages.ts';
import {
  deleteChanges,
  deleteEvents,
  deleteTold,
  type EventRow,
  insertTold,
  selectChanges,
  selectDue,
  selectEvents,
  selectTold,
  updateSent,
  upsertChanges,
} from './store-outbox.ts';
import { openTarget, sealFormer } from './way-target.ts';
import { sendWebhook } from './webhook.ts';

/** Work that is done as long as there is some. */
export interface Sender {
  /**
   * Does what is due now, or as much of it as there is time for; resolves with the time at which something is due next, ms since 1970,
   * or null.
   */
  work(isOver?: () => boolean): Promise<number | null>;
}

/** Makes it. */
export function createSender(deps: NotificationDeps): Sender {
  let isSealed = false;
  return {
    async work(isOver = () => false) {
      if (!isSealed) isSealed = await sealFormer(deps);
      while (!isOver() && (await askRules(deps)) === EVENTS_AT_ONCE);
      while (!isOver() && (await gather(deps)) === CHANGES_AT_ONCE);
      while (!isOver() && (await send(deps)) === MESSAGES_AT_ONCE);
      const next = await withMappedErrors(() => selectNext(deps.sql, deps.tenant));
      return next?.getTime() ?? null;
    },
  };
}

/** All or nothing, and only while this process is the one that sends. */
function store<T>({ fenced, sql }: NotificationDeps, work: (tx: RawSql) => Promise<T>): Promise<T> {
  return fenced === undefined ? inTransaction(sql, work) : fenced(work);
}

/** Asks the rules about the oldest news; answers how many there were. */
async function askRules(deps: NotificationDeps): Promise<number> {
  const { sql, tenant, clock } = deps;
  const events = await withMappedErrors(() => selectEvents(sql, tenant, EVENTS_AT_ONCE));
  if (events.length === 0) return 0;
  const rules = await withMappedErrors(() => selectRules(sql, tenant));
  const reaches = await readReaches(deps, rules);
  const wanted: { readonly rule: RuleRow; readonly event: EventRow }[] = [];
  for (const rule of rules) {
    // One that is switched off asks nothing; that it cannot be read any more is said when it is switched on.
    const expression = rule.isEnabled ? compile(deps, rule.expression) : undefined;
    const reach = reaches.of(rule);
    if (rule.isEnabled && (reach === 'none' || reach === 'person-disabled'))
      deps.log.warn({ rule: rule.id, reach }, 'a rule tells nothing because of who saved it last');
    const isMeant = async ({ severity, idx }: EventRow) =>
      rule.isEnabled &&
      rule.severities.includes(severity) &&
      (await holds(deps, expression, idx)) &&
      (await reaches.allows(rule, idx));
    // That somebody has it concerns every rule that has something to tell of it, also one that is switched off for now.
    for (const event of events) if (event.isTaken || (await isMeant(event))) wanted.push({ rule, event });
  }
  const nowMs = clock.now();
  await store(deps, async (tx) => {
    const told = new Set((await selectTold(tx, tenant, events)).map((one) => `${one.ruleId}/${refKey(one)}`));
    const changes = new Map<string, Change>();
    const news = wanted.map(({ event }) => event);
    for (const one of await selectChanges(tx, tenant, news)) changes.set(`${one.ruleId}/${refKey(one)}`, one);
    const touched = new Map<string, Change>();
    const taken = new Map<string, EventRow[]>();
    for (const { rule, event } of wanted) {
      const key = `${rule.id}/${refKey(event)}`;
      const { id: _id, isTaken, ...one } = event;
      if (isTaken) {
        if (changes.get(key)?.isFiring !== true) continue;
        // It begins anew should it be given back: it did not flap by that.
        const gone = taken.get(rule.id) ?? [];
        gone.push(event);
        taken.set(rule.id, gone);
        changes.delete(key);
        touched.delete(key);
        continue;
      }
      const next = addNews(changes.get(key), one, { pace: rule, isTold: told.has(key), nowMs });
      changes.set(key, next);
      touched.set(key, next);
    }
    for (const [id, all] of taken) await deleteChanges(tx, id, all);
    await upsertChanges(tx, [...touched.values()]);
    for (const { id } of rules.filter(({ isEnabled }) => isEnabled)) {
      // What a rule has told and may not tell the end of: when it comes again, that is news.
      const isUntold = (event: EventRow) => !event.isFiring && !touched.has(`${id}/${refKey(event)}`);
      const over = events.filter((event) => told.has(`${id}/${refKey(event)}`) && isUntold(event));
      await deleteTold(tx, id, over);
    }
    await deleteEvents(
      tx,
      events.map(({ id }) => id),
    );
  });
  return events.length;
}

/** A change with what is to be done about it. */
interface Judged {
  readonly change: Change;
  readonly isTold: boolean;
  readonly verdict: Verdict;
}

/** Makes messages of what is due; answers how many changes there were. */
async function gather(deps: NotificationDeps): Promise<number> {
  const { sql, tenant, clock } = deps;
  const now = new Date(clock.now());
  const due = await withMappedErrors(() => selectDue(sql, tenant, { now, limit: CHANGES_AT_ONCE }));
  if (due.length === 0) return 0;
  const rules = await withMappedErrors(() => selectRules(sql, tenant));
  const reaches = await readReaches(deps, rules);
  const told = await withMappedErrors(() => selectTold(sql, tenant, due));
  const toldKeys = new Set(told.map((one) => `${one.ruleId}/${refKey(one)}`));
  const pauses = (await withMappedErrors(() => selectPauses(sql, tenant, now))).filter(
    (one) => one.fromAt <= now,
  );
  for (const rule of rules) {
    const own = due.filter(({ ruleId }) => ruleId === rule.id);
    if (own.length === 0) continue;
    const judged: Judged[] = [];
    for (const change of own) {
      const isTold = toldKeys.has(`${rule.id}/${refKey(change)}`);
      const pausedUntil = await findPause(deps, pauses, change.idx);
      const quiet = rule.quiet === null ? null : (JSON.parse(rule.quiet) as Quiet);
      const { tellsEnds } = rule;
      // Whoever answers for the rule may have lost his sight since the alert came.
      const verdict = (await reaches.allows(rule, change.idx))
        ? judge(change, { nowMs: now.getTime(), isTold, tellsEnds, quiet, pausedUntil })
        : ({ what: 'drop' } as const);
      judged.push({ change, isTold, verdict });
    }
    await storeJudged(deps, { rule, judged, now });
  }
  return due.length;
}

/** End of the longest pause that holds for a device. */
async function findPause(
  deps: NotificationDeps,
  pauses: readonly PauseRow[],
  idx: number,
): Promise<Date | null> {
  let until: Date | null = null;
  for (const pause of pauses) {
    if (until !== null && pause.untilAt <= until) continue;
    if (await holds(deps, compile(deps, pause.expression), idx)) until = pause.untilAt;
  }
  return until;
}

interface Batch {
  readonly rule: RuleRow;
  readonly judged: readonly Judged[];
  readonly now: Date;
}

/** Stores messages, what is told from now on, and what waits on, all at once. */
async function storeJudged(deps: NotificationDeps, batch: Batch): Promise<void> {
  const { tenant } = deps;
  const { rule, judged, now } = batch;
  const news = await nameDevices(deps, judged);
  const messages = await makeMessages(deps, batch, news);
  const told = news.map(({ change }) => change);
  const isOpen = ({ change, isFlapping }: Told) => change.isFiring || isFlapping;
  const open = news.filter(isOpen);
  // What flaps and has just ended is told as open; that it has ended is told when it stays so.
  const ending = open.filter(({ change }) => !change.isFiring).map(({ change }) => change);
  const dropped = judged.filter(({ verdict }) => verdict.what === 'drop').map(({ change }) => change);
  const ended: AlertRef[] = [
    ...news.filter((one) => !isOpen(one)).map(({ change }) => change),
    ...dropped.filter(({ isFiring }) => !isFiring),
  ];
  const later = judged.flatMap(({ change, verdict }) =>
    verdict.what === 'later' ? [{ ...change, dueAt: verdict.until }] : [],
  );
  const soon = new Date(now.getTime() + rule.everyMs);
  await store(deps, async (tx) => {
    await deleteChanges(tx, rule.id, [...told, ...dropped]);
    await upsertChanges(tx, [...later, ...ending.map((change) => ({ ...change, changes: 0, dueAt: soon }))]);
    await deleteTold(tx, rule.id, ended);
    await insertTold(
      tx,
      { tenant, ruleId: rule.id, at: now },
      open.map(({ change }) => change),
    );
    for (const message of messages) await insertMessage(tx, tenant, message);
    if (messages.length > 0) await updateSent(tx, rule.id, now);
  });
}

/** What is told, with the names of the devices. */
async function nameDevices(
  { devices, tenant }: NotificationDeps,
  judged: readonly Judged[],
): Promise<Told[]> {
  const telling = judged.flatMap(({ change, verdict }) =>
    verdict.what === 'tell' ? [{ change, isFlapping: verdict.isFlapping }] : [],
  );
  const names = await devices.name(
    tenant,
    telling.map(({ change }) => change.idx),
  );
  return telling.map((one) => ({ ...one, device: names.get(one.change.idx) ?? { id: '', hostname: '?' } }));
}

async function makeMessages(
  { sql, tenant, publicUrl }: NotificationDeps,
  { rule, now }: Batch,
  news: readonly Told[],
): Promise<NewMessage[]> {
  if (news.length === 0) return [];
  const ways = await withMappedErrors(() => selectWays(sql, tenant));
  const frame = { rule: { id: rule.id, name: rule.name }, publicUrl, nowMs: now.getTime() };
  const composed = composeAlerts(news, frame);
  return ways
    .filter((way) => way.isEnabled && rule.ways.includes(way.id))
    .map((way) => ({
      ...composed,
      id: newId('nms'),
      wayId: way.id,
      wayName: way.name,
      ruleName: rule.name,
      at: now,
    }));
}

/** Sends what is due; answers how many there were. */
async function send(deps: NotificationDeps): Promise<number> {
  const { sql, tenant, clock } = deps;
  const now = new Date(clock.now());
  const due = await withMappedErrors(() => selectDueMessages(sql, tenant, { now, limit: MESSAGES_AT_ONCE }));
  if (due.length === 0) return 0;
  const outcomes = await Promise.all(due.map((message) => attempt(deps, message)));
  await store(deps, async (tx) => {
    await updateOutcomes(tx, outcomes);
    await deleteEnded(tx, tenant, new Date(clock.now() - KEPT_MS));
  });
  return due.length;
}

/** One attempt; whatever goes wrong is its outcome. */
async function attempt(deps: NotificationDeps, message: DueMessage): Promise<Outcome> {
  const { clock, log } = deps;
  const attempts = message.attempts + 1;
  const base = { id: message.id, attempts };
  if (message.way === null) {
    const at = new Date(clock.now());
    return { ...base, state: 'dead', nextAt: at, endedAt: at, error: 'The way was removed or switched off.' };
  }
  try {
    await deliver(deps, message);
    const at = new Date(clock.now());
    return { ...base, state: 'sent', nextAt: at, endedAt: at, error: '' };
  } catch (err) {
    log.warn({ err, message: message.id, attempts }, 'a notification could not be sent');
    const isOver = attempts >= MAX_ATTEMPTS || isMusterError(err, 'E_NOTIFY_URL');
    const nowMs = clock.now();
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 4 ** (attempts - 1));
    return {
      ...base,
      state: isOver ? 'dead' : 'waiting',
      nextAt: new Date(nowMs + pauseMs),
      endedAt: isOver ? new Date(nowMs) : null,
      error: explain(err),
    };
  }
}

async function deliver(deps: NotificationDeps, message: DueMessage): Promise<void> {
  const { mail, clock, webhookReach: reach } = deps;
  const { id, subject, body, payload, targets, secret, sealed, wayId } = message;
  if (message.way === 'mail') {
    if (mail === null) throw fail('E_NOTIFY_MAIL');
    await createMailer(mail).send({ id, to: targets ?? [], subject, text: body });
    return;
  }
  const target = await openTarget(deps, { id: wayId ?? '', targets: targets ?? [], secret, sealed });
  if (target === null)
    throw fail('E_NOTIFY_SEND', {
      detail:
        'What is stored of this webhook cannot be read with the key of this server; give it a URL and a secret together.',
    });
  await sendWebhook({ ...target, reach }, { id, payload }, clock.now());
}

/** Why, in one line that may be shown: what a network or a mail server says holds no secret of ours. */
function explain(err: unknown): string {
  if (!(err instanceof Error)) return 'It failed for an unknown reason.';
  const code = 'code' in err && typeof err.code === 'string' ? ` (${err.code})` : '';
  return `${err.message.split('\n')[0]?.slice(0, 300) ?? ''}${code}`;
}
