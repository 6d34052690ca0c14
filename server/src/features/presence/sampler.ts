// Takes a sample at each quarter of an hour of the clock, out of the fleet index; where that fails there is a gap.
//
//   waiting ── the moment comes ──▶ taking ── stored, there already, or too late ──▶ waiting
import { isMusterError } from '@muster/protocol';
import { compileExpression } from '@muster/protocol/language';
import type { Clock } from '../../core/clock.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { Fleet } from '../fleet/index.ts';
import { AGAIN_MS, COARSE_KEPT_MS, COARSE_MS, FINE_KEPT_MS, LATE_MS, SAMPLE_EVERY_MS } from './limits.ts';
import { countSet, packSet } from './sets.ts';
import { insertSample } from './store.ts';

/** What is sampled. Each is what the numbers of Home lead to: devices that never connected are in none. */
const sampled = {
  online: 'presence == "online" && state != "retired"',
  offline: 'presence == "offline" && state != "retired"',
  missing: 'presence == "missing" && state != "retired"',
} as const;

/** What it needs. */
export interface SamplerDeps {
  readonly fenced: Fenced;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tenant: number;
  readonly fleet: Pick<Fleet, 'sets'>;
}

/** The periodic work of the controller. */
export interface Sampler {
  start(): void;
  /** Ends after the sample under way. */
  stop(): Promise<void>;
}

/** The moment of the clock at or before another, ms since 1970. */
export function floorTo(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}

/** Makes it; nothing happens before `start`. */
export function createSampler(deps: SamplerDeps): Sampler {
  const { clock, log } = deps;
  let isStopped = false;
  let cancel: () => void = () => undefined;
  let endRest: () => void = () => undefined;
  let taking: Promise<void> = Promise.resolve();

  function arm(): void {
    const nextMs = floorTo(clock.now(), SAMPLE_EVERY_MS) + SAMPLE_EVERY_MS;
    cancel = clock.after(nextMs - clock.now(), () => begin(nextMs));
  }

  function begin(atMs: number): void {
    taking = take(atMs).then(() => {
      if (!isStopped) arm();
    });
  }

  function rest(): Promise<void> {
    // The end may have come while the sample was being stored.
    if (isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = clock.after(AGAIN_MS, resolve);
      endRest = () => {
        end();
        resolve();
      };
    });
  }

  /** Tries until it is too late: the index may be under construction, the database away for a moment. */
  async function take(atMs: number): Promise<void> {
    const at = new Date(atMs);
    // A machine that slept wakes up long after.
    for (let failed = {}; !isStopped; await rest()) {
      if (clock.now() - atMs > LATE_MS) {
        log.warn({ at, ...failed }, 'presence was not sampled; its course has a gap');
        return;
      }
      try {
        if (!(await storeSample(deps, atMs))) log.debug({ at }, 'presence was sampled already');
        return;
      } catch (err) {
        // It is another process's work now.
        if (isMusterError(err, 'E_FENCED_OUT')) return;
        failed = { err };
      }
    }
  }

  return {
    start() {
      if (isStopped) return;
      const lastMs = floorTo(clock.now(), SAMPLE_EVERY_MS);
      // Whoever takes over at the moment itself takes the sample that the one before may not have taken.
      if (clock.now() - lastMs <= LATE_MS) begin(lastMs);
      else arm();
    },
    async stop() {
      isStopped = true;
      cancel();
      endRest();
      await taking;
    },
  };
}

const meant = Object.values(sampled).map((on) => ({ expression: compileExpression(on, { for: 'server' }) }));

/** One statement, however many devices there are; false when there is a sample of that moment. */
async function storeSample({ fenced, tenant, fleet }: SamplerDeps, atMs: number): Promise<boolean> {
  const sets = await fleet.sets(tenant, meant);
  const [online = 0, offline = 0, missing = 0] = sets.map(countSet);
  const [onlineSet, offlineSet, missingSet] = await Promise.all(sets.map(packSet));
  if (onlineSet === undefined || offlineSet === undefined || missingSet === undefined) return false;
  const row = { at: new Date(atMs), online, offline, missing, onlineSet, offlineSet, missingSet };
  const kept = {
    fineFrom: new Date(atMs - FINE_KEPT_MS),
    coarseFrom: new Date(atMs - COARSE_KEPT_MS),
    coarseMs: COARSE_MS,
  };
  return fenced((tx) => insertSample(tx, tenant, { row, kept }));
}
