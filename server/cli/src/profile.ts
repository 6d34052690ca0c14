// Where this terminal is signed in: server address, token, and the authority that vouches for the server.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail } from './errors.ts';

/** A sign-in. */
export interface Profile {
  /** Address of the server, as `https://127.0.0.1:8443`. */
  readonly url: string;
  /** API token. */
  readonly token: string;
  /** Certificate of the authority that signed the server's certificate, PEM; null: the system's authorities. */
  readonly ca: string | null;
  /** Folder of keys that lie beside a quick start's server; absent everywhere else. */
  readonly keyFolder?: string;
}

/** Path of the sign-in file. */
export function profilePath(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return env.MUSTER_PROFILE ?? join(base, 'muster', 'profile.json');
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  const { url, token, ca, keyFolder } = value as Record<string, unknown>;
  if (keyFolder !== undefined && typeof keyFolder !== 'string') return false;
  return typeof url === 'string' && typeof token === 'string' && (ca === null || typeof ca === 'string');
}

async function readAuthorityFile(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('E_FILE', { cause, detail: `The file ${path} of MUSTER_CA_FILE cannot be read.` });
  }
}

/** Reads the sign-in; variables MUSTER_URL, MUSTER_TOKEN and MUSTER_CA_FILE stand above the file. @throws MusterError E_NOT_SIGNED_IN, E_PROFILE, E_FILE */
export async function readProfile(env: NodeJS.ProcessEnv): Promise<Profile> {
  if (env.MUSTER_URL !== undefined && env.MUSTER_TOKEN !== undefined) {
    return { url: env.MUSTER_URL, token: env.MUSTER_TOKEN, ca: await readAuthorityFile(env.MUSTER_CA_FILE) };
  }
  const path = profilePath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('E_NOT_SIGNED_IN', { cause });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isProfile(value)) return value;
  } catch (cause) {
    throw fail('E_PROFILE', { cause });
  }
  throw fail('E_PROFILE');
}

/** Writes the sign-in, readable by this user only. */
export async function saveProfile(env: NodeJS.ProcessEnv, profile: Profile): Promise<string> {
  const path = profilePath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.next`, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.next`, path);
  return path;
}

/** The sign-in commands use now; null when there is none, 'unclear' when it cannot be read. */
async function readKnown(env: NodeJS.ProcessEnv): Promise<Profile | null | 'unclear'> {
  try {
    return await readProfile(env);
  } catch (error) {
    const isAbsent = hasCode(error, 'E_NOT_SIGNED_IN') && hasCode((error as Error).cause, 'ENOENT');
    return isAbsent ? null : 'unclear';
  }
}

/**
 * Writes the sign-in unless this terminal has one for another server, which is the person's own; true when commands
 * without further settings reach this server now.
 */
export async function offerProfile(env: NodeJS.ProcessEnv, profile: Profile): Promise<boolean> {
  const known = await readKnown(env);
  // A damaged one may still be worth something to its owner.
  if (known === 'unclear' || (known !== null && known.url !== profile.url)) return false;
  const isSame = known?.token === profile.token && known.ca === profile.ca;
  if (isSame && known.keyFolder === profile.keyFolder) return true;
  // What the environment says stands above the file, so writing the file would change nothing.
  if (env.MUSTER_URL !== undefined && env.MUSTER_TOKEN !== undefined) return false;
  try {
    await saveProfile(env, profile);
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'ENOTDIR'].some((code) => hasCode(error, code))) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
