// The signers of a document that leaves quick start, or of a first one: who is here, and public keys of others.
import { checkEd25519Key, decodeBase64url, type TrustSigner } from '@muster/protocol';
import { fail } from '../errors.ts';
import { keyField } from './drafts.ts';

/** Modes that claim something. */
export const firmModes = ['solo', 'hardened'] as const;
export type FirmMode = (typeof firmModes)[number];

/** A person who may ask for, approve and stop everything. */
export function fullSigner(id: string, name: string, publicKey: string): TrustSigner {
  const roles: TrustSigner['roles'] = ['request', 'approve', 'halt'];
  return { id, name, kind: 'person', roles, kinds: ['*'], keys: [keyField(publicKey)] };
}

/** Reads `berta=<public key>` as muster keys show prints it. @throws MusterError E_USAGE */
export function parseSigner(text: string): TrustSigner {
  const [, id = '', key = ''] = /^([a-z0-9][a-z0-9._-]{0,63})=([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  try {
    checkEd25519Key(decodeBase64url(key));
  } catch (cause) {
    throw fail('E_USAGE', {
      cause,
      detail: 'Another signer is written as id=publickey, with the public key that muster keys show prints.',
    });
  }
  return fullSigner(id, id, key);
}

/** The number of persons must fit the mode. @throws MusterError E_USAGE */
export function checkNumber(mode: FirmMode, others: readonly TrustSigner[]): void {
  if (mode === 'hardened' && others.length === 0)
    throw fail('E_USAGE', {
      detail:
        'In hardened mode two persons sign; name the public key of the second with --signer id=publickey.',
    });
  if (mode === 'solo' && others.length > 0)
    throw fail('E_USAGE', { detail: 'In solo mode one person signs; say --mode hardened for several.' });
}
