// Bench of the agent's resident memory on plain and TLS connections, beside a Node that does nothing, same flags.
import { join } from 'node:path';
import type { Program } from '../support/processes.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { startBareServer } from './load.ts';
import { readMemory } from './proc.ts';
import {
  enrollAgent,
  makeBenchFolder,
  type NodeSettings,
  plainNode,
  quickstartAgent,
  type ServerProcess,
  startBareClient,
  startBareNode,
  startServerProcess,
  untilStored,
} from './stage.ts';

const MB = 2 ** 20;

/** A way in which agents are run. */
interface Way {
  readonly name: string;
  readonly settings: NodeSettings;
  /** Target above bare Node, MB; only the way that is shipped has one. */
  readonly atMost: { readonly plain: number; readonly tls: number } | null;
}

const ways: readonly Way[] = [
  { name: 'flags of the quick start', settings: quickstartAgent, atMost: { plain: 8, tls: 12 } },
  { name: 'no flags', settings: plainNode, atMost: null },
];

/** Enrolls and runs so many agents, and waits until their inventories are stored. */
async function startAgents(
  context: BenchContext,
  server: ServerProcess,
  { settings }: Way,
): Promise<Program[]> {
  const token = await server.enrollmentToken(context.rounds);
  const programs: Program[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const agent = await enrollAgent(context, server.url, token);
    programs.push(agent.run(settings));
    await untilStored(server, agent.deviceId);
  }
  return programs;
}

/** Agents that run one way on one kind of connection, and what runs beside them with the same flags. */
interface Group {
  readonly title: string;
  readonly agents: readonly Program[];
  readonly bare: readonly Program[];
  /** Node that only holds a WebSocket. */
  readonly clients: readonly Program[];
  readonly atMost: number | null;
}

function measure(programs: readonly Program[], kind: keyof ReturnType<typeof readMemory>) {
  return summarize(programs.map(({ pid }) => readMemory(pid)[kind] / MB));
}

function describe({ title, agents, bare, clients, atMost }: Group): Figure[] {
  const resident = measure(agents, 'residentBytes');
  const floor = measure(bare, 'residentBytes').value;
  const raw = (kind: keyof ReturnType<typeof readMemory>) => ({
    what: 'bare Node',
    value: measure(bare, kind).value,
  });
  return [
    {
      name: `${title}: above bare Node`,
      unit: 'MB',
      value: resident.value - floor,
      ...(atMost === null ? {} : { atMost }),
      raw: { what: 'ws client alone', value: measure(clients, 'residentBytes').value - floor },
    },
    { name: `${title}: resident`, unit: 'MB', ...resident, raw: raw('residentBytes') },
    {
      name: `${title}: proportional`,
      unit: 'MB',
      ...measure(agents, 'proportionalBytes'),
      raw: raw('proportionalBytes'),
    },
    {
      name: `${title}: anonymous`,
      unit: 'MB',
      ...measure(agents, 'anonymousBytes'),
      raw: raw('anonymousBytes'),
    },
  ];
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const groups: Group[] = [];
  for (const tls of [false, true]) {
    const dataDir = await makeBenchFolder(context, 'server');
    const server = await startServerProcess(context, { dataDir, tls });
    const sink = await startBareServer(context, 'sink', tls ? join(dataDir, 'tls') : '');
    for (const way of ways) {
      const agents = await startAgents(context, server, way);
      const bare = agents.map(() => startBareNode(context, way.settings));
      const clients = agents.map(() => startBareClient(context, way.settings, sink.url));
      const atMost = way.atMost === null ? null : way.atMost[tls ? 'tls' : 'plain'];
      groups.push({ title: `${tls ? 'TLS' : 'plain'}, ${way.name}`, agents, bare, clients, atMost });
    }
  }
  context.say(`${context.rounds} agents of each kind run for ${context.minutes} minutes`);
  await pause(context.minutes * 60_000);
  return groups.flatMap(describe);
}

export const agentMemory: Bench = {
  id: 'agent-memory',
  says: 'resident memory of the agent bundle beside bare Node with the same flags',
  run,
};
