// Passkeys: makes challenges for authenticators and checks what they answer (WebAuthn level 3, by @simplewebauthn/server).
import { createHash } from 'node:crypto';
import { concatBytes, decodeBase64url, encodeBase64url, encodeUtf8 } from '@muster/protocol';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import type { ChallengeUse } from './challenges.ts';
import type { SigninDeps } from './deps.ts';
import { CHALLENGE_MS, MAX_PASSKEYS } from './limits.ts';
import type { Assertion, Attestation } from './schema-passkeys.ts';
import type { AccountRow } from './store-accounts.ts';
import { type PasskeyRow, selectPasskey, selectPasskeys, updateCounter } from './store-passkeys.ts';

/** ES256, EdDSA, RS256: what authenticators in use have. */
const ALGORITHMS = [-7, -8, -257];

/** A passkey that was checked and is to be stored. */
export type NewPasskey = Omit<PasskeyRow, 'createdAt' | 'usedAt'>;

function nameOf({ site }: SigninDeps): string {
  if (site.passkeyName !== null) return site.passkeyName;
  throw fail('E_PASSKEY', {
    detail: 'Browsers have passkeys only at a name, not at an address; set publicUrl to a name.',
  });
}

/** The handle authenticators keep a person under: no name of him, and never the same in two organizations. */
function userIdOf({ tenant, person }: Pick<AccountRow, 'tenant' | 'person'>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    createHash('sha256')
      .update(encodeUtf8(`${tenant}\n${person}`))
      .digest(),
  );
}

/** Options to register a passkey with. @throws MusterError E_PASSKEY at a bare address, E_CONFLICT */
export async function beginRegistration(
  deps: SigninDeps,
  account: Pick<AccountRow, 'tenant' | 'person' | 'handle' | 'name'>,
  use: ChallengeUse,
) {
  const rpID = nameOf(deps);
  // A link takes the place of all there are, so that an authenticator may be registered again.
  const known =
    use.purpose === 'setup' ? [] : await withMappedErrors(() => selectPasskeys(deps.sql, account.person));
  if (known.length >= MAX_PASSKEYS)
    throw fail('E_CONFLICT', { detail: `A person has at most ${MAX_PASSKEYS} passkeys; remove one first.` });
  const excludeCredentials = known.map(describe);
  const { rp, user, challenge, pubKeyCredParams } = await generateRegistrationOptions({
    rpName: deps.organization,
    rpID,
    userID: userIdOf(account),
    userName: account.handle,
    userDisplayName: account.name,
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return {
    challengeId: deps.challenges.give(challenge, use),
    options: {
      ...{ rp, user, challenge, pubKeyCredParams, excludeCredentials, timeout: CHALLENGE_MS },
      // Discoverable, so that nobody types a name; verified, so that it is two factors in one.
      authenticatorSelection: {
        residentKey: 'required' as const,
        requireResidentKey: true,
        userVerification: 'required' as const,
      },
      attestation: 'none' as const,
    },
  };
}

function describe({ credential, transports }: PasskeyRow) {
  return { id: encodeBase64url(credential), type: 'public-key' as const, transports };
}

/** The key of a stored passkey as documents write it; null: none of P-256, so that it signs nothing on devices. */
export function signingKeyOf({ publicKey }: Pick<PasskeyRow, 'publicKey'>): string | null {
  const key = decodeCredentialPublicKey(new Uint8Array(publicKey));
  if (!cose.isCOSEPublicKeyEC2(key) || key.get(cose.COSEKEYS.crv) !== cose.COSECRV.P256) return null;
  const [x, y] = [key.get(cose.COSEKEYS.x), key.get(cose.COSEKEYS.y)];
  if (x === undefined || y === undefined) return null;
  return encodeBase64url(concatBytes([Uint8Array.of(0x04), x, y]));
}

/** Checks a passkey that a browser has made. @throws MusterError E_CHALLENGE, E_PASSKEY */
export async function finishRegistration(
  deps: SigninDeps,
  { tenant, person }: Pick<AccountRow, 'tenant' | 'person'>,
  { use, made }: { readonly use: ChallengeUse; readonly made: Attestation },
): Promise<NewPasskey> {
  const { challengeId, name, response } = made;
  const expectedChallenge = deps.challenges.take(challengeId, use);
  const result = await checked('E_PASSKEY', () =>
    verifyRegistrationResponse({
      response,
      expectedChallenge,
      expectedOrigin: [...deps.site.origins],
      expectedRPID: nameOf(deps),
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  if (!result.verified) throw fail('E_PASSKEY');
  const { credential, credentialBackedUp } = result.registrationInfo;
  return {
    ...{ tenant, person, name, id: newId('pky') },
    credential: decodeBase64url(credential.id),
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: response.response.transports ?? [],
    synced: credentialBackedUp,
  };
}

/** Options to show a passkey with; of one person, or of whoever has one here (null). */
export async function beginAssertion(deps: SigninDeps, person: string | null, use: ChallengeUse) {
  const known = person === null ? [] : await withMappedErrors(() => selectPasskeys(deps.sql, person));
  const rpId = nameOf(deps);
  const { challenge } = await generateAuthenticationOptions({ rpID: rpId });
  return {
    challengeId: deps.challenges.give(challenge, use),
    options: {
      ...{ challenge, rpId, timeout: CHALLENGE_MS },
      userVerification: 'required' as const,
      allowCredentials: known.map(describe),
    },
  };
}

/** The passkey that was shown, its use noted. @throws MusterError E_CHALLENGE, E_CREDENTIALS */
export async function finishAssertion(
  deps: SigninDeps,
  { challengeId, response }: Assertion,
  use: ChallengeUse,
): Promise<PasskeyRow> {
  const expectedChallenge = deps.challenges.take(challengeId, use);
  const { sql, tenant, clock } = deps;
  const credential = await checked('E_CREDENTIALS', async () => decodeBase64url(response.id));
  const passkey = await withMappedErrors(() => selectPasskey(sql, tenant, credential));
  if (passkey === undefined) throw fail('E_CREDENTIALS', { detail: 'This passkey is not known here.' });
  const { publicKey, counter, transports } = passkey;
  const result = await checked('E_CREDENTIALS', () =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin: [...deps.site.origins],
      expectedRPID: nameOf(deps),
      requireUserVerification: true,
      credential: { id: response.id, publicKey: new Uint8Array(publicKey), counter, transports },
    }),
  );
  const { userHandle } = response.response;
  const isHis = userHandle === undefined || userHandle === encodeBase64url(userIdOf(passkey));
  if (!result.verified || !isHis) throw fail('E_CREDENTIALS');
  const { newCounter } = result.authenticationInfo;
  const used = { id: passkey.id, counter: newCounter, usedAt: new Date(clock.now()) };
  const isFresh = await withMappedErrors(() => inTransaction(sql, (tx) => updateCounter(tx, used)));
  if (!isFresh)
    throw fail('E_CREDENTIALS', {
      detail: 'The counter of this passkey did not grow: there is a copy of it.',
    });
  return passkey;
}

/** What the library throws says why in words for programmers; people get the code. */
async function checked<T>(code: 'E_PASSKEY' | 'E_CREDENTIALS', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw fail(code, { cause });
  }
}
