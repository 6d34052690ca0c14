// What a process has only when others share its work: the lease by which one is the controller, and the front that pipes requests to it.
import type { Socket } from 'node:net';
import type { Bus } from './bus/bus.ts';
import type { Clock } from './core/clock.ts';
import type { RawSql } from './core/db/pool.ts';
import { createFront, type Front } from './core/http/front.ts';
import { choosePipeFolder, makePipeFolder } from './core/http/pipe-folder.ts';
import { readInstance } from './core/instance.ts';
import { createLeaseKeeper, type LeaseKeeper } from './core/lease.ts';
import type { Logger } from './core/log.ts';
import { OWN_PATHS } from './operations.ts';

/** Both; null in a process that is alone. */
export interface Beside {
  readonly lease: LeaseKeeper | null;
  readonly front: Front | null;
}

export const alone: Beside = { lease: null, front: null };

/** What they need, and whom they tell. */
export interface BesideDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sql: RawSql;
  readonly dataDir: string;
  /** Other servers may use the database too. */
  readonly isShared: boolean;
  taken(token: number): void;
  lost(): void;
  signedIn(socket: Socket): void;
}

/** Makes both; nothing is taken yet. @throws MusterError E_DATA_PATH */
export async function openBeside(deps: BesideDeps): Promise<Beside> {
  const { bus, clock, log, sql, dataDir, isShared, taken, lost, signedIn } = deps;
  const folder = choosePipeFolder(dataDir);
  await makePipeFolder(folder);
  return {
    lease: createLeaseKeeper({
      ...{ sql, clock, log, name: 'controller', holder: bus.id },
      instance: await readInstance(dataDir, { isShared }),
      present: () => bus.members(),
      onTaken: ({ token }) => taken(token),
      onLost: lost,
    }),
    front: createFront({ clock, log, folder, id: bus.id, own: OWN_PATHS, signedIn }),
  };
}
