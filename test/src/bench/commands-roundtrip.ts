// Bench of one command on one device that is there: from the order to its end at the API, with the agent that ships and its executor.
import { join } from 'node:path';
import { runNode } from '../support/processes.ts';
import { pause, until } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { type CommandHouse, startCommandHouse } from './commands-house.ts';
import { halfAndMost, measureRawTrips } from './commands-raw.ts';
import { enrollAgent, quickstartAgent, untilStored } from './stage.ts';

/** Agents, each on a state folder of its own: each is cold once a round. */
const AGENTS = 4;
/** Round trips of a round that count, and those before that fill caches. */
const TRIPS = 60;
const WARM_TRIPS = 20;
/** The device reads its inventory again after each; the next order waits for that, ms. */
const BETWEEN_MS = 400;
/** An executor without a message ends after 60 s (LINGER_MS of the executor); looked at every quarter of a second; ms. */
const COLD_AFTER_MS = 63_000;
/**
 * What is waited for in the one trip: the message to the API and the one to the device, there and back; the commit of the order,
 * `accepted` and the end in the executor's journal, the result in the core's outbox, the commit that applies it.
 */
const ECHOES = 2;
const SYNCS = 5;

/** Starts agents and waits until each has answered a command. */
async function startAgents(context: BenchContext, { server }: CommandHouse): Promise<readonly string[]> {
  const token = await server.enrollmentToken(AGENTS);
  const ids: string[] = [];
  for (let one = 0; one < AGENTS; one++) {
    const agent = await enrollAgent(context, server.url, token);
    agent.run(quickstartAgent);
    await untilStored(server, agent.deviceId);
    ids.push(agent.deviceId);
  }
  const areHere = async () => (await server.figure('muster_sessions')) === AGENTS;
  await until('the agents have sessions', areHere);
  return ids;
}

/** One command on one device, to its end at the API; ms. */
async function trip({ orders, run }: CommandHouse, deviceId: string, dryRun: boolean): Promise<number> {
  const targets = await orders.find(`id == "${deviceId}"`);
  const { ms, ended } = await run(targets, orders.sign(targets, { dryRun }));
  if (ended.counts.succeeded !== 1) throw new Error(`the command ended as ${JSON.stringify(ended)}`);
  return ms;
}

/** Trips with an executor that runs; only looking, or looking and then reading the inventory. */
async function measureWarm(house: CommandHouse, deviceId: string, dryRun: boolean): Promise<number[]> {
  const times: number[] = [];
  for (let one = 0; one < WARM_TRIPS + TRIPS; one++) {
    const ms = await trip(house, deviceId, dryRun);
    if (one >= WARM_TRIPS) times.push(ms);
    await pause(dryRun ? 0 : BETWEEN_MS);
  }
  return times;
}

/** One trip a device after their executors have ended, each beside a Node that is started and has nothing to do; ms. */
async function measureCold(context: BenchContext, house: CommandHouse, ids: readonly string[]) {
  await pause(COLD_AFTER_MS);
  const cold: number[] = [];
  const bareNode: number[] = [];
  for (const id of ids) {
    cold.push(await trip(house, id, false));
    await pause(BETWEEN_MS);
    const fromMs = performance.now();
    await runNode(context, ['-e', '0']);
    bareNode.push(performance.now() - fromMs);
  }
  return { cold, bareNode };
}

async function measureAll(context: BenchContext, house: CommandHouse, ids: readonly string[]) {
  const [first = ''] = ids;
  const tlsFolder = join(house.server.dataDir, 'tls');
  const rounds: Record<'warm' | 'dry' | 'raw', { p50: number; p95: number }[]> = {
    warm: [],
    dry: [],
    raw: [],
  };
  const cold: number[] = [];
  const bareNode: number[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`round ${round} of ${context.rounds}`);
    rounds.warm.push(halfAndMost(await measureWarm(house, first, false)));
    rounds.dry.push(halfAndMost(await measureWarm(house, first, true)));
    const wish = { tlsFolder, trips: TRIPS, echoes: ECHOES, syncs: SYNCS };
    rounds.raw.push(halfAndMost(await measureRawTrips(context, wish)));
    const started = await measureCold(context, house, ids);
    cold.push(...started.cold);
    bareNode.push(...started.bareNode);
  }
  return { rounds, cold, bareNode };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const house = await startCommandHouse(context);
  const ids = await startAgents(context, house);
  const { rounds, cold, bareNode } = await measureAll(context, house, ids);
  const of = (name: keyof typeof rounds, share: 'p50' | 'p95') =>
    summarize(rounds[name].map((one) => one[share]));
  const raw = (share: 'p50' | 'p95') => ({
    what: `ms, ${ECHOES} bare echoes and ${SYNCS} syncs`,
    value: of('raw', share).value,
  });
  return [
    {
      name: 'round trip, executor warm, p50',
      unit: 'ms',
      ...of('warm', 'p50'),
      atMost: 10,
      raw: raw('p50'),
      note: 'inventory.refresh; from POST /jobs to the end of its events, on connections that are open',
    },
    { name: 'the same, p95', unit: 'ms', ...of('warm', 'p95'), atMost: 10, raw: raw('p95') },
    {
      name: 'the same only tried (dry run), one after the other, p50',
      unit: 'ms',
      ...of('dry', 'p50'),
      raw: raw('p50'),
    },
    { name: 'the same only tried, p95', unit: 'ms', ...of('dry', 'p95'), raw: raw('p95') },
    {
      name: 'round trip, executor must start, median',
      unit: 'ms',
      ...summarize(cold),
      atMost: 150,
      raw: { what: 'ms, bare Node from start to end', value: summarize(bareNode).value },
      note: `${cold.length} trips on ${AGENTS} devices; each executor had ended by itself a minute before`,
    },
  ];
}

export const commandsRoundtrip: Bench = {
  id: 'commands-roundtrip',
  says: 'one command on one device that is there, from the order to its end',
  run,
};
