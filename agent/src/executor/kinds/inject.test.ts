// Proves that no value of any parameter of any kind becomes an option, a shell line or a path elsewhere.
import t from 'tap';
import { makeRoot } from './testing/context.ts';
import { tryInjections, tryUnknownParameters } from './testing/injections.ts';

const VALUES = 500;
const seed = Number(process.env.MUSTER_SEED ?? 20261122);

t.test(`${VALUES} values through every parameter of every kind (seed ${seed})`, async (t) => {
  const { trials, strays } = await tryInjections(makeRoot(t), { seed, values: VALUES });
  for (const { kind, parameter, accepted, isNarrow, faults } of trials) {
    if (!isNarrow) t.ok(accepted > 0, `${kind} ${parameter}: ${accepted} of ${VALUES} values were harmless`);
    t.same(faults.slice(0, 3), [], `${kind} ${parameter}`);
  }
  t.same(strays, [], 'nothing was made beside the known folders');
});

t.test('parameters that no kind has are refused, whatever they are called', async (t) => {
  const { tried, faults } = await tryUnknownParameters(makeRoot(t), { seed, names: 20 });
  t.ok(tried > 0);
  t.same(faults, []);
});
