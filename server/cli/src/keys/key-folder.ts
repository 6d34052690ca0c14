// Where the keys of a person lie on his workstation: one file a key, readable by him only.
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeBase64url, keyid } from '@muster/protocol';
import { fail } from '../errors.ts';
import { type KeyFile, MAX_KEY_FILE_BYTES, type ParsedKey, parseKey } from './key-file.ts';
import { nodeCrypto } from './signing-key.ts';

/** What the name of a key may be: it is the name of its file too. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const ENDING = '.key.json';
/** Keys looked at in one folder. */
const MAX_KEYS = 200;

/** A key that was found; private halves stay closed. */
export interface FoundKey {
  readonly name: string;
  readonly path: string;
  /** base64url. */
  readonly publicKey: string;
  readonly keyid: string;
  /** True where whoever reads the file has the key. */
  readonly isBare: boolean;
  readonly parsed: ParsedKey;
}

/** The folder: MUSTER_KEYS, else beside the sign-in. */
export function keyFolderOf(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return env.MUSTER_KEYS ?? join(base, 'muster', 'keys');
}

/** Path of a key by name. @throws MusterError E_USAGE for a name that is none */
export function keyPath(env: NodeJS.ProcessEnv, name: string): string {
  if (namePattern.test(name)) return join(keyFolderOf(env), `${name}${ENDING}`);
  throw fail('E_USAGE', {
    detail: `"${name}" cannot be the name of a key: small letters, digits, dot, dash and underscore.`,
  });
}

/** Writes a new key file for this user only; never over another. @throws MusterError E_FILE */
export async function writeKeyFile(path: string, file: KeyFile): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = isThere ? 'there is a file of that name already' : 'the folder cannot be written';
    throw fail('E_FILE', { cause, detail: `The key file ${path} was not made: ${why}.` });
  }
}

/** Reads one file. @throws MusterError E_FILE, E_KEY_FILE */
export async function readKeyFile(path: string): Promise<FoundKey> {
  let text: string;
  try {
    const { size } = await stat(path);
    text = size > MAX_KEY_FILE_BYTES ? '' : await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('E_FILE', {
      cause,
      detail: `The key file ${path} cannot be read; check its path and permissions.`,
    });
  }
  const parsed = parseKey(text, path);
  const publicKey = parsed.form === 'pem' ? encodeBase64url(parsed.key.publicKey) : parsed.file.publicKey;
  return {
    name: parsed.form === 'pem' ? path : parsed.file.name,
    path,
    publicKey,
    keyid: keyid(Buffer.from(publicKey, 'base64url'), nodeCrypto),
    isBare: parsed.form === 'pem' || parsed.file.protection.kind === 'none',
    parsed,
  };
}

/** All keys of a folder, by name; none where there is no folder. Files of other kinds are passed over. */
export async function listKeys(folder: string, ending = ENDING): Promise<FoundKey[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw fail('E_FILE', { cause, detail: `The folder ${folder} cannot be read; check its permissions.` });
  }
  return Promise.all(names.slice(0, MAX_KEYS).map((name) => readKeyFile(join(folder, name))));
}

/** A key by name, or by the path of its file. @throws MusterError E_FILE, E_KEY_FILE, E_USAGE */
export async function findKey(env: NodeJS.ProcessEnv, text: string): Promise<FoundKey> {
  const isPath = text.includes('/') || /\.(?:json|pem)$/.test(text);
  return readKeyFile(isPath ? text : keyPath(env, text));
}
