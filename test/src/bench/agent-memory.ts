// Bench of the agent's resident memory on plain and TLS connections, beside a Node that does nothing, same flags.
import type { Program } from '../support/processes.ts';
import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { readMemory } from './proc.ts';
import {
  enrollAgent,
  makeBenchFolder,
  type NodeSettings,
  plainNode,
  quickstartAgent,
  type ServerProcess,
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

function measure(programs: readonly Program[], kind: keyof ReturnType<typeof readMemory>) {
  return summarize(programs.map(({ pid }) => readMemory(pid)[kind] / MB));
}

/** The figures of agents that ran one way on one kind of connection. */
function describe(
  title: string,
  { agents, bare, atMost }: { agents: readonly Program[]; bare: readonly Program[]; atMost: number | null },
): Figure[] {
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
  const started: { title: string; agents: Program[]; bare: Program[]; atMost: number | null }[] = [];
  for (const tls of [false, true]) {
    const dataDir = await makeBenchFolder(context, 'server');
    const server = await startServerProcess(context, { dataDir, tls });
    for (const way of ways) {
      const agents = await startAgents(context, server, way);
      const bare = agents.map(() => startBareNode(context, way.settings));
      const atMost = way.atMost === null ? null : way.atMost[tls ? 'tls' : 'plain'];
      started.push({ title: `${tls ? 'TLS' : 'plain'}, ${way.name}`, agents, bare, atMost });
    }
  }
  context.say(`${context.rounds} agents of each kind run for ${context.minutes} minutes`);
  await pause(context.minutes * 60_000);
  return started.flatMap(({ title, ...rest }) => describe(title, rest));
}

export const agentMemory: Bench = {
  id: 'agent-memory',
  says: 'resident memory of the agent bundle beside bare Node with the same flags',
  run,
};
