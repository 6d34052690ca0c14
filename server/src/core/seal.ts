// Seals what must be read again, under a key that lies beside the database and not in it.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** AES-256-GCM; `about` says whose it is, so that a sealed secret is worth nothing in another row. */
export interface Seal {
  seal(about: string, text: string): Promise<Uint8Array>;
  /** Null when it was not sealed with this key for that. */
  open(about: string, sealed: Uint8Array): Promise<string | null>;
}

/**
 * Makes it; the key is read, or made, when it is first needed. Each purpose has a key of its own, derived by HKDF-SHA256 (RFC 5869);
 * one-time codes have the key itself, and no purpose. @throws MusterError E_KEY_FILE by both functions
 */
export function createSeal(keyFolder: string, purpose: string | null = null): Seal {
  let reading: Promise<Buffer> | undefined;
  async function derive(): Promise<Buffer> {
    const key = await readOrMakeKey(keyFolder);
    if (purpose === null) return key;
    return Buffer.from(hkdfSync('sha256', key, '', `muster seal ${purpose}`, KEY_BYTES));
  }
  async function readKey(): Promise<Buffer> {
    reading ??= derive();
    try {
      return await reading;
    } catch (error) {
      // Whoever repairs the file need not restart the server.
      reading = undefined;
      throw error;
    }
  }
  return {
    async seal(about, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', await readKey(), nonce);
      cipher.setAAD(Buffer.from(about));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    async open(about, sealed) {
      const key = await readKey();
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(-TAG_BYTES);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(about));
        decipher.setAuthTag(tag);
        const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        // node:crypto throws for a wrong key and for changed bytes alike.
        return null;
      }
    },
  };
}

async function readOrMakeKey(keyFolder: string): Promise<Buffer> {
  const path = join(keyFolder, 'signin.key');
  const key = (await readOrNull(path)) ?? (await makeKey(keyFolder, path));
  if (key.length === KEY_BYTES) return key;
  throw fail('E_KEY_FILE', { detail: `The key file ${path} is damaged; restore it from your backup.` });
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw fail('E_KEY_FILE', {
      cause,
      detail: `The key file ${path} cannot be read; correct its owner and mode.`,
    });
  }
}

async function makeKey(keyFolder: string, path: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  await mkdir(keyFolder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${key.toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Whole or not at all, and never over another: what that has sealed could not be read any more.
    await link(draft, path);
    return key;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    // Somebody else was first.
    return (await readOrNull(path)) ?? key;
  } finally {
    await rm(draft);
  }
}
