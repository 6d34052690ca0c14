// All that an executor does about policies: keeps what is signed, looks in time whether it is met, and tells what was found.
import type { ListedFreeze } from '@muster/protocol/windows';
import {
  type FromExecutor,
  isPolicyMessage,
  type PolicyMessage,
  type ToExecutor,
} from '../local/messages.ts';
import { createCycleFiles } from './cycle-files.ts';
import { type Cycles, type CycleUnit, openCycles } from './cycles.ts';
import { createPolicyFiles, WANTED_PATH } from './held.ts';
import { openHeldFreezes } from './held-freezes.ts';
import { findNextDue, listWatched } from './held-items.ts';
import { type KeeperDeps, openKeeper, type PolicyKeeper } from './keeper.ts';
import { createTelling } from './telling.ts';

/** What it is made of. */
export interface PoliciesDeps extends Omit<KeeperDeps, 'changed' | 'frozen'> {
  readonly deviceId: string;
  readonly cycleUnit: CycleUnit;
  send(message: FromExecutor): boolean;
  /** The freezes that hold here are others than before: what waits may start, or must wait. */
  refrozen(): void;
  readonly log: { warn(fields: object, message: string): void };
}

/** What a core says about policies: the server's messages, that it has what it was told, and that something changed. */
type AboutPolicies = PolicyMessage | Extract<ToExecutor, { type: 'policy.kept' | 'policy.look' }>;

/** True for what a core says about policies. */
export function isAboutPolicies(message: ToExecutor): message is AboutPolicies {
  return message.type === 'policy.kept' || message.type === 'policy.look' || isPolicyMessage(message);
}

/** Policies on a device. */
export interface Policies {
  readonly keeper: PolicyKeeper;
  /** Freezes of the policies that are for this device. */
  freezes(): readonly ListedFreeze[];
  /** A core has connected. */
  connected(): void;
  /** A session to a server is open. */
  online(): Promise<void>;
  /** What the core hands on, or confirms. */
  take(message: AboutPolicies): void;
  isBusy(): boolean;
  /** Time to the next cycle, ms; null: nothing is held. */
  waitMs(): number | null;
  close(): void;
}

/** Goes on with what an earlier executor left. */
export async function openPolicies(deps: PoliciesDeps): Promise<Policies> {
  const { disk, deviceId, cycleUnit, send, now, fatal, log } = deps;
  const files = createCycleFiles(disk);
  const isHeld = async () => (await disk.size(WANTED_PATH)) !== null;
  const telling = createTelling({ files, isHeld, send, now, fatal, log });
  let cycles: Cycles | null = null;
  const watch = () =>
    void listWatched(deps)
      .then((files) => send({ type: 'policy.watch', files }))
      .catch(fatal);
  const frozen = await openHeldFreezes(createPolicyFiles(disk), deps.refrozen);
  const keeper = await openKeeper({
    ...{ ...deps, frozen },
    changed() {
      void cycles?.changed();
      watch();
    },
  });
  const timetable = await openCycles({
    ...{ files, deviceId, isHeld, now, fatal, log },
    unit: cycleUnit,
    nextOpening: () => findNextDue({ disk, now, log }),
    refresh: () => keeper.refresh(),
    over: () => telling.tell(),
  });
  cycles = timetable;
  return {
    keeper,
    freezes: frozen.list,
    connected() {
      keeper.retell();
      watch();
      void telling.tell();
    },
    async online() {
      await keeper.online();
      await telling.tell();
    },
    take(message) {
      if (message.type === 'policy.kept') void telling.confirmed(message.n);
      else if (message.type === 'policy.look') void timetable.noticed();
      else void keeper.handle(message);
    },
    isBusy: () => keeper.isBusy() || timetable.isBusy() || telling.isBusy(),
    waitMs: () => timetable.waitMs(),
    close: () => timetable.close(),
  };
}
