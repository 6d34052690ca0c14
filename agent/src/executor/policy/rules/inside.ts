// What kinds of rule about files share: facts without following a link, the effect as kinds of command have it, and words for what stood in the way.
import type { Stats } from 'node:fs';
import { fail } from '../../../errors.ts';
import type { Changed } from '../../../platform/linux/changing.ts';
import { readEntry } from '../../../platform/linux/placing.ts';
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
    case 'no-text':
      return 'It is too large, or no text.';
    case 'another':
      return 'Something else was put there meanwhile.';
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

/** Null where nothing stands there, nor the folder that would hold it. @throws MusterError E_PATH for what lies behind a link */
export async function readFacts(root: string, path: string): Promise<Stats | null> {
  const facts = await readEntry(root, path);
  if (facts === 'absent') return null;
  if (typeof facts === 'string') throw fail('E_PATH', { detail: `${path}: ${describeObstacle(facts)}` });
  return facts;
}
