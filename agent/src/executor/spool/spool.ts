// The spool of one attempt: what is to run, who took it, what it said, how it ended. Written so that a crash leaves no doubt.
//
// program.json before anything starts · claim once only, by link, the wrapper's first act · output.<offset> in two bounded
// pieces · exit.json last. All by the same functions in executor and wrapper.
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Program } from '../kinds/kind.ts';

/** Where the spools lie, below the executor's folder. */
const SPOOL_FOLDER = 'spool';
/** Largest file of a spool that is read whole, bytes. */
const MAX_BYTES = 512 * 1024;
const PROGRAM = 'program.json';
const CLAIM = 'claim';
const CHILD = 'child';
const EXIT = 'exit.json';

/** What a wrapper is told. */
export interface SpoolProgram {
  readonly cmdId: string;
  readonly requester: string;
  readonly reason: string;
  readonly program: Program;
  /** Exit codes that mean success. */
  readonly okExits: readonly number[];
}

/** Who took the attempt. */
export interface Claim {
  /** 0: recovery took it, so that no wrapper ever can. */
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** How the program ended. */
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
  program: SpoolProgram,
): Promise<void> {
  await disk.makeFolder(folder);
  failpoint('spool.program');
  await writeWhole(disk, { folder, name: PROGRAM }, encode(program));
  await disk.dirsync(SPOOL_FOLDER);
  failpoint('spool.ready');
}

/** What is to run; null when it is not there or not whole. */
export function readProgram(disk: Disk, folder: string): Promise<SpoolProgram | null> {
  return readJson<SpoolProgram>(disk, `${folder}/${PROGRAM}`);
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
