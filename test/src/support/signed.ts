// Keys that lie beside the server of a quick start, new ones with their proof, and what they sign.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Envelope,
  encodeBase64url,
  encodeUtf8,
  keyid,
  pae,
  type Signer,
  sealEnvelope,
} from '@muster/protocol';
import { crypto } from './crypto.ts';

/** The key itself, as a trust document has it. */
function rawKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Reads a key that lies beside the server of a quick start. */
export async function readKey(dataDir: string, name: 'root' | 'signer'): Promise<Signer> {
  const key = createPrivateKey(await readFile(join(dataDir, 'keys', `${name}.pem`), 'utf8'));
  return { keyid: keyid(rawKey(key), crypto), sign: (message) => sign(null, message, key) };
}

/** A new key and the proof that one holds it, as the API takes them for a person of that organization; base64url. */
export function proveNewKey(org: string): { readonly key: string; readonly proof: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = encodeBase64url(rawKey(privateKey));
  const message = pae('application/vnd.muster.key-proof.v1', encodeUtf8(`${org}\n${key}`));
  return { key, proof: encodeBase64url(sign(null, message, privateKey)) };
}

/** A document in its envelope. */
export function seal(type: string, document: object, ...hands: readonly Signer[]): Envelope {
  return sealEnvelope(type, encodeUtf8(JSON.stringify(document)), hands);
}
