// Bench of a plan: which of 100,000 devices a change of some policies touches, out of the index of the server.
import type { Policy } from '@muster/protocol/policy';
import { createFleet, findEffects, silentLog, systemClock } from '@muster/server';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { makePolicies, readProcessorMs } from './resolve.ts';
import { createSyntheticFleet } from './synthetic-fleet.ts';

const DEVICES = 100_000;
/** Policies of the load that are changed, each in every rule. */
const CHANGED = 5;

/** The same policy as another revision: all that it wants is something else. */
function change(policy: Policy): Policy {
  return {
    ...policy,
    rules: policy.rules.map((rule) =>
      rule.kind === 'sysctl' ? { ...rule, wanted: { ...rule.wanted, value: '3' } } : rule,
    ),
  };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const { source } = createSyntheticFleet(DEVICES);
  const fleet = createFleet({ source, clock: systemClock, log: silentLog });
  context.teardown(() => fleet.stop());
  fleet.start();
  // A question waits for seconds, the build of so many may take longer.
  while (!fleet.isReady()) await pause(50);
  const before = makePolicies({ items: 10_000, conditions: 40 });
  const names = new Set(before.slice(0, CHANGED).map(({ name }) => name));
  const after = before.map((policy) => (names.has(policy.name) ? change(policy) : policy));
  const everything = new Set(before.map(({ name }) => name));
  const deps = { fleet, trust: { tenant: 1 } };
  const took = { some: [] as number[], all: [] as number[] };
  let cases = 0;
  for (let round = 0; round < context.rounds; round++) {
    context.say(`round ${round + 1} of ${context.rounds}`);
    const fromMs = readProcessorMs();
    cases = (await findEffects(deps, { before, after, nowMs: Date.now() }, names)).cases;
    const betweenMs = readProcessorMs();
    await findEffects(deps, { before: [], after, nowMs: Date.now() }, everything);
    took.some.push(betweenMs - fromMs);
    took.all.push(readProcessorMs() - betweenMs);
  }
  return [
    {
      name: `effects of ${CHANGED} changed policies on ${DEVICES} devices`,
      ...{ unit: 'ms', ...summarize(took.some), atMost: 3_000 },
      note: `50 policies of 1,000 rules before and after; ${cases} distinct cases`,
    },
    {
      name: 'effects of all 50 where nothing was in force',
      ...{ unit: 'ms', ...summarize(took.all), atMost: 3_000 },
      note: 'every one of 10,000 items is another on nearly every device',
    },
  ];
}

export const plan: Bench = { id: 'plan', says: 'which of 100,000 devices a change of policies touches', run };
