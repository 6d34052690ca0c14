// Looks from time to time whether a set that goes out in waves may go on, or must hold.
import { done, fromServer } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { Fleet } from '../fleet/index.ts';
import { ROLLOUT_CALM_MS, ROLLOUT_LOOK_MS } from './limits.ts';
import { advance, judgeWave, type Rollout, type Verdict } from './rollout.ts';
import { readHealth, type TroubleSources } from './rollout-health.ts';
import { eventOf } from './rollout-service.ts';
import { changeRollout, selectRollout } from './store-rollout.ts';

/** What is handed in. */
export interface RolloutSweepDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
  readonly fleet: Pick<Fleet, 'sets'>;
  /** How it stores when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly inForce: () => Promise<string | undefined>;
  /** Other devices are told from here on. */
  readonly changed: () => void;
}

/** The periodic work, of one process. */
export interface RolloutSweep {
  start(sources: TroubleSources): void;
  /** A rollout may have begun or gone on. */
  wake(): void;
  /** One look now; what came of it, null: none is running. */
  run(sources: TroubleSources): Promise<Verdict | null>;
  /** Ends after the look under way. */
  stop(): Promise<void>;
}

/** Makes it; nothing happens before `start`. */
export function createRolloutSweep(deps: RolloutSweepDeps): RolloutSweep {
  const { sql, clock, log, tenant, fleet } = deps;
  const fenced: Fenced = deps.fenced ?? ((work) => inTransaction(sql, work));
  let sources: TroubleSources | null = null;
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  async function run(from: TroubleSources): Promise<Verdict | null> {
    const rollout = await selectRollout(sql, tenant);
    if (rollout?.state !== 'running' || rollout.digest !== (await deps.inForce())) return null;
    const nowMs = clock.now();
    const health = await readHealth({ sql, tenant, fleet, sources: from }, rollout, nowMs);
    const verdict = judgeWave(rollout, health, nowMs);
    if (verdict.next === 'wait') return verdict;
    const { inside, outside, kinds } = health;
    const trouble = { inside, outside, kinds };
    const to: Rollout =
      verdict.next === 'advance'
        ? advance(rollout, new Date(nowMs), '')
        : { ...rollout, state: 'held', trouble, changedBy: '' };
    const act = verdict.next === 'advance' ? 'rollout.next' : 'rollout.hold';
    const event = done(fromServer, eventOf(tenant, act, to));
    // Where somebody else was first, the next look sees what he made of it.
    if (!(await fenced((tx) => changeRollout(tx, tenant, { from: rollout, to, event })))) return verdict;
    if (verdict.next === 'hold')
      log.warn({ ...trouble }, 'a set of policies is held: devices that got it are in trouble');
    else deps.changed();
    return verdict;
  }

  async function look(from: TroubleSources): Promise<void> {
    let pauseMs: number | null = ROLLOUT_LOOK_MS;
    try {
      const verdict = await run(from);
      if (verdict === null) pauseMs = null;
      // The next wave may have no device either.
      else if (verdict.next === 'advance') pauseMs = 0;
    } catch (err) {
      // The database is away or the index is being read: the next look does what this one could not.
      log.warn({ err }, 'waves of policies could not be looked at');
    }
    if (pauseMs !== null) arm(pauseMs);
  }

  function arm(delayMs: number): void {
    cancel?.();
    if (isStopped || sources === null) return;
    const from = sources;
    cancel = clock.after(delayMs, () => {
      cancel = undefined;
      running = (running ?? Promise.resolve()).then(() => look(from));
    });
  }

  return {
    start(from) {
      sources = from;
      // Devices are still coming back.
      arm(ROLLOUT_CALM_MS);
    },
    wake: () => {
      if (cancel === undefined) arm(ROLLOUT_LOOK_MS);
    },
    run,
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
  };
}
