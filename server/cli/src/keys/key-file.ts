// The form of a key file: JSON, version 1; the seed sealed with AES-256-GCM under scrypt of a passphrase, or plain for automation.
//
// Sources: scrypt RFC 7914; the parameters are OWASP's first choice (N = 2^17, r = 8, p = 1), which takes 128 MiB a try.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeBase64url, encodeBase64url, encodeUtf8 } from '@muster/protocol';
import { fail } from '../errors.ts';
import { keyOfPem, keyOfSeed, type SigningKey } from './signing-key.ts';

/** How much work a guess is. */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
/** Work a file may ask of its reader: a file of somebody else must not hang or fill this machine. */
const MOST = { n: 2 ** 20, r: 16, p: 4 } as const;
/** Memory of one derivation, bytes; scrypt needs 128·N·r and a little. */
const MAX_SCRYPT_BYTES = 1.25 * 128 * MOST.n * MOST.r;
/** Largest key file, bytes. */
export const MAX_KEY_FILE_BYTES = 4_096;

const derive = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** How the seed is kept. */
type Protection =
  | { readonly kind: 'none'; readonly seed: string }
  | {
      readonly kind: 'scrypt-aes-256-gcm';
      readonly n: number;
      readonly r: number;
      readonly p: number;
      /** 16 bytes, base64url. */
      readonly salt: string;
      /** 12 bytes, base64url. */
      readonly nonce: string;
      /** Seed of 32 bytes with its tag of 16, base64url. */
      readonly sealed: string;
    };

/** A key file. */
export interface KeyFile {
  readonly muster: 'key';
  readonly v: 1;
  /** For people; also the name of the file. */
  readonly name: string;
  readonly createdAt: string;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  readonly protection: Protection;
}

/** The name and the public key are sealed in: a file whose label was exchanged does not open. */
function labelOf({ name, publicKey }: Pick<KeyFile, 'name' | 'publicKey'>): Uint8Array {
  return encodeUtf8(`muster key v1\n${name}\n${publicKey}`);
}

/** Makes the file of a key; without a passphrase whoever reads the file has the key. */
export async function sealKey(
  key: SigningKey,
  {
    name,
    passphrase,
    nowMs,
  }: { readonly name: string; readonly passphrase: string | null; readonly nowMs: number },
): Promise<KeyFile> {
  const publicKey = encodeBase64url(key.publicKey);
  const head = { muster: 'key', v: 1, name, createdAt: new Date(nowMs).toISOString(), publicKey } as const;
  if (passphrase === null)
    return { ...head, protection: { kind: 'none', seed: encodeBase64url(key.exportSeed()) } };
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const secret = await stretch(passphrase, { ...COST, salt });
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(labelOf(head));
  const sealed = Buffer.concat([cipher.update(key.exportSeed()), cipher.final(), cipher.getAuthTag()]);
  const text = {
    salt: encodeBase64url(salt),
    nonce: encodeBase64url(nonce),
    sealed: encodeBase64url(sealed),
  };
  return { ...head, protection: { kind: 'scrypt-aes-256-gcm', ...COST, ...text } };
}

function stretch(
  passphrase: string,
  { n, r, p, salt }: { n: number; r: number; p: number; salt: Uint8Array },
): Promise<Buffer> {
  return derive(passphrase.normalize('NFC'), salt, 32, { N: n, r, p, maxmem: MAX_SCRYPT_BYTES });
}

/** Opens a file. @throws MusterError E_PASSPHRASE for a wrong one, E_KEY_FILE for a file that is damaged or not what it says */
export async function openKey(file: KeyFile, passphrase: string | null): Promise<SigningKey> {
  const seed = await openSeed(file, passphrase);
  const key = keyOfSeed(seed);
  if (encodeBase64url(key.publicKey) === file.publicKey) return key;
  throw fail('E_KEY_FILE', { detail: `The key file ${file.name} does not hold the key it names.` });
}

async function openSeed(file: KeyFile, passphrase: string | null): Promise<Uint8Array> {
  const { protection } = file;
  if (protection.kind === 'none') return decodeBase64url(protection.seed);
  if (passphrase === null) throw fail('E_PASSPHRASE');
  const { n, r, p } = protection;
  const secret = await stretch(passphrase, { n, r, p, salt: decodeBase64url(protection.salt) });
  const sealed = decodeBase64url(protection.sealed);
  const nonce = decodeBase64url(protection.nonce);
  try {
    const cipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: 16 });
    cipher.setAAD(labelOf(file)).setAuthTag(sealed.subarray(32));
    return Buffer.concat([cipher.update(sealed.subarray(0, 32)), cipher.final()]);
  } catch (cause) {
    throw fail('E_PASSPHRASE', { cause });
  }
}

/** A file of either form: ours, or the PEM that a server keeps. */
export type ParsedKey =
  | { readonly form: 'file'; readonly file: KeyFile }
  | { readonly form: 'pem'; readonly key: SigningKey };

/** Reads the text of a key file. @throws MusterError E_KEY_FILE naming where it is from */
export function parseKey(text: string, from: string): ParsedKey {
  try {
    if (text.length > MAX_KEY_FILE_BYTES) throw new Error('too large');
    if (text.startsWith('-----BEGIN PRIVATE KEY-----')) return { form: 'pem', key: keyOfPem(text) };
    const value: unknown = JSON.parse(text);
    if (isKeyFile(value)) return { form: 'file', file: value };
    throw new Error('not the form of a key file');
  } catch (cause) {
    throw fail('E_KEY_FILE', {
      cause,
      detail: `${from} is not a key file of this version, or it is damaged.`,
    });
  }
}

const texts = (value: Record<string, unknown>, ...names: string[]) =>
  names.every((name) => typeof value[name] === 'string');

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

function isKeyFile(value: unknown): value is KeyFile {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Record<string, unknown>;
  if (file.muster !== 'key' || file.v !== 1 || !texts(file, 'name', 'createdAt', 'publicKey')) return false;
  return isProtection(file.protection);
}

function isProtection(protection: unknown): protection is Protection {
  if (typeof protection !== 'object' || protection === null) return false;
  const kept = protection as Record<string, unknown>;
  if (kept.kind === 'none') return texts(kept, 'seed');
  if (kept.kind !== 'scrypt-aes-256-gcm' || !texts(kept, 'salt', 'nonce', 'sealed')) return false;
  return isWithin(kept.n, MOST.n) && isWithin(kept.r, MOST.r) && isWithin(kept.p, MOST.p);
}
