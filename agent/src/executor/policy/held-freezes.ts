// The freezes of the policies that are for this device, as they were resolved last: in memory, since every command asks for them.
import type { ListedFreeze } from '@muster/protocol/windows';
import type { PolicyFiles } from './held.ts';

/** Freezes that hold here, now or later. */
export interface HeldFreezes {
  list(): readonly ListedFreeze[];
  /** Tells where they are others than before. */
  set(freezes: readonly ListedFreeze[]): void;
}

/** Goes on with what an earlier executor left. `refrozen`: what waits may start, or must wait. */
export async function openHeldFreezes(
  files: Pick<PolicyFiles, 'wantedFreezes'>,
  refrozen: () => void,
): Promise<HeldFreezes> {
  let held = await files.wantedFreezes();
  return {
    list: () => held,
    set(freezes) {
      const isSame = JSON.stringify(freezes) === JSON.stringify(held);
      held = freezes;
      if (!isSame) refrozen();
    },
  };
}
