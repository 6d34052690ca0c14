// The quick form of every check that has one, as part of the tests; `pnpm check --all` tries much more.
import t from 'tap';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import { checks } from './checks.ts';
import { runCheck } from './runner.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** Always the same tries: a failure must be there again at the next run. `pnpm check` takes a new seed each time. */
const SEED = 20_261_122;

for (const check of checks.filter(({ quick }) => quick)) {
  t.test(check.claims, async (t) => {
    const { evidence, faults } = await runCheck(check, { seed: SEED, size: 'quick', say: () => undefined });
    for (const line of evidence) t.comment(line);
    t.same(faults, []);
  });
}
