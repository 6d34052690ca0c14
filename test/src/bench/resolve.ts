// Bench of the resolver: what 50 policies of 1,000 rules want of one device, beside a bare pass over the same rules.
import type { Facts } from '@muster/protocol/language';
import {
  checkPolicy,
  type Policy,
  preparePolicies,
  type ResolvedItem,
  resolvePolicies,
  traceItem,
} from '@muster/protocol/policy';
import { createRandom } from '../fleet/random.ts';
import { type Bench, type BenchContext, type Figure, median, summarize } from './bench.ts';

const POLICIES = 50;
const RULES = 1_000;
/** Items that the rules are about: each is named by five policies, as where teams add to a baseline. */
const SHARED_ITEMS = 10_000;
/** Different conditions of policies and rules: few people write thousands. */
const CONDITIONS = 40;
/** Calls of a round whose median counts, and those before that warm the machine up. */
const CALLS = 40;
const WARM_CALLS = 10;

const device: Facts = {
  values: {
    ...{ hostname: 'web-17', arch: 'x86_64', virtual: true, 'os.family': 'debian', 'os.name': 'debian' },
    ...{ 'os.version': '12.5', 'cpu.count': 4, 'memory.bytes': 8 * 2 ** 30, 'kernel.version': '6.1.0-21' },
  },
  labels: { role: 'server', env: 'prod' },
};

/** How the rules of a load lie. */
interface Load {
  readonly items: number;
  readonly conditions: number;
}

/** The n-th condition; most hold on the device. */
function writeCondition(n: number): string {
  const forms = [
    `os.family == "debian" && cpu.count >= ${(n % 5) + 1}`,
    `version(os.version) >= version("${n % 13}") || hostname == "db-${n}"`,
    `memory.bytes > ${n} * 1024 && !(hostname in ["web-${n}", "db-${n}"])`,
    `virtual && kernel.version.startsWith("${(n % 3) + 5}.")`,
  ];
  return forms[n % forms.length] ?? 'true';
}

/** Rules of one policy: different items, so that nothing in it is said twice. */
function draftRules(policy: number, { items, conditions }: Load, random: () => number) {
  return Array.from({ length: RULES }, (_, at) => {
    const item = (policy * RULES + at) % items;
    return {
      id: `rule-${at}`,
      title: `Parameter ${item}`,
      override: random() < 0.05,
      ...(random() < 0.5 ? { when: writeCondition(Math.floor(random() * conditions)) } : {}),
      sysctl: { key: `net.bench.parameter_${item}`, value: random() < 0.9 ? '1' : '2' },
    };
  });
}

/** Through the same door as files. */
export function makePolicies(load: Load): Policy[] {
  const random = createRandom(7);
  return Array.from({ length: POLICIES }, (_, at) => {
    const checked = checkPolicy({
      ...{ policy: `policy-${at}`, title: `Policy ${at}`, owner: 'bench', mode: 'enforce' },
      priority: Math.floor(random() * 10) * 100,
      on: at % 7 === 0 ? 'label("role") == "server"' : writeCondition(at),
      except: 'hostname == "bastion"',
      rules: draftRules(at, load, random),
    });
    if ('faults' in checked) throw new Error(checked.faults[0]?.message);
    return checked.policy;
  });
}

/** The least that anybody who answers by item has to do: look at each rule, and find its item among those seen. */
function passBare(rules: readonly { readonly item: string }[]): ReadonlyMap<string, object> {
  const last = new Map<string, object>();
  for (const rule of rules) if (last.get(rule.item) !== rule) last.set(rule.item, rule);
  return last;
}

/** Less than that: item strings compared with their neighbors, nothing kept. */
function compareBare(rules: readonly { readonly item: string }[]): number {
  let equal = 0;
  let before = '';
  for (const { item } of rules) {
    if (item === before) equal++;
    before = item;
  }
  return equal;
}

/** Processor time of this process, ms: a computation that waits for nothing, measured so that what else the machine does counts less. */
export function readProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Milliseconds of the median call. */
function time(work: () => unknown): number {
  for (let call = 0; call < WARM_CALLS; call++) work();
  return median(Array.from({ length: CALLS }, () => once(work)[1]));
}

/** What one round measures, all ms of processor time. */
interface Round {
  readonly prepare: number;
  readonly first: number;
  readonly resolve: number;
  readonly trace: number;
  readonly compare: number;
  readonly map: number;
}

function once<T>(work: () => T): readonly [T, number] {
  const fromMs = readProcessorMs();
  const made = work();
  return [made, readProcessorMs() - fromMs];
}

function measure(policies: readonly Policy[]): Round {
  const [prepared, prepare] = once(() => preparePolicies(policies));
  const [{ items }, first] = once(() => resolvePolicies(prepared, device));
  const rules = policies.flatMap((policy) => policy.rules);
  const some: ResolvedItem | undefined = items.values().next().value;
  if (some === undefined) throw new Error('nothing is wanted of the device');
  return {
    ...{ prepare, first },
    resolve: time(() => resolvePolicies(prepared, device)),
    trace: time(() => traceItem(prepared, device, { item: some.item })),
    compare: time(() => compareBare(rules)),
    map: time(() => passBare(rules)),
  };
}

async function run({ rounds, say }: BenchContext): Promise<readonly Figure[]> {
  const loads = {
    shared: { items: SHARED_ITEMS, conditions: CONDITIONS },
    // The worst: every rule about something else, and a condition of its own
    apart: { items: POLICIES * RULES, conditions: POLICIES * RULES },
  };
  const measureAll = (name: keyof typeof loads) => {
    const policies = makePolicies(loads[name]);
    return Array.from({ length: rounds }, (_, round) => {
      say(`round ${round + 1} of ${rounds}, ${name} items`);
      return measure(policies);
    });
  };
  const all = { shared: measureAll('shared'), apart: measureAll('apart') };
  const pick = (name: keyof typeof loads, key: keyof Round) => all[name].map((round) => round[key]);
  const bare = { what: 'ms, bare pass comparing item strings', value: median(pick('shared', 'compare')) };
  const inMap = (name: keyof typeof loads) => ({
    what: 'ms, bare pass into a Map by item',
    value: median(pick(name, 'map')),
  });
  const ms = (name: string, values: readonly number[]) => ({ name, unit: 'ms', ...summarize(values) });
  const note = `${POLICIES} policies of ${RULES} rules about ${SHARED_ITEMS} items, half of them under one of ${CONDITIONS} conditions`;
  return [
    { ...ms('one device', pick('shared', 'resolve')), atMost: 10, raw: bare, note },
    { ...ms('the same beside', pick('shared', 'resolve')), raw: inMap('shared') },
    { ...ms('the first device after preparing', pick('shared', 'first')), atMost: 10, raw: inMap('shared') },
    {
      ...ms('50,000 items and conditions', pick('apart', 'resolve')),
      raw: inMap('apart'),
      note: 'the worst: no two rules have anything in common',
    },
    { ...ms('preparing, once for all devices', pick('shared', 'prepare')) },
    { ...ms('trace of one item', pick('shared', 'trace')) },
  ];
}

export const resolve: Bench = {
  id: 'resolve',
  says: 'what 50 policies of 1,000 rules want of one device',
  run,
};
