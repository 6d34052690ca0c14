// Bench of the server's start: time until it is ready, memory with its database, room on disk.

import { pause } from '../support/wait.ts';
import { type Bench, type BenchContext, type Figure, summarize } from './bench.ts';
import { measureFolder, measureInstallation } from './disk.ts';
import { readMemory } from './proc.ts';
import {
  makeBenchFolder,
  plainNode,
  type ServerProcess,
  startBareNode,
  startServerProcess,
} from './stage.ts';

/** Time after which a server that nobody talks to is called settled, ms. */
const SETTLE_MS = 10_000;
const MB = 2 ** 20;

/** Resident memory of the server; of PostgreSQL the proportional part, since its processes share their buffers. */
async function readServerMemory(server: ServerProcess): Promise<{ own: number; postgres: number }> {
  const processes = await server.postgres();
  const postgres = processes.reduce((sum, pid) => sum + readMemory(pid).proportionalBytes, 0);
  return { own: readMemory(server.pid).residentBytes / MB, postgres: postgres / MB };
}

async function runRound(context: BenchContext) {
  const dataDir = await makeBenchFolder(context, 'start');
  const first = await startServerProcess(context, { dataDir, tls: true });
  await first.stop();
  const warm = await startServerProcess(context, { dataDir, tls: true });
  await pause(SETTLE_MS);
  const memory = await readServerMemory(warm);
  await warm.stop();
  return { firstMs: first.readyMs, warmMs: warm.readyMs, memory, dataMb: measureFolder(dataDir) / MB };
}

async function run(context: BenchContext): Promise<readonly Figure[]> {
  const rounds: Awaited<ReturnType<typeof runRound>>[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`round ${round} of ${context.rounds}`);
    rounds.push(await runRound(context));
  }
  const bare = startBareNode(context, plainNode);
  await pause(1_000);
  const raw = { what: 'bare Node', value: readMemory(bare.pid).residentBytes / MB };
  const of = (pick: (round: (typeof rounds)[number]) => number) => summarize(rounds.map(pick));
  return [
    {
      name: 'first start with the embedded database',
      unit: 's',
      ...of(({ firstMs }) => firstMs / 1_000),
      atMost: 2,
    },
    { name: 'start on an existing folder', unit: 's', ...of(({ warmMs }) => warmMs / 1_000), atMost: 2 },
    {
      name: 'memory of server and PostgreSQL',
      unit: 'MB',
      ...of(({ memory }) => memory.own + memory.postgres),
      atMost: 150,
    },
    { name: 'of that the server', unit: 'MB', ...of(({ memory }) => memory.own), raw },
    { name: 'of that PostgreSQL (proportional)', unit: 'MB', ...of(({ memory }) => memory.postgres) },
    {
      name: 'on disk: programs and their libraries',
      unit: 'MB',
      value: measureInstallation() / MB,
      atMost: 150,
      note: 'server, CLI, agent, run-time libraries and PostgreSQL, without Node itself; MeshCentral: 449 MB',
    },
    { name: 'on disk: an empty data folder', unit: 'MB', ...of(({ dataMb }) => dataMb) },
  ];
}

export const start: Bench = {
  id: 'start',
  says: 'time to ready, memory and disk of a server with its database',
  run,
};
