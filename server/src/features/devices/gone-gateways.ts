// Marks devices as offline whose gateway is gone, so that nobody is left to say it: the server before this one, or a process that died.
import { type Clock, sleep } from '../../core/clock.ts';
import { isPassing, withMappedErrors } from '../../core/db/failures.ts';
import { endOldSessions, findGateways, nameSessions } from '../../core/db/fence.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { markOffline, selectGateways } from './store.ts';

/** A gateway whose coming has not been heard of by now is gone, ms. */
const JOIN_GRACE_MS = 2_000;
/** Pause before it is tried again to mark devices, ms. */
const MARK_AGAIN_MS = 1_000;

/** The processes of this server, as the bus knows them. */
export interface Members {
  readonly id: string;
  members(): readonly string[];
  watch(events: { joined(id: string): void; gone(id: string): void; missed(id: string): void }): () => void;
}

/** Whoever looks after the gone. */
export interface GoneGateways {
  start(bus: Members): Promise<void>;
  stop(): void;
}

/** What it needs. */
export interface GoneGatewaysDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called for each device that was marked. */
  changed(tenant: number, idx: number): void;
}

/** Those that stand in the table, and those that may have something under way that will. */
async function findKnown(sql: RawSql): Promise<readonly string[]> {
  return [...new Set([...(await selectGateways(sql)), ...(await findGateways(sql))])];
}

/** Makes it; nothing happens before `start`. */
export function createGoneGateways({ sql, clock, log, changed }: GoneGatewaysDeps): GoneGateways {
  let isStopped = false;
  let unwatch: () => void = () => undefined;
  let cancel: () => void = () => undefined;

  /** Repeated while the database is away: nobody else will say it. */
  async function mark(gateways: readonly string[]): Promise<void> {
    while (!isStopped && gateways.length > 0) {
      try {
        // A statement that it had begun could else be committed later, and say again that a device is there.
        if (!(await endOldSessions(sql, gateways.map(nameSessions)))) throw fail('E_UNAVAILABLE');
        const devices = await markOffline(sql, gateways);
        if (devices.length > 0)
          log.info({ devices: devices.length }, 'devices were online when their gateway ended');
        for (const { tenant, idx } of devices) changed(tenant, idx);
        return;
      } catch (err) {
        log.warn({ err }, 'devices of a gateway that is gone could not be marked as offline');
        if (!isPassing(err)) return;
        await sleep(clock, MARK_AGAIN_MS);
      }
    }
  }

  return {
    async start(bus) {
      const nothing = () => undefined;
      if (isStopped) return;
      unwatch = bus.watch({ joined: nothing, missed: nothing, gone: (id) => void mark([id]) });
      const known = await withMappedErrors(() => findKnown(sql));
      if (isStopped) return;
      const findGone = () => known.filter((id) => id !== bus.id && !bus.members().includes(id));
      // Alone there is nobody of whom this process could not have heard yet.
      if (bus.members().length === 0) await mark(findGone());
      else cancel = clock.after(JOIN_GRACE_MS, () => void mark(findGone()));
    },
    stop() {
      isStopped = true;
      cancel();
      unwatch();
    },
  };
}
