// `pnpm check [id…]`: tries to break what is promised, and prints what was tried, what came out, and the seed to try it again.
import { parseArgs } from 'node:util';
import { checks } from './checks.ts';
import { runCheck } from './runner.ts';

const USAGE = `Try to break what is promised:

  pnpm check --all
  pnpm check forge
  pnpm check forge --seed 42 --long

  --all      every check
  --seed N   repeat a run; without it a new seed is taken and printed
  --long     many more tries

Checks
${checks.map(({ id, claims }) => `  ${id.padEnd(16)} ${claims}`).join('\n')}

The exit code is 1 when a claim did not hold, 2 for a wrong call.
`;

interface Options {
  readonly ids: readonly string[];
  readonly seed: number;
  readonly long: boolean;
}

/** Reads the command line; null asks for the usage. @throws Error naming what is wrong */
function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      seed: { type: 'string' },
      long: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || (!values.all && positionals.length === 0)) return null;
  const unknown = positionals.filter((id) => !checks.some((check) => check.id === id));
  if (unknown.length > 0) throw new Error(`There is no check ${unknown.join(', ')}.`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new Error('--seed must be a whole number from 0 to 4294967295.');
  const ids = values.all ? checks.map(({ id }) => id) : positionals;
  return { ids, seed, long: values.long };
}

/** Runs what was chosen, one after the other; true when every claim held. */
async function runAll({ ids, seed, long }: Options): Promise<boolean> {
  let broken = 0;
  for (const check of checks.filter(({ id }) => ids.includes(id))) {
    const startedMs = Date.now();
    const say = (text: string) => void process.stderr.write(`${check.id}: ${text}\n`);
    const { evidence, faults } = await runCheck(check, { seed, size: long ? 'long' : 'full', say });
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(
      `${faults.length === 0 ? 'PASS' : 'FAIL'} ${check.id} (seed ${seed}, ${seconds} s)\n`,
    );
    for (const line of evidence) process.stdout.write(`     ${line}\n`);
    for (const line of faults.slice(0, 20)) process.stdout.write(`   ! ${line}\n`);
    if (faults.length > 20) process.stdout.write(`   ! and ${faults.length - 20} more\n`);
    if (faults.length > 0) broken++;
  }
  process.stdout.write(`${ids.length - broken} passed, ${broken} failed\n`);
  return broken === 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(USAGE);
  else if (!(await runAll(options))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
