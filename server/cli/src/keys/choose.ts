// Which key signs: the one that was named, else the one of this terminal that the trust document knows.
import type { Frozen, ReadonlyTrust, SignerRole } from '@muster/protocol';
import { hasRole } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import type { Session } from '../session.ts';
import { type FoundKey, findKey, keyFolderOf, listKeys } from './key-folder.ts';

/** A key and the signer whose it is. */
export interface SignerChoice {
  readonly key: FoundKey;
  readonly signer: Frozen<ReadonlyTrust['signers'][number]>;
}

/** Every key this terminal has: the person's own first, then those beside a quick start's server. */
export async function listOwnKeys({
  terminal,
  keyFolder,
}: Pick<Session, 'terminal' | 'keyFolder'>): Promise<FoundKey[]> {
  const own = await listKeys(keyFolderOf(terminal.env));
  return keyFolder === null ? own : [...own, ...(await listKeys(keyFolder, '.pem'))];
}

function signerOf(trust: ReadonlyTrust, { publicKey }: FoundKey): SignerChoice['signer'] | undefined {
  return trust.signers.find(({ keys }) => keys.some(({ key }) => key === publicKey));
}

/** What the signature is for. */
export interface Wanted {
  readonly role: SignerRole;
  /** Kind of command; empty: the role alone. */
  readonly kind: string;
  /** Name or file of the key the person named. */
  readonly key: string | undefined;
}

/**
 * The key that signs.
 * @throws MusterError E_NO_KEY for none or several that could, or one that may not
 */
export async function chooseSigner(
  session: Pick<Session, 'terminal' | 'keyFolder'>,
  trust: ReadonlyTrust,
  { role, kind, key: named }: Wanted,
): Promise<SignerChoice> {
  const what = kind === '' ? role : `${role} ${kind}`;
  const keys =
    named === undefined ? await listOwnKeys(session) : [await findKey(session.terminal.env, named)];
  const known = keys.flatMap((key) => {
    const signer = signerOf(trust, key);
    return signer === undefined ? [] : [{ key, signer }];
  });
  const able = known.filter(({ signer }) => hasRole(trust, signer.id, { role, kind }));
  const [first, ...more] = able;
  if (first !== undefined && more.every(({ signer }) => signer.id === first.signer.id)) return first;
  if (first !== undefined)
    throw fail('E_NO_KEY', {
      detail: `Several keys may ${what}: ${able.map(({ key, signer }) => `${key.name} (${signer.id})`).join(', ')}; name one with --key.`,
    });
  if (known.length > 0)
    throw fail('E_NO_KEY', {
      detail: `By the trust document ${known.map(({ signer }) => signer.id).join(' and ')} may not ${what}; ask somebody who may, or change his roles with muster trust.`,
    });
  throw fail('E_NO_KEY', { detail: describeNone(trust, keys) });
}

function describeNone(trust: ReadonlyTrust, keys: readonly FoundKey[]): string {
  if (trust.mode === 'quickstart')
    return 'The key of a quick start lies beside its server: name it with --key <data folder>/server/keys/signer.pem.';
  return keys.length === 0
    ? 'This terminal has no key to sign with; muster keys new makes one, and muster trust add-signer makes it count.'
    : `No key of this terminal is a signer\u2019s by the trust document: ${keys.map(({ name }) => name).join(', ')}.`;
}
