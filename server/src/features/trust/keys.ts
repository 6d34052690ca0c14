// Files of the server's key folder: its own signing key, in quick start also root and first signer, and the genesis hash.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeBase64url, type ReadonlyTrust } from '@muster/protocol';
import { makeSigningKey, readSigningKey, type SigningKey } from '../../core/crypto.ts';
import { fail } from '../../errors.ts';

/** Which key a file holds. `root` and `signer` lie beside the server only in quick start; `server-next` waits for its trust document. */
export type KeyName = 'server' | 'server-next' | 'root' | 'signer';

function pathOf(folder: string, name: KeyName): string {
  return join(folder, `${name}.pem`);
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw fail('E_KEY_FILE', {
      cause,
      detail: `The key file ${path} cannot be read; correct its owner and mode.`,
    });
  }
}

/** Writes a file for the server's user only, whole or not at all. */
export async function writeOwn(folder: string, path: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(`${path}.next`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.next`, path);
}

/** Reads a key; null when its file does not exist. @throws MusterError E_KEY_FILE when it cannot be used */
export async function readKey(folder: string, name: KeyName): Promise<SigningKey | null> {
  const path = pathOf(folder, name);
  const pem = await readOrNull(path);
  if (pem === null) return null;
  try {
    return readSigningKey(pem);
  } catch (cause) {
    throw fail('E_KEY_FILE', {
      cause,
      detail: `The key file ${path} is damaged; restore it from your backup.`,
    });
  }
}

/** The next server key takes the place of the present one; its trust document is in force. */
export async function promoteServerKey(folder: string): Promise<void> {
  await rename(pathOf(folder, 'server-next'), pathOf(folder, 'server'));
}

/** Makes a key and writes its file before the key is used. */
export async function makeKey(folder: string, name: KeyName): Promise<SigningKey> {
  const key = makeSigningKey();
  await writeOwn(folder, pathOf(folder, name), key.exportPem());
  return key;
}

/** Hash of the organization's first trust document, kept apart from the database: a chain exchanged as a whole shows. */
export async function readGenesisHash(folder: string): Promise<string | null> {
  return (await readOrNull(join(folder, 'genesis.hash')))?.trim() ?? null;
}

/** Notes that hash; called before the organization is stored. */
export async function writeGenesisHash(folder: string, hash: string): Promise<void> {
  await writeOwn(folder, join(folder, 'genesis.hash'), `${hash}\n`);
}

/** True when a document lists that key as one of the server's. */
export function names(document: ReadonlyTrust, key: SigningKey | null): boolean {
  const text = key === null ? '' : encodeBase64url(key.publicKey);
  return document.serverKeys.some((listed) => listed.key === text);
}

/** The key that a document names, under whichever of the two names it lies; null when neither is named. Moves no file. */
export async function findServerKey(document: ReadonlyTrust, keyFolder: string): Promise<SigningKey | null> {
  for (const name of ['server-next', 'server'] as const) {
    const key = await readKey(keyFolder, name);
    if (key !== null && names(document, key)) return key;
  }
  return null;
}
