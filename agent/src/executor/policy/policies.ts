// All that an executor does about policies: keeps what is signed, looks in time whether it is met, and tells what was found.
import {
  type FromExecutor,
  isPolicyMessage,
  type PolicyMessage,
  type ToExecutor,
} from '../local/messages.ts';
import { createCycleFiles } from './cycle-files.ts';
import { type Cycles, type CycleUnit, openCycles } from './cycles.ts';
import { WANTED_PATH } from './held.ts';
import { findNextDue, listWatched } from './held-items.ts';
import { type KeeperDeps, openKeeper, type PolicyKeeper } from './keeper.ts';
import { createTelling } from './telling.ts';

/** What it is made of. */
export interface PoliciesDeps extends Omit<KeeperDeps, 'changed'> {
  readonly deviceId: string;
  readonly cycleUnit: CycleUnit;
  send(message: FromExecutor): boolean;
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
  const keeper = await openKeeper({
    ...deps,
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
