// What people do with a rollout: order one beside a set, look at it, hold it, let it go on.
import { randomInt } from 'node:crypto';
import { isMusterError } from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';
import { type AuditEvent, type AuditOrigin, done } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import type { PoliciesDeps } from './present.ts';
import {
  advance,
  type Beginning,
  beginRollout,
  judgeWave,
  type Rollout,
  type RolloutOrder,
} from './rollout.ts';
import { readHealth, type TroubleSources } from './rollout-health.ts';
import type { RolloutStep, RolloutView, WavesOrder } from './schema-rollout.ts';
import { changeRollout, lockRollout, putRollout, selectRollout } from './store-rollout.ts';

/** Percent to hundredths of one. */
const toHundredths = (percent: number) => Math.round(percent * 100);
const toPercent = (hundredths: number) => hundredths / 100;

/** An order that waits for its set to be stored. */
export interface ReadyOrder {
  readonly order: RolloutOrder | null;
  readonly first: Uint8Array;
}

/** Reads an order; undefined: none was handed in. @throws MusterError E_VALIDATION, E_EXPRESSION, E_INDEX, E_BUSY */
export async function readOrder(
  { fleet, trust }: Pick<PoliciesDeps, 'fleet' | 'trust'>,
  waves: WavesOrder | undefined,
): Promise<ReadyOrder> {
  if (waves === undefined) return { order: null, first: new Uint8Array(0) };
  const shares = waves.shares.map(toHundredths);
  const isAscending = shares.every((one, at) => at === 0 || one > (shares[at - 1] ?? 0));
  if (!isAscending || shares.at(-1) !== toHundredths(100))
    throw fail('E_VALIDATION', {
      detail: 'The shares of waves must go up, and the last one must be 100, as in 1, 10, 100.',
    });
  const firstOn = waves.first ?? '';
  const order = { shares, soakS: waves.soakSeconds, tolerance: toHundredths(waves.tolerance), firstOn };
  if (firstOn === '') return { order, first: new Uint8Array(0) };
  const expression = compileExpression(firstOn, { for: 'server' });
  const [first = new Uint8Array(0)] = await fleet.sets(trust.tenant, [
    { expression, state: 'active', within: null },
  ]);
  return { order, first };
}

/** Stores what becomes of an order, in the transaction that stores its set. Answers with what the audit says of it. */
export async function storeOrder(
  tx: RawSql,
  tenant: number,
  { ready, ...rest }: Omit<Beginning, 'order' | 'first' | 'salt'> & { readonly ready: ReadyOrder },
): Promise<AuditEvent['detail']> {
  const before = await lockRollout(tx, tenant);
  const salt = randomInt(2 ** 31);
  const rollout = beginRollout(before, { ...rest, ...ready, salt });
  if (rollout === null) return {};
  await putRollout(tx, tenant, rollout);
  const { shares, soakS, tolerance, firstOn } = rollout;
  return {
    ...{
      waves: shares.map((one) => `${toPercent(one)} %`),
      soakSeconds: soakS,
      tolerance: toPercent(tolerance),
    },
    ...(firstOn === '' ? {} : { first: firstOn }),
  };
}

/** What is handed in. */
export interface RolloutDeps extends Pick<PoliciesDeps, 'sql' | 'clock' | 'trust' | 'fleet'> {
  /** Null before the controller began. */
  readonly sources: () => TroubleSources | null;
  /** Who is told what has changed. */
  readonly changed: () => void;
}

/** The service. */
export interface RolloutService {
  /** That of the set in force; null: it went to everybody at once. */
  read(): Promise<RolloutView | null>;
  /** @throws MusterError E_NOT_FOUND, E_PLAN_MOVED, E_CONFLICT */
  step(step: RolloutStep, origin: AuditOrigin): Promise<RolloutView>;
}

/** Makes it. `inForce`: digest of the set in force. */
export function createRolloutService(
  deps: RolloutDeps,
  inForce: () => Promise<string | undefined>,
): RolloutService {
  const { sql, trust, clock } = deps;
  const { tenant } = trust;

  async function find(): Promise<Rollout | null> {
    const [rollout, digest] = await withMappedErrors(() =>
      Promise.all([selectRollout(sql, tenant), inForce()]),
    );
    return rollout?.digest === digest ? rollout : null;
  }

  return {
    async read() {
      const rollout = await find();
      return rollout === null ? null : view(deps, rollout);
    },
    async step({ digest, step }, origin) {
      const from = await find();
      if (from === null) throw fail('E_NOT_FOUND', { detail: 'The set in force does not go out in waves.' });
      if (from.digest !== digest)
        throw fail('E_PLAN_MOVED', {
          detail: 'Another set has come into force since; look at its waves, and say it again.',
        });
      const to = take(from, { step, now: new Date(clock.now()), by: origin.actor.name || origin.actor.kind });
      const event = done(origin, eventOf(tenant, `rollout.${step}`, to));
      const store = () => inTransaction(sql, (tx) => changeRollout(tx, tenant, { from, to, event }));
      if (!(await withMappedErrors(store)))
        throw fail('E_CONFLICT', {
          detail: 'The rollout has moved meanwhile; look at it, and say it again.',
        });
      deps.changed();
      return view(deps, to);
    },
  };
}

/** What the audit says of a step. */
export function eventOf(
  tenant: number,
  act: 'rollout.hold' | 'rollout.resume' | 'rollout.next' | 'rollout.finish',
  { epoch, version, digest, shares, wave, state, trouble }: Rollout,
) {
  const share = state === 'done' ? 100 : toPercent(shares[wave] ?? 0);
  const subject = { kind: 'policy-set', id: digest, name: `${epoch}.${version}` };
  return { tenant, act, subject, detail: { share, ...(trouble === null ? {} : listTrouble(trouble)) } };
}

function listTrouble({ inside, outside, kinds }: NonNullable<Rollout['trouble']>) {
  return {
    ...{ insideKnown: inside.known, insideTroubled: inside.troubled },
    ...{ outsideKnown: outside.known, outsideTroubled: outside.troubled },
    ...kinds,
  };
}

/** What a step makes of it. @throws MusterError E_CONFLICT */
function take(
  from: Rollout,
  { step, now, by }: { readonly step: RolloutStep['step']; readonly now: Date; readonly by: string },
): Rollout {
  if (from.state === 'done')
    throw fail('E_CONFLICT', { detail: 'The rollout is done: all devices are told the set in force.' });
  if (step === 'hold') {
    if (from.state === 'held') throw fail('E_CONFLICT', { detail: 'The rollout is held already.' });
    return { ...from, state: 'held', trouble: null, changedBy: by };
  }
  if (step === 'finish') return { ...from, state: 'done', trouble: null, changedBy: by, waveAt: now };
  // What was known when somebody let it go on does not hold it again.
  const watched = { ...from, watchedFrom: now };
  if (step === 'next') return advance(watched, now, by);
  if (from.state !== 'held') throw fail('E_CONFLICT', { detail: 'The rollout is not held.' });
  return { ...watched, state: 'running', trouble: null, changedBy: by, waveAt: now };
}

async function view(deps: RolloutDeps, rollout: Rollout): Promise<RolloutView> {
  const { digest, version, shares, wave, state, soakS, tolerance, firstOn, trouble, changedBy } = rollout;
  const now = await describeNow(deps, rollout);
  return {
    ...{ digest, version, state, wave: wave + 1, first: firstOn, soakSeconds: soakS, changedBy },
    shares: shares.map(toPercent),
    share: state === 'done' ? 100 : toPercent(shares[wave] ?? 0),
    tolerance: toPercent(tolerance),
    beganAt: rollout.beganAt.toISOString(),
    waveAt: rollout.waveAt.toISOString(),
    trouble: trouble === null ? null : copyTrouble(trouble),
    now,
  };
}

const copyTrouble = ({ inside, outside, kinds }: NonNullable<Rollout['trouble']>) => ({
  ...{ inside: { ...inside }, outside: { ...outside }, kinds: { ...kinds } },
});

/** Null where it is over, or the index cannot say now. */
async function describeNow(deps: RolloutDeps, rollout: Rollout): Promise<RolloutView['now']> {
  const { sql, trust, fleet, clock } = deps;
  const sources = deps.sources();
  if (rollout.state === 'done' || sources === null) return null;
  const nowMs = clock.now();
  try {
    const health = await readHealth({ sql, tenant: trust.tenant, fleet, sources }, rollout, nowMs);
    const verdict = judgeWave(rollout, health, nowMs);
    const waitsFor = verdict.next === 'wait' ? verdict.why : null;
    const { told, online, holders, settled } = health;
    return { ...copyTrouble(health), ...{ told, online, holders, settled, waitsFor } };
  } catch (error) {
    // What was ordered is told all the same.
    if (isMusterError(error) && (error.code === 'E_INDEX' || error.code === 'E_BUSY')) return null;
    throw error;
  }
}
