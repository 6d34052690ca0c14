// Setup links: the only way to a first credential. Made on the host or by an admin, hashed, short-lived, good once.
import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import { type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Principal } from '../../core/http/permission.ts';
import type { Site } from '../../core/http/site.ts';
import { fail } from '../../errors.ts';
import { mayStillReach } from '../access/index.ts';
import type { Owner, SigninDeps } from './deps.ts';
import { SETUP_LINK_MS } from './limits.ts';
import { type LinkRow, selectAccount, selectLink, upsertLink } from './store-accounts.ts';

/** What a link is made with. */
export interface LinkRequest {
  readonly site: Pick<Site, 'url'>;
  /** How long it is good, ms. */
  readonly lifeMs: number;
  /** Who makes it; null: somebody on the host. */
  readonly maker: Pick<Principal, 'name' | 'person' | 'grants'> | null;
  readonly origin: AuditOrigin;
}

/** A made link. */
export interface MadeLink {
  readonly url: string;
  readonly expiresAt: string;
}

/** What is stored of a link's secret, which has 256 random bits. */
export function hashLink(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Makes a link for a person; the former one is good for nothing from now on. @throws MusterError E_NOT_FOUND, E_CONFLICT */
export async function makeLink(
  { sql, clock }: Pick<SigninDeps, 'sql' | 'clock'>,
  { tenant, person }: Owner,
  { site, lifeMs, maker, origin }: LinkRequest,
): Promise<MadeLink> {
  const account = await withMappedErrors(() => selectAccount(sql, tenant, { person }));
  if (account === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no person with that id.' });
  if (account.disabledAt !== null)
    throw fail('E_CONFLICT', { detail: 'The account of this person is disabled; enable it first.' });
  const secret = encodeBase64url(randomBytes(32));
  const expiresAt = new Date(clock.now() + lifeMs);
  const subject = { kind: 'person', id: person, name: account.name };
  await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      await upsertLink(tx, {
        ...{ tenant, person, expiresAt, secretHash: hashLink(secret) },
        ...{
          createdBy: maker?.name ?? null,
          maker: maker?.person ?? null,
          makerGrants: maker?.grants ?? null,
        },
      });
      await writeAudit(tx, done(origin, { tenant, act: 'setup.link', subject }));
    }),
  );
  // Behind #: browsers send that to nobody, so it stands in no log.
  return { url: `${site.url}/setup#${secret}`, expiresAt: expiresAt.toISOString() };
}

/** The same for whoever has a shell on the host. */
export function makeHostLink(
  deps: Pick<SigninDeps, 'sql' | 'clock'>,
  owner: Owner,
  request: Pick<LinkRequest, 'site' | 'origin'>,
): Promise<MadeLink> {
  return makeLink(deps, owner, { ...request, lifeMs: SETUP_LINK_MS, maker: null });
}

/** The link of a secret. @throws MusterError E_SETUP */
export async function readLink({ sql, clock }: SigninDeps, secret: string): Promise<LinkRow> {
  const link = await withMappedErrors(() => selectLink(sql, hashLink(secret), new Date(clock.now())));
  if (link === undefined) throw fail('E_SETUP');
  return link;
}

/**
 * A link is a way to become the person, for as long as it is open: whoever made it must have been strong enough for what the person may
 * do by now, and be so still. @throws MusterError E_SETUP
 */
export async function checkMaker(sql: RawSql, { makerGrants, ...link }: LinkRow): Promise<void> {
  if (makerGrants === null || (await mayStillReach(sql, { ...link, grants: makerGrants }))) return;
  throw fail('E_SETUP', {
    detail: 'The person may do more by now than whoever made this link; ask for a new one.',
  });
}
