// What repairs by our own code share: the effect as kinds of command have it, and words for what stood in the way.
import type { Changed } from '../../../platform/linux/changing.ts';
import { describeObstacle } from '../../kinds/files/paths.ts';
import type { Check, InsideOutcome } from '../../kinds/kind.ts';

/** A change that came to nothing, for people; null: it is done. */
export function describeChanged(changed: Changed): string | null {
  switch (changed) {
    case 'done':
      return null;
    case 'second-name':
      return 'It has a second name, which may lead elsewhere.';
    case 'not-a-file':
      return 'It is no regular file.';
    default:
      return describeObstacle(changed);
  }
}

/** The end of a repair: null for one that went well, else what stood in the way. */
function endInside(failure: string | null, summary: string): InsideOutcome {
  return { ok: failure === null, summary: failure ?? summary, output: '' };
}

/** This is to be done by our own code; `work` answers with what stood in the way. */
export function actInside(summary: string, work: () => Promise<string | null>): Check {
  return {
    state: 'act',
    summary,
    effect: { where: 'inside', run: async () => endInside(await work(), summary) },
  };
}
