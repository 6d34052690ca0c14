// Check `inject`: hostile texts as every parameter of every kind; none may become an option, a shell line or another path.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryInjections, tryUnknownParameters } from '@muster/agent/executor';
import type { Check, CheckContext, Verdict } from './check.ts';

const VALUES = { quick: 50, full: 500, long: 10_000 } as const;
const NAMES = { quick: 5, full: 20, long: 200 } as const;

async function run({ seed, size, teardown }: CheckContext): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-check-'));
  teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['known', 'unknown']) await mkdir(join(folder, name));
  const { trials, strays } = await tryInjections(join(folder, 'known'), { seed, values: VALUES[size] });
  const unknown = await tryUnknownParameters(join(folder, 'unknown'), { seed, names: NAMES[size] });
  const faults = trials.flatMap(({ kind, parameter, accepted, isNarrow, ...trial }) => [
    ...trial.faults.map((fault) => `${kind} ${parameter}: ${fault}`),
    // The control arm: a check that refuses everything would find nothing.
    ...(isNarrow || accepted > 0 ? [] : [`${kind} ${parameter}: no harmless value was taken`]),
  ]);
  const tried = trials.reduce((sum, trial) => sum + trial.tried, 0);
  const accepted = trials.reduce((sum, trial) => sum + trial.accepted, 0);
  const kinds = new Set(trials.map(({ kind }) => kind)).size;
  return {
    evidence: [
      `${VALUES[size]} values through ${trials.length} parameters of ${kinds} kinds: ${tried.toLocaleString('en-US')} tries, ${accepted.toLocaleString('en-US')} harmless and taken, each as one whole argument or none`,
      `${unknown.tried} parameters that no kind has: all refused`,
    ],
    faults: [...faults, ...unknown.faults, ...strays.map((name) => `${name} was made`)],
  };
}

export const inject: Check = {
  id: 'inject',
  claims: 'No text in any parameter of any kind becomes an option, a shell line or a path elsewhere.',
  group: 'device',
  run,
};
