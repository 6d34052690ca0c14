// Where workers of one server hand requests to each other: a folder for sockets that only this account may enter.
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../../errors.ts';
import { MAX_SOCKET_PATH_BYTES } from '../../limits.ts';

/** Ids of workers on the bus are at most this long, characters. */
const MAX_ID_CHARS = 40;
const ENDING = '.sock';

/** The socket of a worker. */
export function socketOf(folder: string, id: string): string {
  return join(folder, `${id}${ENDING}`);
}

/** In the data folder; where a path there would be too long for the kernel, in a folder whose name follows from it. */
export function choosePipeFolder(dataDir: string, temporary = tmpdir()): string {
  const near = join(resolve(dataDir), 'run');
  const longest = socketOf(near, 'x'.repeat(MAX_ID_CHARS));
  if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES) return near;
  const name = createHash('sha256').update(near).digest('hex').slice(0, 16);
  return join(temporary, `muster-${name}-run`);
}

/** Makes the folder. @throws MusterError E_DATA_PATH when it is somebody else's, or others may enter it */
export async function makePipeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const about = await lstat(path);
  const isOurs = about.isDirectory() && about.uid === process.geteuid?.();
  if (isOurs && (about.mode & 0o077) === 0) return;
  throw fail('E_DATA_PATH', {
    detail: `The folder ${path} is not safe for the sockets of the server's workers; remove it.`,
  });
}

/** Removes what workers left that were killed; `present` are those that may still listen. */
export async function removeStaleSockets(folder: string, present: readonly string[]): Promise<void> {
  const keep = new Set(present.map((id) => `${id}${ENDING}`));
  for (const name of await readdir(folder))
    if (name.endsWith(ENDING) && !keep.has(name)) await rm(join(folder, name), { force: true });
}

/** Removes the folder. Call it when all workers have ended: whoever takes the place of a controller that has ended listens in it. */
export async function removePipeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // A worker that was killed left its socket, which the next controller removes; or it was never made.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}
