// Signing in and showing once more to be there: by passkey, by password with a second factor.
import { done, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Principal } from '../../core/http/permission.ts';
import { fail } from '../../errors.ts';
import type { SigninDeps, Visitor } from './deps.ts';
import { finishAssertion } from './passkeys.ts';
import type { PasswordSignIn } from './schema.ts';
import type { Assertion } from './schema-passkeys.ts';
import { openSession } from './sessions.ts';
import {
  type AccountName,
  type AccountRow,
  selectAccount,
  spendRecoveryCode,
  spendTotp,
} from './store-accounts.ts';
import { type SignInMethod, updateProven } from './store-sessions.ts';
import { findStep, hashRecoveryCode } from './totp.ts';

/** What somebody enters besides his name. */
export type Entered = Pick<PasswordSignIn, 'password' | 'totp' | 'recoveryCode'>;

/** The person's account, unless nobody may sign in to it. @throws MusterError E_CREDENTIALS */
export async function readOpenAccount({ sql, tenant }: SigninDeps, person: string): Promise<AccountRow> {
  const account = await withMappedErrors(() => selectAccount(sql, tenant, { person }));
  if (account === undefined || account.disabledAt !== null) throw fail('E_CREDENTIALS');
  return account;
}

/** Opens a session for somebody who has shown who he is. */
export function openFor(
  deps: SigninDeps,
  { tenant, person, handle }: AccountRow,
  how: { readonly method: SignInMethod; readonly isProven: boolean; readonly visitor: Visitor },
): Promise<string> {
  const { method, isProven, visitor } = how;
  const session = { tenant, person, handle, method, isProven, limited: false };
  return withMappedErrors(() => inTransaction(deps.sql, (tx) => openSession(deps, tx, { session, visitor })));
}

/** Signs in by a passkey. @throws MusterError E_CHALLENGE, E_CREDENTIALS */
export async function signInByPasskey(deps: SigninDeps, shown: Assertion, visitor: Visitor): Promise<string> {
  const { person } = await finishAssertion(deps, shown, { purpose: 'sign-in', subject: '' });
  const account = await readOpenAccount(deps, person);
  return openFor(deps, account, { method: 'passkey', isProven: true, visitor });
}

/** Signs in by password and a second factor, in one request: nobody learns which of them was wrong. @throws MusterError E_CREDENTIALS, E_BUSY */
export async function signInByPassword(
  deps: SigninDeps,
  { name, ...entered }: PasswordSignIn,
  visitor: Visitor,
): Promise<string> {
  const account = await checkPassword(deps, { handle: name.trim().toLowerCase() }, { entered, visitor });
  return openFor(deps, account, { method: 'password', isProven: true, visitor });
}

/** The account whose password and code these are; the code is spent. @throws MusterError E_CREDENTIALS, E_BUSY */
async function checkPassword(
  deps: SigninDeps,
  who: AccountName,
  { entered, visitor }: { readonly entered: Entered; readonly visitor: Visitor },
): Promise<AccountRow> {
  const { sql, tenant, passwords } = deps;
  const account = await withMappedErrors(() => selectAccount(sql, tenant, who));
  const isRight = await passwords.check(entered.password, account?.passwordHash ?? null);
  if (account === undefined || !isRight || account.disabledAt !== null || account.totpSealed === null)
    throw fail('E_CREDENTIALS');
  if (!(await spendSecondFactor(deps, account, { entered, visitor }))) throw fail('E_CREDENTIALS');
  return account;
}

/** Takes the one-time or the recovery code; false when it is none. */
async function spendSecondFactor(
  deps: SigninDeps,
  account: AccountRow,
  { entered, visitor }: { readonly entered: Entered; readonly visitor: Visitor },
): Promise<boolean> {
  const { sql, seal, clock } = deps;
  const { person, totpSealed } = account;
  const { totp, recoveryCode } = entered;
  if (totp !== undefined && totpSealed !== null) {
    const secret = await seal.open(person, totpSealed);
    const step = secret === null ? null : await findStep(secret, totp, clock.now());
    return step !== null && withMappedErrors(() => inTransaction(sql, (tx) => spendTotp(tx, person, step)));
  }
  if (recoveryCode === undefined) return false;
  return withMappedErrors(() =>
    inTransaction(sql, (tx) => spendCode(tx, account, { code: recoveryCode, visitor })),
  );
}

async function spendCode(
  tx: RawSql,
  { tenant, person, handle, name }: AccountRow,
  { code, visitor }: { readonly code: string; readonly visitor: Visitor },
): Promise<boolean> {
  if (!(await spendRecoveryCode(tx, person, hashRecoveryCode(person, code)))) return false;
  const actor = { kind: 'person' as const, id: person, name: handle, address: visitor.address };
  const subject = { kind: 'person', id: person, name };
  await writeAudit(tx, done({ ...visitor.origin, actor }, { tenant, act: 'recovery-code.use', subject }));
  return true;
}

/** The person of a session. */
type InSession = Pick<Principal, 'tokenId'> & { readonly tenant: number; readonly person: string };

/** Shows by a passkey that the person of a session is there. @throws MusterError E_CHALLENGE, E_CREDENTIALS */
export async function proveByPasskey(
  deps: SigninDeps,
  session: InSession,
  { shown, visitor }: { readonly shown: Assertion; readonly visitor: Visitor },
): Promise<void> {
  const passkey = await finishAssertion(deps, shown, { purpose: 'step-up', subject: session.person });
  if (passkey.person !== session.person) throw fail('E_CREDENTIALS');
  await prove(deps, session, visitor);
}

/** The same by password and second factor. @throws MusterError E_CREDENTIALS, E_BUSY */
export async function proveByPassword(
  deps: SigninDeps,
  session: InSession,
  { entered, visitor }: { readonly entered: Entered; readonly visitor: Visitor },
): Promise<void> {
  await checkPassword(deps, { person: session.person }, { entered, visitor });
  await prove(deps, session, visitor);
}

/** Notes that the person of a session is there now. */
export async function prove(
  { sql, clock }: SigninDeps,
  { tokenId: id, tenant }: InSession,
  visitor: Visitor,
): Promise<void> {
  const event = { tenant, act: 'session.prove', subject: { kind: 'session', id, name: '' } } as const;
  await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      await updateProven(tx, id, new Date(clock.now()));
      await writeAudit(tx, done(visitor.origin, event));
    }),
  );
}
