// `pnpm bench [id…]`: measures what was promised, beside the raw limit of the machine, and says plainly what missed its target.
import { parseArgs } from 'node:util';
import { agentCpu } from './agent-cpu.ts';
import { agentMemory } from './agent-memory.ts';
import type { Bench, BenchContext, Figure } from './bench.ts';
import { broadcast } from './broadcast.ts';
import { chunk } from './chunk.ts';
import { commandsFanOut } from './commands-fan-out.ts';
import { commandsRoundtrip } from './commands-roundtrip.ts';
import { commandsStore } from './commands-store.ts';
import { commandsVerify } from './commands-verify.ts';
import { compliance } from './compliance.ts';
import { connections, connectionsPlain } from './connections.ts';
import { consoleMemory, consoleScroll, webConsole } from './console.ts';
import { enroll } from './enroll.ts';
import { groups } from './groups.ts';
import { ingest } from './ingest.ts';
import { inventory } from './inventory.ts';
import { journal } from './journal.ts';
import { lists } from './lists.ts';
import { messages } from './messages.ts';
import { plan } from './plan.ts';
import { policyCheck } from './policy-check.ts';
import { formatTable, judge, keepResults, readCircumstances } from './report.ts';
import { resolve } from './resolve.ts';
import { serverConnections } from './server-connections.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { storm } from './storm.ts';
import { whoHas } from './who-has.ts';

/** Every bench; the short ones first. */
const benches: readonly Bench[] = [
  chunk,
  commandsVerify,
  resolve,
  plan,
  policyCheck,
  journal,
  start,
  inventory,
  messages,
  ingest,
  whoHas,
  lists,
  groups,
  compliance,
  commandsStore,
  commandsFanOut,
  commandsRoundtrip,
  webConsole,
  consoleScroll,
  consoleMemory,
  serverConnections,
  agentMemory,
  agentCpu,
  enroll,
  storm,
  broadcast,
  connections,
  connectionsPlain,
  soak,
];

const USAGE = `Measure everything, or what is named:

  pnpm bench
  pnpm bench chunk start

  --minutes N   how long agents are watched (2; 10 gives the figures of the docs)
  --rounds N    runs whose median counts (3)
  --no-keep     do not write test/bench/results/

Benches
${benches.map(({ id, says }) => `  ${id.padEnd(18)} ${says}`).join('\n')}

The exit code is 0 even when a figure misses its target; it is 1 when a bench could not be run.
`;

interface Options {
  readonly chosen: readonly Bench[];
  readonly minutes: number;
  readonly rounds: number;
  readonly keep: boolean;
}

/** Reads the command line; null asks for the usage. @throws Error naming what is wrong */
function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '3' },
      'no-keep': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const unknown = positionals.filter((id) => !benches.some((bench) => bench.id === id));
  if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}.`);
  const [minutes, rounds] = [Number(values.minutes), Number(values.rounds)];
  if (!(minutes > 0 && minutes <= 1_440)) throw new Error('--minutes must be between 0 and 1440.');
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 25))
    throw new Error('--rounds must be a whole number from 1 to 25.');
  const chosen = benches.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  return { chosen, minutes, rounds, keep: !values['no-keep'] };
}

/** Runs one bench and tidies up behind it, whatever happened. */
async function runBench(bench: Bench, { minutes, rounds }: Options): Promise<readonly Figure[]> {
  const ends: (() => Promise<void>)[] = [];
  const context: BenchContext = {
    minutes,
    rounds,
    say: (text) => void process.stderr.write(`${bench.id}: ${text}\n`),
    teardown: (work) => void ends.push(work),
  };
  try {
    return await bench.run(context);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

function summarizeRun(figures: readonly Figure[]): string {
  const promised = figures.filter((figure) => judge(figure) !== null);
  const missed = promised.filter((figure) => judge(figure) === false);
  const names = missed.map(({ name }) => `\n  missed: ${name}`).join('');
  return `${promised.length - missed.length} of ${promised.length} promised figures are within their target.${names}\n`;
}

async function main(options: Options): Promise<void> {
  const all: Figure[] = [];
  const { minutes, rounds } = options;
  for (const bench of options.chosen) {
    const circumstances = readCircumstances();
    const figures = await runBench(bench, options);
    all.push(...figures);
    process.stdout.write(`${formatTable(bench, figures)}\n`);
    if (options.keep) keepResults(bench, { minutes, rounds, circumstances, figures });
  }
  const { machine, node, load } = readCircumstances();
  process.stdout.write(`${machine}, Node ${node}, load ${load.toFixed(1)}\n${summarizeRun(all)}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(USAGE);
  else await main(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
