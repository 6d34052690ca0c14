// The quick form of every check of one kind, as part of the tests; `pnpm check --all` tries much more.
import t from 'tap';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import type { CheckGroup } from './check.ts';
import { checks } from './checks.ts';
import { runCheck } from './runner.ts';

/** Always the same tries: a failure must be there again at the next run. `pnpm check` takes a new seed each time. */
const SEED = 20_261_122;

/** Makes a test of each. */
export function testChecks(group: CheckGroup): void {
  t.setTimeout(FILE_PATIENCE_MS);
  for (const check of checks.filter((one) => one.group === group)) {
    t.test(check.claims, async (t) => {
      const { evidence, faults } = await runCheck(check, { seed: SEED, size: 'quick', say: () => undefined });
      for (const line of evidence) t.comment(line);
      t.same(faults, []);
    });
  }
}
