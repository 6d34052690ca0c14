// The spool of one attempt: what is to run, who took it, what it said, how it ended. Written so that a crash leaves no doubt.
//
// work.json before anything starts · claim once only, by link, the wrapper's first act · output.<offset> in two bounded
// pieces · exit.json last. All by the same functions in executor and wrapper.
import type { CommandKind, Content } from '@muster/protocol/commands';
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Program } from '../kinds/kind.ts';

/** Where the spools lie, below the executor's folder. */
const SPOOL_FOLDER = 'spool';
/** Largest file of a spool that is read whole, bytes. */
const MAX_BYTES = 512 * 1024;
const WORK = 'work.json';
const CLAIM = 'claim';
const CHILD = 'child';
const EXIT = 'exit.json';

/** Who asked for what runs, and why. */
export interface Asked {
  readonly cmdId: string;
  /** The device on which it runs: a command may go to several on one machine, as to a host and what it contains. */
  readonly deviceId: string;
  readonly requester: string;
  readonly reason: string;
}

/** What every program of a run has in its environment; nothing else has both. */
export function runMarks(cmdId: string, deviceId: string): Record<string, string> {
  return { MUSTER_COMMAND: cmdId, MUSTER_DEVICE: deviceId };
}

/** Work for a wrapper: one program. */
export interface SpoolProgram extends Asked {
  readonly does: 'program';
  readonly program: Program;
  /** Exit codes that mean success. */
  readonly okExits: readonly number[];
}

/** Work for a wrapper: the effect of a kind by that kind's own code. It looks again itself, so that it acts on what it has seen. */
export interface SpoolEffect extends Asked {
  readonly does: 'effect';
  readonly kind: CommandKind;
  /** Parameters as they were signed; their schema was checked before the run was journalled. */
  readonly args: unknown;
  /** The approved content that they name; null: none. Its body is verified and lies in the executor's folder. */
  readonly content: Content | null;
  /** Folders that no kind may touch. */
  readonly ownFolders: readonly string[];
}

/** What a wrapper is told. */
export type SpoolWork = SpoolProgram | SpoolEffect;

/** How a kind's own effect ended. */
export interface SpoolOutcome {
  readonly ok: boolean;
  /** Null: none. */
  readonly code: string | null;
  readonly summary: string;
  /** The wanted state held already when the wrapper looked. */
  readonly unchanged: boolean;
}

/** Who took the attempt. */
export interface Claim {
  /** 0: recovery took it, so that no wrapper ever can. */
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** How the work ended. */
export interface SpoolExit {
  readonly exit: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** It was ended because somebody asked for that. */
  readonly stopped: boolean;
  /** Why it could not be started; null: it was. */
  readonly failure: string | null;
  /** All it wrote, bytes. */
  readonly outputBytes: number;
  /** Of an effect; null for a program. */
  readonly outcome: SpoolOutcome | null;
}

/** What a spool holds. */
export interface SpoolContent {
  readonly claim: Claim | null;
  /** The program's process, which is its session as well; null: not started, or not written down. */
  readonly child: number | null;
  readonly exit: SpoolExit | null;
}

/** Folder of an attempt. */
export function spoolFolder(cmdId: string, attempt: number): string {
  return `${SPOOL_FOLDER}/${cmdId}.${attempt}`;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));

async function readJson<T>(disk: Disk, path: string): Promise<T | null> {
  const bytes = await readWhole(disk, path, MAX_BYTES);
  if (bytes === null) return null;
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Writes down what is to run; durable when it answers. */
export async function prepareSpool(
  { disk, failpoint }: { readonly disk: Disk; readonly failpoint: Failpoint },
  folder: string,
  work: SpoolWork,
): Promise<void> {
  await disk.makeFolder(folder);
  failpoint('spool.program');
  await writeWhole(disk, { folder, name: WORK }, encode(work));
  await disk.dirsync(SPOOL_FOLDER);
  failpoint('spool.ready');
}

/** What is to be done; null when it is not there or not whole. */
export function readWork(disk: Disk, folder: string): Promise<SpoolWork | null> {
  return readJson<SpoolWork>(disk, `${folder}/${WORK}`);
}

/** Takes the attempt: true for one taker only, and durable then. */
export async function takeClaim(
  { disk, failpoint }: { readonly disk: Disk; readonly failpoint: Failpoint },
  folder: string,
  claim: Claim,
): Promise<boolean> {
  const draft = `${folder}/${CLAIM}.${claim.pid}`;
  await disk.remove(draft);
  failpoint('claim.draft');
  const file = await disk.open(draft);
  try {
    await file.append(encode(claim));
    await file.datasync();
  } finally {
    await file.close();
  }
  const isMine = await disk.link(draft, `${folder}/${CLAIM}`);
  failpoint('claim.taken');
  await disk.dirsync(folder);
  failpoint('claim.synced');
  return isMine;
}

/** Notes the program's process, for who looks for what it left; only of use while the system runs, so it is not synced. */
export async function noteChild(disk: Disk, folder: string, pid: number): Promise<void> {
  const file = await disk.open(`${folder}/${CHILD}`);
  try {
    await file.append(encode(pid));
  } finally {
    await file.close();
  }
}

/** Writes down how it ended; durable when it answers. */
export async function writeExit(
  { disk, failpoint }: { readonly disk: Disk; readonly failpoint: Failpoint },
  folder: string,
  exit: SpoolExit,
): Promise<void> {
  failpoint('exit.draft');
  await writeWhole(disk, { folder, name: EXIT }, encode(exit));
  failpoint('exit.renamed');
}

/** How it ended; null: it has not, or nobody knows. */
function readExit(disk: Disk, folder: string): Promise<SpoolExit | null> {
  return readJson<SpoolExit>(disk, `${folder}/${EXIT}`);
}

/** Looks at an attempt. */
export async function readSpool(disk: Disk, folder: string): Promise<SpoolContent> {
  return {
    claim: await readJson<Claim>(disk, `${folder}/${CLAIM}`),
    child: await readJson<number>(disk, `${folder}/${CHILD}`),
    exit: await readExit(disk, folder),
  };
}
