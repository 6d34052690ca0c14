// Where a cycle works: the machine or an image, what is remembered of it, and the lock that keeps a second cycle away.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { ResolvedItem } from '@muster/protocol/policy';
import type { AgentConfig } from '../../config.ts';
import { fail } from '../../errors.ts';
import { createDisk } from '../../platform/disk.ts';
import { createFiles } from '../../platform/files.ts';
import { readBootId } from '../../platform/host.ts';
import { acquireInstanceLock, readLockHolder } from '../../platform/instance-lock.ts';
import { findByEnvironment } from '../../platform/process-table.ts';
import { readDenyList } from '../service/deny-list.ts';
import { executorFolder } from '../service/folders.ts';
import { readProgramOutput } from '../service/read-program.ts';
import { runMarks } from '../spool/spool.ts';
import { type CycleReport, runPolicyCycle } from './cycle.ts';
import { noMemory, openMemory } from './memory.ts';
import { runScript, type ScriptPlace, settleScripts } from './scripts.ts';
import type { PolicyMachine } from './visit.ts';

/** What stands for the id of a device that no server knows. */
const LOCAL = 'local';
/** Set by tests, whose roots are thrown away and hold what programs need to stay below them. */
const THROW_AWAY_VARIABLE = 'MUSTER_THROW_AWAY_ROOT';
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

function scriptPlace(config: AgentConfig): ScriptPlace {
  const folder = executorFolder(config);
  return { folder, disk: createDisk(folder) };
}

async function createMachine({ config, root, memory }: Place): Promise<PolicyMachine> {
  const bootId = await readBootId(createFiles());
  const ownFolders = [config.stateDir, executorFolder(config), config.denyDir];
  const scripts = scriptPlace(config);
  return {
    memory,
    open(mark, reason) {
      const asked = { cmdId: mark, deviceId: LOCAL, requester: 'policy', reason };
      return {
        ...{ root, ownFolders, bootId, asked },
        read: async (program) => readProgram(root, program, asked),
        // A script keeps to no root, also not to one that is thrown away.
        ...(root === '' ? { runScript: (script) => runScript(scripts, script, asked) } : {}),
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

/** What is remembered decides what is repaired, so nobody may write it but root and who runs this. @throws MusterError E_STATE_ACCESS */
async function refuseForeignFolder(folder: string): Promise<void> {
  for (const path of [folder, dirname(folder)]) {
    const facts = await createFiles('/').stat(path);
    if (facts === null || facts.uid === 0 || facts.uid === process.getuid?.()) continue;
    throw fail('E_STATE_ACCESS', { detail: `${path} belongs to another user; say --executor-dir.` });
  }
}

/** Where that root's lock and memory are. What a person tries from a file is remembered apart from what policies want. */
function foldersOf(
  config: AgentConfig,
  { root, isHeld }: Aim,
): { readonly lock: string; readonly memory: string } {
  const name = root === '' ? LOCAL : createHash('sha256').update(root).digest('hex').slice(0, 16);
  const lock = `policy-${name}`;
  return { lock: `${executorFolder(config)}/${lock}`, memory: isHeld ? lock : `${lock}-by-hand` };
}

/** What a cycle is about. */
export interface Aim {
  /** '' for the machine itself. */
  readonly root: string;
  /** True: what the signed policies want that this device holds; false: a file that a person named. */
  readonly isHeld: boolean;
}

/** Id of the process that works on this machine's policies; null: none does. */
export function findWorker(config: AgentConfig): Promise<number | null> {
  return readLockHolder(foldersOf(config, { root: '', isHeld: true }).lock);
}

/** One cycle that repairs, remembered, with no other beside it; read, and kept, while none can be. @throws MusterError E_RUNNING, E_STATE_ACCESS, E_DISK_FULL */
export async function applyItems<Source extends { readonly items: readonly ResolvedItem[] }>(
  config: AgentConfig,
  aim: Aim,
  { read, keep }: { read(): Promise<Source>; keep(report: CycleReport, source: Source): Promise<void> },
): Promise<CycleReport> {
  const folder = executorFolder(config);
  await refuseForeignFolder(folder);
  const folders = foldersOf(config, aim);
  const release = await acquireInstanceLock(folders.lock);
  try {
    await createDisk(folder).makeFolder(folders.memory);
    if (aim.root === '') await settleScripts(scriptPlace(config));
    const memory = await openMemory({
      disk: createDisk(`${folder}/${folders.memory}`),
      pause: async () => {
        throw fail('E_DISK_FULL');
      },
    });
    try {
      const source = await read();
      const machine = await createMachine({ config, root: aim.root, memory });
      const report = await runPolicyCycle(source.items, machine);
      await keep(report, source);
      return report;
    } finally {
      await memory.close();
    }
  } finally {
    await release();
  }
}

/** One cycle that only looks, and remembers nothing. */
export async function checkItems(
  config: AgentConfig,
  root: string,
  items: readonly ResolvedItem[],
): Promise<CycleReport> {
  const looked = items.map((item) => ({ ...item, mode: 'audit' as const }));
  return runPolicyCycle(looked, await createMachine({ config, root, memory: noMemory }));
}
