// Persons by what a provider says of them: signs in, links, proves. Only an identity that was linked here says who somebody is.
import { done, writeAudit } from '../../core/audit/audit.ts';
import { isConflict, withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import type { OwnAccount } from './account.ts';
import type { SigninDeps, Visitor } from './deps.ts';
import type { FlowPurpose } from './flows.ts';
import { MAX_IDENTITIES, PROVIDER_MAX_AGE_S } from './limits.ts';
import { hashLink, readLink } from './links.ts';
import type { ProviderIdentity } from './provider.ts';
import { spend } from './setup.ts';
import { openFor, prove, readOpenAccount } from './sign-in.ts';
import { type IdentityRow, insertIdentity, selectIdentities, selectIdentity } from './store-passkeys.ts';
import { deleteSessions, selectOpenSession } from './store-sessions.ts';

/**
 * Does what the person went to the provider for; the text of a session that was opened, or null.
 * @throws MusterError E_IDENTITY, E_CREDENTIALS, E_SETUP, E_SIGNED_OUT, E_CONFLICT
 */
export async function finishFlow(
  deps: SigninDeps,
  purpose: FlowPurpose,
  { who, visitor }: { readonly who: ProviderIdentity; readonly visitor: Visitor },
): Promise<string | null> {
  if (purpose.kind === 'sign-in') {
    const { person } = await findIdentity(deps, who);
    const account = await readOpenAccount(deps, person);
    // The provider may have taken an old sign-in for a new one: this proves who it is, not that he is there.
    return openFor(deps, account, { method: 'oidc', isProven: false, visitor });
  }
  if (purpose.kind === 'setup') {
    const { secret, name } = purpose;
    const { person } = await readLink(deps, secret);
    const credential = { kind: 'identity', identity: toRow(deps, person, who) } as const;
    return spend(deps, { secretHash: hashLink(secret), credential, name }, visitor);
  }
  if (purpose.kind === 'link') await link(deps, purpose.own, who);
  else await proveBy(deps, purpose.own, { who, visitor });
  return null;
}

function toRow(
  { tenant }: SigninDeps,
  person: string,
  { issuer, subject, name }: ProviderIdentity,
): Omit<IdentityRow, 'createdAt'> {
  return { ...{ tenant, person, issuer, subject, name }, id: newId('idn') };
}

async function findIdentity({ sql, tenant }: SigninDeps, who: ProviderIdentity): Promise<IdentityRow> {
  const { issuer, subject } = who;
  const found = await withMappedErrors(() => selectIdentity(sql, { tenant, issuer, subject }));
  if (found === undefined) throw fail('E_IDENTITY');
  return found;
}

/** Links who came back to the person who went. */
async function link(deps: SigninDeps, own: OwnAccount, who: ProviderIdentity): Promise<void> {
  const row = toRow(deps, own.person, who);
  const subject = { kind: 'identity', id: row.id, name: row.name };
  try {
    await withMappedErrors(() =>
      inTransaction(deps.sql, async (tx) => {
        if ((await selectOpenSession(tx, own.session)) === undefined) throw fail('E_SIGNED_OUT');
        if ((await selectIdentities(tx, own.person)).length >= MAX_IDENTITIES)
          throw fail('E_CONFLICT', {
            detail: `A person has at most ${MAX_IDENTITIES} accounts of providers.`,
          });
        await insertIdentity(tx, row);
        await deleteSessions(tx, own.person, own.session);
        await writeAudit(tx, done(own.origin, { tenant: own.tenant, act: 'identity.link', subject }));
      }),
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw fail('E_CONFLICT', { cause: error, detail: 'This account of the provider is linked already.' });
  }
}

/** The person of a session has just signed in at the provider. */
async function proveBy(
  deps: SigninDeps,
  own: OwnAccount,
  { who, visitor }: { readonly who: ProviderIdentity; readonly visitor: Visitor },
): Promise<void> {
  const { person } = await findIdentity(deps, who);
  const isRecent =
    who.authenticatedMs !== null && deps.clock.now() - who.authenticatedMs <= PROVIDER_MAX_AGE_S * 1_000;
  const session = await withMappedErrors(() => selectOpenSession(deps.sql, own.session));
  if (person !== own.person || !isRecent || session === undefined) throw fail('E_CREDENTIALS');
  await prove(deps, { tokenId: own.session, tenant: own.tenant, person }, { ...visitor, origin: own.origin });
}
