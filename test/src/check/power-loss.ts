// Check `power-loss`: the executor on a disk that drops, tears and reorders what was not synced; and the same with a sync left out.
import { isFinal } from '@muster/protocol';
import type { Command, CommandKind } from '@muster/protocol/commands';
import { kindEntry } from '@muster/protocol/commands';
import { createRandom } from '../fleet/random.ts';
import { type Check, type CheckContext, pick, type Verdict } from './check.ts';
import { type LabDevice, type LabDeviceOptions, makeDevice } from './lab/device.ts';
import {
  draftCommand,
  draftTrust,
  makeId,
  makeParty,
  type Party,
  sealCommand,
  sealFreshness,
  sealTrust,
} from './lab/party.ts';

const SEEDS = { quick: 60, full: 5_000, long: 50_000 } as const;
/** Seeds in which a forgotten sync must show. */
const SEEDS_WITH_FAULT = 400;
const ROUNDS = 4;
/** Turns of the event loop between two things that happen, at most. */
const MAX_TURNS = 14;

/** One kind of each repeat class. */
const orders: readonly (Pick<Command, 'args'> & { readonly kind: CommandKind })[] = [
  { kind: 'package.install', args: { packages: [{ name: 'curl', version: '' }] } },
  { kind: 'service.restart', args: { name: 'nginx' } },
  { kind: 'process.signal', args: { pid: 4_711, startTicks: 1, signal: 'TERM' } },
];

/** Syncs that are left out one sort at a time; each must be found. */
const forgotten: readonly { readonly what: string; omits: NonNullable<LabDeviceOptions['omits']> }[] = [
  {
    what: 'datasync of the journal',
    omits: (sync, path) => sync === 'datasync' && path.startsWith('journal'),
  },
  { what: 'dirsync of the journal', omits: (sync, path) => sync === 'dirsync' && path.startsWith('journal') },
  { what: 'dirsync after the claim', omits: (sync, path) => sync === 'dirsync' && path.startsWith('spool/') },
];

interface Order {
  readonly command: Command;
  readonly envelope: ReturnType<typeof sealCommand>;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function pause(random: () => number): Promise<void> {
  for (let n = Math.floor(random() * MAX_TURNS); n > 0; n--) await turn();
}

async function say(device: LabDevice, party: Party): Promise<void> {
  await device.take({ type: 'freshness', envelope: sealFreshness(party, 0), halts: [], lifts: [] });
}

function give(device: LabDevice, { command, envelope }: Order): void {
  // Not waited for: the power may fail while it is taken.
  void device.take({ type: 'run.offer', cmdId: command.cmdId, envelope, proof: null, content: [] });
}

/** What is wrong with the outcome of one command. */
function judge(device: LabDevice, { command }: Order): string[] {
  const { cmdId, kind } = command;
  const { states, results } = device.seen(cmdId);
  const effects = device.effects.get(cmdId) ?? 0;
  // Asked once more at the very end: what was told before must still be known then.
  const last = states.at(-1);
  const isSettled = last !== undefined && (isFinal(last) || last === 'waiting-person');
  const faults: string[] = [];
  if (!isSettled) faults.push(`${kind} came to no end: ${states.join(' ')}`);
  if (results.size > 1) faults.push(`${kind} told ${results.size} different results`);
  if (kindEntry(kind as CommandKind).repeat !== 'convergent' && effects > 1)
    faults.push(`${kind} ran ${effects} times`);
  if (last === 'succeeded' && effects === 0) faults.push(`${kind} succeeded without an effect`);
  return faults;
}

/** One history: orders come, the power fails some times, and at the end everything is asked for again. */
async function live(seed: number, omits?: LabDeviceOptions['omits']): Promise<string[]> {
  const random = createRandom(seed);
  const party = makeParty(random);
  const trust = sealTrust(party, draftTrust(party, 'hardened'));
  const device = await makeDevice({
    ...{ party, trust, hostname: 'web-1', random, units: true },
    ...(omits === undefined ? {} : { omits }),
  });
  const given: Order[] = [];
  await say(device, party);
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = Math.ceil(random() * 3); n > 0; n--) {
      const { kind, args } = pick(orders, random);
      const targets = { list: [device.target] };
      const command = draftCommand(party, makeId('cmd', random), { kind, args, targets });
      const order = { command, envelope: sealCommand(command, party.ann) };
      given.push(order);
      give(device, order);
      await pause(random);
    }
    if (random() < 0.3) void device.confirmAll();
    await pause(random);
    await device.cutPower();
    // A word that was not yet durable is sent again at the next welcome.
    await say(device, party);
  }
  for (const order of given) give(device, order);
  await device.settle();
  await device.confirmAll();
  await device.settle();
  const faults = given.flatMap((order) => judge(device, order));
  await device.close();
  return faults.map((fault) => `seed ${seed}: ${fault}`);
}

/** Some of the histories end with an engine that cannot go on: that too is a fault, when nothing was left out. */
async function tryLive(seed: number, omits?: LabDeviceOptions['omits']): Promise<string[]> {
  try {
    return await live(seed, omits);
  } catch (error) {
    return [`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function run({ seed, size, say: tell }: CheckContext): Promise<Verdict> {
  const faults: string[] = [];
  const seeds = SEEDS[size];
  for (let n = 0; n < seeds; n++) {
    faults.push(...(await tryLive(seed + n)));
    if (n % 1_000 === 999) tell(`${n + 1} of ${seeds} seeds`);
  }
  const evidence = [
    `${seeds.toLocaleString('en-US')} seeds, ${ROUNDS} power cuts each: ${faults.length} faults`,
  ];
  for (const { what, omits } of forgotten) {
    let found = 0;
    let tried = 0;
    for (; tried < SEEDS_WITH_FAULT && found === 0; tried++)
      found += (await tryLive(seed + tried, omits)).length;
    evidence.push(`without the ${what}: found after ${tried} seeds`);
    if (found === 0) faults.push(`${SEEDS_WITH_FAULT} seeds did not notice that the ${what} was left out`);
  }
  return { evidence, faults };
}

export const powerLoss: Check = {
  id: 'power-loss',
  claims:
    'A power cut at any moment loses no result that was told, and runs nothing twice that may run once.',
  group: 'device',
  run,
};
