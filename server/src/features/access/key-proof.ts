// The proof that somebody holds a key: by a key file's signature, or by a gesture with a passkey at a page of this server.
import {
  checkEd25519Key,
  decodeBase64url,
  judgePasskey,
  pae,
  type Relying,
  type SignerKey,
  type SigningAlgorithm,
  toKeyProof,
} from '@muster/protocol';
import { nodeCrypto } from '../../core/crypto.ts';
import type { Site } from '../../core/http/site.ts';
import { fail } from '../../errors.ts';

/** Scheme and algorithm of a raw key: its length tells them apart. */
export function describeKey(publicKey: Uint8Array): {
  readonly scheme: SignerKey['scheme'];
  readonly algorithm: SigningAlgorithm;
} {
  return publicKey.length === 65
    ? { scheme: 'webauthn-es256', algorithm: 'p256' }
    : { scheme: 'ed25519', algorithm: 'ed25519' };
}

/** Pages of this server. A trust document may list fewer: only what it lists counts on devices. */
function relyingOf({ origins, passkeyName }: Site): Relying {
  return { origins, rpIds: passkeyName === null ? [] : [passkeyName] };
}

/** What a proof is held against. */
interface ProofDeps {
  readonly org: string;
  readonly site: Site;
}

/** The raw key, if the proof was made with it for this organization. @throws MusterError E_B64, E_KEY, E_SIG, E_PAGE */
export function checkProof(
  { org, site }: ProofDeps,
  { key, proof }: { readonly key: string; readonly proof: string },
): Uint8Array {
  const publicKey = decodeBase64url(key);
  const signature = decodeBase64url(proof);
  const { payloadType, payload } = toKeyProof(org, key);
  const message = pae(payloadType, payload);
  if (describeKey(publicKey).scheme === 'ed25519') {
    checkEd25519Key(publicKey);
    if (nodeCrypto.verifyEd25519(publicKey, message, signature)) return publicKey;
  } else {
    const claim = { publicKey, signature, message, relying: relyingOf(site), crypto: nodeCrypto };
    const verdict = judgePasskey(claim);
    if (verdict === 'good') return publicKey;
    if (verdict === 'foreign')
      throw fail('E_PAGE', {
        detail:
          'The passkey signed at another page than one of this server, or did not ask who was there; register it at the public address of the server.',
      });
  }
  throw fail('E_SIG', { detail: 'The proof was not made with this key for this organization.' });
}
