// Changes of one's own account: passkeys, password, one-time codes, recovery codes, identities. Each ends the other sessions.
import { encodeBase64url } from '@muster/protocol';
import type { Act } from '../../core/audit/acts.ts';
import { type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import type { Owner, SigninDeps } from './deps.ts';
import { SESSION_MS } from './limits.ts';
import { beginRegistration, finishRegistration, signingKeyOf } from './passkeys.ts';
import type { Account, Passkey } from './schema-me.ts';
import type { Attestation } from './schema-passkeys.ts';
import {
  type AccountRow,
  clearSecondFactor,
  countRecoveryCodes,
  lockAccount,
  promoteTotp,
  replaceRecoveryCodes,
  selectAccount,
  updateNextTotp,
  updatePassword,
} from './store-accounts.ts';
import {
  deleteIdentity,
  deletePasskey,
  insertPasskey,
  type PasskeyRow,
  selectIdentities,
  selectPasskeys,
} from './store-passkeys.ts';
import { deleteSessions, updateFull } from './store-sessions.ts';
import { findStep, hashRecoveryCode, makeRecoveryCodes, makeTotp } from './totp.ts';

/** Who changes his own account, and in which session. */
export interface OwnAccount extends Owner {
  readonly session: string;
  readonly name: string;
  readonly origin: AuditOrigin;
}

/** What a change says of itself. */
interface Changed {
  readonly act: Act;
  readonly subject?: { readonly kind: string; readonly id: string; readonly name: string };
}

/** Runs a change of credentials: the other sessions end, and it is written down. */
async function change<T>(
  { sql, own }: { readonly sql: RawSql; readonly own: OwnAccount },
  { act, subject = { kind: 'person', id: own.person, name: own.name } }: Changed,
  work: (tx: RawSql) => Promise<T>,
): Promise<T> {
  return withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      // Two who remove a way in each would both see the other's.
      await lockAccount(tx, own.person);
      const result = await work(tx);
      await deleteSessions(tx, own.person, own.session);
      await writeAudit(tx, done(own.origin, { tenant: own.tenant, act, subject }));
      return result;
    }),
  );
}

async function readAccount(sql: RawSql, { tenant, person }: Owner): Promise<AccountRow> {
  const account = await withMappedErrors(() => selectAccount(sql, tenant, { person }));
  if (account === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no person with that id.' });
  return account;
}

/** A passkey as lists show it. */
function toPasskey(row: PasskeyRow): Passkey {
  const { id, name, synced, credential, createdAt, usedAt } = row;
  return {
    ...{ id, name, synced, credential: encodeBase64url(credential), signingKey: signingKeyOf(row) },
    ...{ createdAt: createdAt.toISOString(), usedAt: usedAt?.toISOString() ?? null },
  };
}

/** How a person signs in. @throws MusterError E_NOT_FOUND */
export async function describeAccount({ sql }: SigninDeps, owner: Owner): Promise<Account> {
  const account = await readAccount(sql, owner);
  const { person } = owner;
  const [passkeys, identities, recoveryCodes] = await withMappedErrors(() =>
    Promise.all([
      selectPasskeys(sql, person),
      selectIdentities(sql, person),
      countRecoveryCodes(sql, person),
    ]),
  );
  return {
    passkeys: passkeys.map(toPasskey),
    passwordAt: account.passwordAt?.toISOString() ?? null,
    totpAt: account.totpAt?.toISOString() ?? null,
    recoveryCodes,
    identities: identities.map(({ id, issuer, name, createdAt }) => ({
      ...{ id, issuer, name },
      createdAt: createdAt.toISOString(),
    })),
  };
}

/** Inside of the transaction that removes one: another way in must be left. @throws MusterError E_CONFLICT */
async function checkWayLeft(tx: RawSql, owner: Owner): Promise<void> {
  const account = await selectAccount(tx, owner.tenant, owner);
  const passkeys = await selectPasskeys(tx, owner.person);
  const identities = await selectIdentities(tx, owner.person);
  if (passkeys.length + identities.length > 0 || (account?.totpSealed ?? null) !== null) return;
  throw fail('E_CONFLICT', { detail: 'This is your last way to sign in; add another one first.' });
}

const useOf = ({ person }: Owner) => ({ purpose: 'register', subject: person }) as const;

/** What a further passkey is registered with. */
export async function beginPasskey(deps: SigninDeps, owner: Owner) {
  return beginRegistration(deps, await readAccount(deps.sql, owner), useOf(owner));
}

/** Registers it. @throws MusterError E_CHALLENGE, E_PASSKEY, E_CONFLICT */
export async function addPasskey(deps: SigninDeps, own: OwnAccount, made: Attestation): Promise<void> {
  const passkey = await finishRegistration(deps, own, { use: useOf(own), made });
  const subject = { kind: 'passkey', id: passkey.id, name: passkey.name };
  try {
    await change({ sql: deps.sql, own }, { act: 'passkey.add', subject }, async (tx) => {
      await insertPasskey(tx, passkey);
      await updateFull(tx, own.session, { expiresAt: new Date(deps.clock.now() + SESSION_MS) });
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw fail('E_CONFLICT', { cause: error, detail: 'This passkey is registered already.' });
  }
}

/** Removes a passkey. @throws MusterError E_NOT_FOUND, E_CONFLICT for the last way in */
export function removePasskey(deps: SigninDeps, own: OwnAccount, id: string): Promise<void> {
  return change(
    { sql: deps.sql, own },
    { act: 'passkey.remove', subject: { kind: 'passkey', id, name: '' } },
    async (tx) => {
      const name = await deletePasskey(tx, own.person, id);
      if (name === undefined) throw fail('E_NOT_FOUND', { detail: 'You have no passkey with that id.' });
      await checkWayLeft(tx, own);
    },
  );
}

/** Sets or changes the password. It counts once a one-time code is in force. @throws MusterError E_PASSWORD, E_BUSY */
export async function setPassword(deps: SigninDeps, own: OwnAccount, password: string): Promise<void> {
  const { handle, name } = await readAccount(deps.sql, own);
  const hash = await deps.passwords.make(password, [handle, name]);
  await change({ sql: deps.sql, own }, { act: 'password.set' }, (tx) => updatePassword(tx, own.person, hash));
}

/** Removes password, one-time code and recovery codes, which are one way in. @throws MusterError E_CONFLICT */
export function removePassword(deps: SigninDeps, own: OwnAccount): Promise<void> {
  return change({ sql: deps.sql, own }, { act: 'password.remove' }, async (tx) => {
    await clearSecondFactor(tx, own.person, { password: true });
    await checkWayLeft(tx, own);
  });
}

/** Makes a secret of one-time codes; the former one counts until a code of this was right. @throws MusterError E_CONFLICT without a password */
export async function beginTotp(deps: SigninDeps, own: OwnAccount) {
  const { handle, passwordHash } = await readAccount(deps.sql, own);
  if (passwordHash === null)
    throw fail('E_CONFLICT', { detail: 'One-time codes belong to a password; set that first.' });
  const made = makeTotp({ issuer: `Muster ${deps.organization}`, label: handle });
  const sealed = await deps.seal.seal(own.person, made.secret);
  const subject = { kind: 'person', id: own.person, name: own.name };
  // Nothing counts yet, so no session ends by it.
  await withMappedErrors(() =>
    inTransaction(deps.sql, async (tx) => {
      await updateNextTotp(tx, own.person, sealed);
      await writeAudit(tx, done(own.origin, { tenant: own.tenant, act: 'totp.begin', subject }));
    }),
  );
  return made;
}

/** Puts that secret in force and makes the recovery codes. A limited session is full from here on. @throws MusterError E_CODE, E_CONFLICT */
export async function confirmTotp(deps: SigninDeps, own: OwnAccount, code: string): Promise<string[]> {
  const { clock, seal, sql } = deps;
  const { person } = own;
  const { totpNextSealed: sealed } = await readAccount(sql, own);
  if (sealed === null)
    throw fail('E_CONFLICT', { detail: 'There is no new secret to confirm; make one first.' });
  const secret = await seal.open(person, sealed);
  const step = secret === null ? null : await findStep(secret, code, clock.now());
  if (step === null) throw fail('E_CODE');
  return change({ sql: deps.sql, own }, { act: 'totp.add' }, async (tx) => {
    if (!(await promoteTotp(tx, { person, sealed, step }))) throw fail('E_CONFLICT');
    await updateFull(tx, own.session, { expiresAt: new Date(clock.now() + SESSION_MS) });
    return storeRecoveryCodes(tx, own);
  });
}

/** Makes recovery codes; the former ones are void. @throws MusterError E_CONFLICT without a second factor */
export async function renewRecoveryCodes(deps: SigninDeps, own: OwnAccount): Promise<string[]> {
  const { totpSealed } = await readAccount(deps.sql, own);
  if (totpSealed === null)
    throw fail('E_CONFLICT', { detail: 'Recovery codes stand in for one-time codes; set those up first.' });
  return change({ sql: deps.sql, own }, { act: 'recovery-codes.make' }, (tx) => storeRecoveryCodes(tx, own));
}

async function storeRecoveryCodes(tx: RawSql, { tenant, person }: Owner): Promise<string[]> {
  const codes = makeRecoveryCodes();
  const hashes = codes.map((code) => hashRecoveryCode(person, code));
  await replaceRecoveryCodes(tx, { tenant, person }, hashes);
  return codes;
}

/** Unlinks an identity. @throws MusterError E_NOT_FOUND, E_CONFLICT */
export function removeIdentity(deps: SigninDeps, own: OwnAccount, id: string): Promise<void> {
  return change(
    { sql: deps.sql, own },
    { act: 'identity.unlink', subject: { kind: 'identity', id, name: '' } },
    async (tx) => {
      const issuer = await deleteIdentity(tx, own.person, id);
      if (issuer === undefined) throw fail('E_NOT_FOUND', { detail: 'You have no identity with that id.' });
      await checkWayLeft(tx, own);
    },
  );
}
