// `muster-executor policy check | apply`: one cycle over what this device holds, or over a file, for a person on the device, without any server.
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { CommandLine } from '../../commands/command-line.ts';
import type { AgentConfig } from '../../config.ts';
import { fail } from '../../errors.ts';
import { createDisk } from '../../platform/disk.ts';
import { createFiles } from '../../platform/files.ts';
import { readBootId } from '../../platform/host.ts';
import { acquireInstanceLock } from '../../platform/instance-lock.ts';
import { findByEnvironment } from '../../platform/process-table.ts';
import { readDenyList } from '../service/deny-list.ts';
import { executorFolder } from '../service/folders.ts';
import { readPinned } from '../service/identity.ts';
import { readProgramOutput } from '../service/read-program.ts';
import { runMarks } from '../spool/spool.ts';
import { type CycleReport, type ItemReport, runPolicyCycle } from './cycle.ts';
import { WANTED_PATH } from './held.ts';
import { noMemory, openMemory } from './memory.ts';
import { MAX_RESOLVED_BYTES, parseResolved } from './resolved.ts';
import type { PolicyMachine } from './visit.ts';

/** What stands for the id of a device that no server knows. */
const LOCAL = 'local';
/** Set by tests, whose roots are thrown away and hold what programs need to stay below them. */
const THROW_AWAY_VARIABLE = 'MUSTER_THROW_AWAY_ROOT';
/** States in which nothing is left to do. */
const WELL = new Set<ItemReport['state']>(['compliant', 'repaired', 'not-applicable']);

/** What the machine is made of. */
interface Place {
  readonly config: AgentConfig;
  /** '' for the machine itself. */
  readonly root: string;
  readonly memory: PolicyMachine['memory'];
}

/**
 * Starts a program on the machine itself. Below another root it would be one of an image, or one that acts on the machine, and
 * neither is kept inside of it.
 */
function readProgram(root: string, ...asked: Parameters<typeof readProgramOutput>) {
  if (root !== '' && process.env[THROW_AWAY_VARIABLE] !== '1')
    throw fail('E_UNSUPPORTED', { detail: 'Below another root no program is started.' });
  return readProgramOutput(...asked);
}

async function createMachine({ config, root, memory }: Place): Promise<PolicyMachine> {
  const bootId = await readBootId(createFiles());
  const ownFolders = [config.stateDir, executorFolder(config), config.denyDir];
  return {
    memory,
    open(mark, reason) {
      const asked = { cmdId: mark, deviceId: LOCAL, requester: 'policy', reason };
      return {
        ...{ root, ownFolders, bootId, asked },
        read: async (program) => readProgram(root, program, asked),
        content: async () => {
          throw fail('E_STATE');
        },
        now: () => Date.now(),
      };
    },
    readDenyList: () => readDenyList(config.denyDir),
    isUnderWay: async (mark) => (await findByEnvironment(runMarks(mark, LOCAL), null)).length > 0,
    now: () => Date.now(),
  };
}

async function readResolved(path: string) {
  if ((await stat(path)).size > MAX_RESOLVED_BYTES)
    throw fail('E_USAGE', { detail: `${path} is larger than ${MAX_RESOLVED_BYTES} bytes.` });
  return parseResolved(await readFile(path, 'utf8'), path);
}

/** Where what is remembered of that root lies, apart from that of the machine itself. */
function memoryFolder(config: AgentConfig, root: string): string {
  const name = root === '' ? LOCAL : createHash('sha256').update(root).digest('hex').slice(0, 16);
  return `${executorFolder(config)}/policy-${name}`;
}

/** What is remembered decides what is repaired, so nobody may write it but root and who runs this. @throws MusterError E_STATE_ACCESS */
async function refuseForeignFolder(folder: string): Promise<void> {
  for (const path of [folder, dirname(folder)]) {
    const facts = await createFiles('/').stat(path);
    if (facts === null || facts.uid === 0 || facts.uid === process.getuid?.()) continue;
    throw fail('E_STATE_ACCESS', { detail: `${path} belongs to another user; say --executor-dir.` });
  }
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

async function apply(config: AgentConfig, root: string, path: string): Promise<CycleReport> {
  const items = await readResolved(path);
  await refuseForeignFolder(executorFolder(config));
  const folder = memoryFolder(config, root);
  const release = await acquireInstanceLock(folder);
  try {
    const memory = await openMemory({
      disk: createDisk(folder),
      pause: async () => {
        throw fail('E_DISK_FULL');
      },
    });
    try {
      return await runPolicyCycle(items, await createMachine({ config, root, memory }));
    } finally {
      await memory.close();
    }
  } finally {
    await release();
  }
}

async function check(config: AgentConfig, root: string, path: string): Promise<CycleReport> {
  const items = (await readResolved(path)).map((item) => ({ ...item, mode: 'audit' as const }));
  return runPolicyCycle(items, await createMachine({ config, root, memory: noMemory }));
}

/** What the signed policies that this device holds want of it, as its executor resolved it last. @throws MusterError E_USAGE */
async function findHeld(config: AgentConfig): Promise<string> {
  const folder = executorFolder(config);
  const pinned = await readPinned(folder);
  const path = resolve(folder, `${pinned?.deviceId}`, WANTED_PATH);
  if (pinned === null || (await createFiles('/').stat(path)) === null)
    throw fail('E_USAGE', {
      detail:
        'This device holds no policies; name a FILE that "muster policy resolve --json" printed for it.',
    });
  return path;
}

/** Says how old the answer is: the executor resolves when it takes a set, and now and then. */
async function describeHeld(path: string): Promise<string> {
  const { set, at }: { set: { epoch: number; version: number }; at: string } = JSON.parse(
    await readFile(path, 'utf8'),
  );
  return `By policy set ${set.epoch}.${set.version}, resolved on this device at ${at}.\n`;
}

/** A line or several about an item. */
function draw({ state, item, wanted, found, code, reason, done }: ItemReport): string[] {
  const head = `${state.padEnd(15)} ${item}`;
  if (state === 'compliant') return [head];
  const facts = [
    `wanted: ${wanted}`,
    `found: ${found || 'unknown'}`,
    ...done,
    ...(reason === '' ? [] : [`${reason} (${code})`]),
  ];
  return [head, ...facts.map((text) => `${' '.repeat(16)}${text.replace(/[\u0000-\u001f\u007f]+/g, ' ')}`)];
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
  const path = named ?? (await findHeld(config));
  if (named === undefined) process.stderr.write(await describeHeld(path));
  const report = await (verb === 'check' ? check : apply)(config, root, path);
  const text = flags.json === true ? JSON.stringify(report) : report.items.flatMap(draw).join('\n');
  process.stdout.write(`${text}\n`);
  return report.items.every(({ state }) => WELL.has(state)) ? 0 : 1;
}
