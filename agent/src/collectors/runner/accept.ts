// Decides what an outcome does to the offer: new content, nothing, or an error that is shown.
import { findFault, keepsContentOnError, writeBodies } from './bodies.ts';
import type { Contents, InventoryLog } from './contents.ts';
import { ERRORS_BEFORE_SHOWN } from './limits.ts';
import type { AnyOutcome, Slot } from './slot.ts';

/** Where outcomes go. */
export interface Acceptance {
  readonly contents: Contents;
  readonly log: InventoryLog;
}

const TOO_MUCH = 'The section does not fit beside the others; the inventory of a device is limited.';

/** Takes an outcome into the contents; returns the bodies that are offered now, none where the earlier ones stay. */
export function acceptOutcome(to: Acceptance, slot: Slot, outcome: AnyOutcome): readonly string[] {
  const { section } = slot.collector;
  if (outcome.outcome === 'error') {
    const { errorsInRow } = slot.stats;
    to.log.warn({ section: section.name, reason: outcome.reason, errorsInRow }, 'collector failed');
    // One failed look says nothing of the device: its last good content stays for a few more.
    const lasting = errorsInRow >= ERRORS_BEFORE_SHOWN && !keepsContentOnError(section);
    if (to.contents.has(section.name) && !lasting) return [];
  }
  const texts = writeBodies(section, outcome);
  if (to.contents.isCurrent(section.name, texts)) return texts;
  const fault = findFirstFault(to, slot, texts);
  if (fault !== null) return acceptFault(to, slot, fault);
  to.contents.set(section.name, texts);
  return texts;
}

function findFirstFault(
  { contents }: Acceptance,
  { collector }: Slot,
  texts: readonly string[],
): string | null {
  if (!contents.fits(collector.section.name, texts)) return TOO_MUCH;
  for (const text of texts) {
    const fault = findFault(collector.section, text);
    if (fault !== null) return fault;
  }
  return null;
}

/** What a server would refuse is offered as an error instead: one bad value must not cost the session. */
function acceptFault(to: Acceptance, slot: Slot, reason: string): readonly string[] {
  const { section } = slot.collector;
  to.log.warn({ section: section.name, reason }, 'collected facts cannot be sent');
  if (keepsContentOnError(section)) return [];
  const texts = writeBodies(section, { outcome: 'error', reason });
  if (!to.contents.isCurrent(section.name, texts)) to.contents.set(section.name, texts);
  return texts;
}
