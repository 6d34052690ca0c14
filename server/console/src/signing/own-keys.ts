// One's own passkeys as signing keys: which are registered, which the trust document has, and the lines that put them there.
import { decodeBase64url, keyid, type ReadonlyTrust, sha256 } from '@muster/protocol';
import { useMay } from '../app/session.ts';
import { useAccount, useTrust, useWhoami } from './me.ts';
import type { Place } from './ways.ts';

/** A passkey of one's account. */
export interface OwnKey {
  readonly id: string;
  readonly name: string;
  /** Credential id, base64url. */
  readonly credential: string;
  /** Raw public key as documents write it. */
  readonly key: string;
  readonly keyid: string;
  /** new: the server knows no proof of it · registered: it does · trusted: the trust document has it as a key of this person. */
  readonly state: 'new' | 'registered' | 'trusted';
}

/** Passkeys of the account that can sign at all, and how many cannot. */
export function useOwnKeys() {
  const look = { enabled: useMay()('trust.read') };
  const trust = useTrust(look).data?.document;
  const person = useWhoami(look).data?.person ?? null;
  const passkeys = useAccount().data?.passkeys ?? [];
  const registered = new Set(person?.keys.map(({ key }) => key));
  const signer = trust?.signers.find(({ id, kind }) => id === person?.signerId && kind === 'person');
  const trusted = new Set(signer?.keys.map(({ key }) => key));
  const keys = passkeys.flatMap(({ id, name, credential, signingKey: key }): OwnKey[] => {
    if (key === null) return [];
    const state = trusted.has(key) ? 'trusted' : registered.has(key) ? 'registered' : 'new';
    return [{ id, name, credential, key, keyid: nameKey(key), state }];
  });
  return { trust, person, keys, unable: passkeys.length - keys.length };
}

function nameKey(key: string): string {
  return keyid(decodeBase64url(key), { sha256 }, 'p256');
}

/** The line that adds this page to those listed; it names them all, because the command puts them in the place of the former ones. */
export function toOriginsLine(
  { origins, rpIds }: ReadonlyTrust,
  { origin, hostname }: Pick<Place, 'origin' | 'hostname'>,
): string {
  const all = [...new Set([...origins, origin])];
  const names = new Set(all.map((one) => new URL(one).hostname));
  const more = rpIds.some((id) => !names.has(id)) ? ['--rp-id', ...new Set([...rpIds, hostname])] : [];
  return ['muster', 'trust', 'set-origins', ...all, ...more].join(' ');
}
