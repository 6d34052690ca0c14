// Spends setup links: registers the first passkey, password or identity of a person, in the transaction that ends the link.
import { done, writeAudit } from '../../core/audit/audit.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import { renamePerson, revokeTokensOf } from '../access/index.ts';
import type { SigninDeps, Visitor } from './deps.ts';
import { checkMaker, hashLink, readLink } from './links.ts';
import { beginRegistration, finishRegistration, type NewPasskey } from './passkeys.ts';
import type { Setup } from './schema.ts';
import { openSession } from './sessions.ts';
import {
  type AccountRow,
  clearSecondFactor,
  deleteLink,
  hasOwnWayIn,
  hasWayIn,
  insertAccount,
  lockAccount,
  selectAccount,
  updatePassword,
} from './store-accounts.ts';
import {
  deleteIdentities,
  deletePasskeys,
  type IdentityRow,
  insertIdentity,
  insertPasskey,
} from './store-passkeys.ts';
import { deleteSessions } from './store-sessions.ts';

/** A credential that is ready to be stored. */
export type NewCredential =
  | { readonly kind: 'passkey'; readonly passkey: NewPasskey }
  | { readonly kind: 'password'; readonly hash: string }
  | { readonly kind: 'identity'; readonly identity: Omit<IdentityRow, 'createdAt'> };

/** Whom a link is for. */
async function readLinked(deps: SigninDeps, secret: string) {
  const link = await readLink(deps, secret);
  const { tenant, person, expiresAt } = link;
  await checkMaker(deps.sql, link);
  const account = await withMappedErrors(() => selectAccount(deps.sql, tenant, { person }));
  if (account === undefined || account.disabledAt !== null) throw fail('E_SETUP');
  return { account, expiresAt };
}

function useOf(secret: string) {
  return { purpose: 'setup', subject: hashLink(secret).toString('hex') } as const;
}

/** What a link is good for, with what a passkey is registered with. @throws MusterError E_SETUP */
export async function beginSetup(deps: SigninDeps, secret: string) {
  const { account, expiresAt } = await readLinked(deps, secret);
  const isFirst = !(await withMappedErrors(() => hasWayIn(deps.sql, deps.tenant)));
  const passkey =
    deps.site.passkeyName === null ? null : await beginRegistration(deps, account, useOf(secret));
  const { person: id, handle, name } = account;
  const endsFormer = await withMappedErrors(() => hasOwnWayIn(deps.sql, id));
  return { person: { id, handle, name }, isFirst, endsFormer, expiresAt: expiresAt.toISOString(), passkey };
}

/** Spends a link by passkey or password; the session of who did. @throws MusterError E_SETUP, E_CHALLENGE, E_PASSKEY, E_PASSWORD */
export async function finishSetup(
  deps: SigninDeps,
  { secret, name, passkey, password }: Setup,
  visitor: Visitor,
): Promise<string> {
  const { account } = await readLinked(deps, secret);
  const named = { ...account, name: name ?? account.name };
  if ((passkey === undefined) === (password === undefined))
    throw fail('E_VALIDATION', { detail: 'Give either a passkey or a password.' });
  const credential: NewCredential =
    passkey === undefined
      ? { kind: 'password', hash: await deps.passwords.make(password ?? '', [account.handle, named.name]) }
      : {
          kind: 'passkey',
          passkey: await finishRegistration(deps, account, { use: useOf(secret), made: passkey }),
        };
  return spend(deps, { secretHash: hashLink(secret), credential, name: named.name }, visitor);
}

/** What is spent, and for what. */
interface Spending {
  readonly secretHash: Uint8Array;
  readonly credential: NewCredential;
  /** The name that the person wants; undefined: as it is. */
  readonly name: string | undefined;
}

/** Ends the link, stores the credential and opens a session: all of it or nothing. @throws MusterError E_SETUP, E_CONFLICT */
export async function spend(deps: SigninDeps, spending: Spending, visitor: Visitor): Promise<string> {
  const { sql, clock } = deps;
  try {
    return await withMappedErrors(() =>
      inTransaction(sql, async (tx) => {
        const link = await deleteLink(tx, spending.secretHash, new Date(clock.now()));
        if (link === undefined) throw fail('E_SETUP');
        const account = await selectAccount(tx, link.tenant, link);
        if (account === undefined || account.disabledAt !== null) throw fail('E_SETUP');
        await checkMaker(tx, link);
        return complete(deps, tx, { ...spending, account, visitor });
      }),
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw fail('E_CONFLICT', {
      cause: error,
      detail: 'This passkey or account of the provider is registered already.',
    });
  }
}

async function complete(
  deps: SigninDeps,
  tx: RawSql,
  { account, credential, name = account.name, visitor }: Spending & { account: AccountRow; visitor: Visitor },
): Promise<string> {
  const { tenant, person, handle } = account;
  const actor = { kind: 'person' as const, id: person, name: handle, address: visitor.address };
  const signed = { ...visitor, origin: { ...visitor.origin, actor } };
  await insertAccount(tx, tenant, person);
  await lockAccount(tx, person);
  if (name !== account.name) await renamePerson(tx, { tenant, id: person, name });
  // Whoever had all this has lost it, or somebody else found it: who comes back is alone afterwards.
  const former = await removeFormer(tx, person);
  await storeCredential(tx, person, credential);
  const subject = { kind: 'person', id: person, name };
  const detail = { method: credential.kind, ...former };
  await writeAudit(tx, done(signed.origin, { tenant, act: 'setup.finish', subject, detail }));
  const limited = credential.kind === 'password';
  const session = { tenant, person, handle, method: 'setup', limited, isProven: true } as const;
  return openSession(deps, tx, { session, visitor: signed });
}

/**
 * Ends every way into the account and whatever was opened by them. API tokens only where there was a way in: until then nobody but the
 * host and those who may do as much have made one.
 */
async function removeFormer(tx: RawSql, person: string): Promise<Record<string, number>> {
  const couldSignIn = await hasOwnWayIn(tx, person);
  const sessions = await deleteSessions(tx, person, null);
  await clearSecondFactor(tx, person, { password: true });
  const passkeys = await deletePasskeys(tx, person);
  const identities = await deleteIdentities(tx, person);
  if (!couldSignIn) return {};
  return { sessions, passkeys, identities, tokens: await revokeTokensOf(tx, person) };
}

async function storeCredential(tx: RawSql, person: string, credential: NewCredential): Promise<void> {
  if (credential.kind === 'passkey') await insertPasskey(tx, credential.passkey);
  else if (credential.kind === 'identity') await insertIdentity(tx, credential.identity);
  else await updatePassword(tx, person, credential.hash);
}
