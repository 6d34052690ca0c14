// `muster-executor policy check | apply`: one cycle over what this device holds, or over a file, for a person on the device, without any server.
import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandLine } from '../../commands/command-line.ts';
import type { AgentConfig } from '../../config.ts';
import { fail } from '../../errors.ts';
import { createFiles } from '../../platform/files.ts';
import type { CycleReport, ItemReport } from './cycle.ts';
import { findHeld, type HeldItems, runHeldCycle } from './held-cycle.ts';
import { applyItems, checkItems } from './place.ts';
import { MAX_RESOLVED_BYTES, parseResolved } from './resolved.ts';

/** States in which nothing is left to do. */
const WELL = new Set<ItemReport['state']>(['compliant', 'repaired', 'not-applicable', 'exempt']);

async function readResolved(path: string) {
  if ((await stat(path)).size > MAX_RESOLVED_BYTES)
    throw fail('E_USAGE', { detail: `${path} is larger than ${MAX_RESOLVED_BYTES} bytes.` });
  return parseResolved(await readFile(path, 'utf8'), path);
}

/** The folder that stands for /, as the system names it; '' for the machine itself. @throws MusterError E_USAGE */
async function readRoot(flag: string | boolean | undefined): Promise<string> {
  if (flag === undefined) return '';
  const facts = typeof flag === 'string' && flag !== '' ? await createFiles('/').stat(resolve(flag)) : null;
  if (typeof flag !== 'string' || facts?.isDirectory() !== true)
    throw fail('E_USAGE', { detail: `--root ${flag} is no folder.` });
  const root = await realpath(flag);
  return root === '/' ? '' : root;
}

/** What a person asked for. */
interface Asked {
  readonly isCheck: boolean;
  readonly root: string;
  /** What this device holds; null: a file was named. */
  readonly held: HeldItems | null;
  readonly named: string | undefined;
}

/** What steers a terminal or turns the direction of writing: what is found on a device may be anybody's words. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** A line or several about an item. */
export function draw({ state, item, wanted, found, code, reason, done }: ItemReport): string[] {
  const head = `${state.padEnd(15)} ${item.replace(UNSAFE, ' ')}`;
  if (state === 'compliant') return [head];
  const facts = [
    `wanted: ${wanted}`,
    `found: ${found || 'unknown'}`,
    ...done,
    ...(reason === '' ? [] : [code === '' ? reason : `${reason} (${code})`]),
  ];
  return [head, ...facts.map((text) => `${' '.repeat(16)}${text.replace(UNSAFE, ' ')}`)];
}

/** A cycle that looks, or one that repairs; what is held is read again once no other can be at work. */
async function run(config: AgentConfig, asked: Asked): Promise<CycleReport> {
  const { isCheck, root, held, named = '' } = asked;
  if (isCheck) return checkItems(config, root, held?.items ?? (await readResolved(named)));
  if (held === null) {
    const read = async () => ({ items: await readResolved(named) });
    return applyItems(config, { root, isHeld: false }, { read, keep: async () => undefined });
  }
  if (root === '') return runHeldCycle(config, '');
  // An image's state is not this device's: it is not told.
  const read = () => findHeld(config);
  return applyItems(config, { root, isHeld: true }, { read, keep: async () => undefined });
}

/** Runs the command; the exit code. @throws MusterError E_USAGE, E_STATE_ACCESS, E_RUNNING, E_DISK_FULL */
export async function runLocalPolicy({ words, flags }: CommandLine, config: AgentConfig): Promise<number> {
  const [verb, named] = words;
  if (verb !== 'check' && verb !== 'apply')
    throw fail('E_USAGE', {
      detail:
        'Write "policy check FILE" or "policy apply FILE"; without a FILE it is about what this device holds.',
    });
  const root = await readRoot(flags.root);
  const held = named === undefined ? await findHeld(config) : null;
  // It says how old the answer is: the executor resolves when it takes a set, and now and then.
  if (held !== null)
    process.stderr.write(`By policy set ${held.place}, resolved on this device at ${held.at}.\n`);
  const report = await run(config, { isCheck: verb === 'check', root, held, named });
  const text = flags.json === true ? JSON.stringify(report) : report.items.flatMap(draw).join('\n');
  process.stdout.write(`${text}\n`);
  return report.items.every(({ state }) => WELL.has(state)) ? 0 : 1;
}
