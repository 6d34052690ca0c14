// Runs one check: seed, teardown in order, and a failure of the check itself told apart from a broken claim.
import { createRandom } from '../fleet/random.ts';
import type { Check, CheckContext, CheckSize, Verdict } from './check.ts';

/** How a check is run. */
export interface RunOptions {
  readonly seed: number;
  readonly size: CheckSize;
  say(text: string): void;
}

/** Runs a check and tidies up behind it, whatever happened. */
export async function runCheck(check: Check, { seed, size, say }: RunOptions): Promise<Verdict> {
  const ends: (() => Promise<void>)[] = [];
  const context: CheckContext = {
    seed,
    size,
    random: createRandom(seed),
    say,
    teardown: (work) => void ends.push(work),
  };
  try {
    return await check.run(context);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
