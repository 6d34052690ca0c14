// What this terminal remembers of a server, beside the sign-in, so that something older or exchanged shows.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail } from '../errors.ts';

/** Where it lies. */
export function memoryPath(env: NodeJS.ProcessEnv, url: string, what: 'trust' | 'policies'): string {
  const base = env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const folder = env.MUSTER_PROFILE === undefined ? join(base, 'muster') : dirname(env.MUSTER_PROFILE);
  const name = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return join(folder, `${what}-${name}.json`);
}

/**
 * Null where there is no file: what is seen first is taken, as the sign-in itself was. One that cannot be read or is damaged
 * is not the same as none, or whoever spoils it would have this terminal believe everything again.
 * @throws MusterError E_FILE
 */
export async function readMemory<Memory>(
  path: string,
  isMemory: (value: Partial<Record<keyof Memory, unknown>>) => boolean,
): Promise<Memory | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null && isMemory(value)) return value as Memory;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw unreadable(path, cause);
  }
  throw unreadable(path);
}

function unreadable(path: string, cause?: unknown) {
  return fail('E_FILE', {
    cause,
    detail: `What this terminal remembers of the server cannot be read from ${path}; make it readable, or, once you know that what the server shows is right, remove it.`,
  });
}

/** Replaces what is remembered, whole or not at all. */
export async function writeMemory(path: string, memory: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.next`, `${JSON.stringify(memory)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.next`, path);
}
