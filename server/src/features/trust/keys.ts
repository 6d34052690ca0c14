// Key files of the server's data folder: its own signing key, and in quick start also root and first signer.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSigningKey, readSigningKey, type SigningKey } from '../../core/crypto.ts';
import { fail } from '../../errors.ts';

/** Which key a file holds. `root` and `signer` lie beside the server only in quick start. */
export type KeyName = 'server' | 'root' | 'signer';

function pathOf(folder: string, name: KeyName): string {
  return join(folder, `${name}.pem`);
}

/** Reads a key; null when its file does not exist. @throws MusterError E_KEY_FILE when it cannot be used */
export async function readKey(folder: string, name: KeyName): Promise<SigningKey | null> {
  const path = pathOf(folder, name);
  try {
    return readSigningKey(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw fail('E_KEY_FILE', {
      cause,
      detail: `The key file ${path} cannot be used; restore it from your backup.`,
    });
  }
}

/** Makes a key and writes its file, readable by the server's user only, before the key is used. */
export async function makeKey(folder: string, name: KeyName): Promise<SigningKey> {
  const key = makeSigningKey();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, name);
  const file = await open(`${path}.next`, 'w', 0o600);
  try {
    await file.writeFile(key.exportPem());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.next`, path);
  return key;
}
