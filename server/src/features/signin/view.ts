// What a page is told about who is signed in and how one can sign in.
import { withMappedErrors } from '../../core/db/failures.ts';
import { STEP_UP_MS } from '../../timing.ts';
import type { SigninDeps } from './deps.ts';
import type { SessionView } from './schema.ts';
import { grantsOfSession } from './sessions.ts';
import { hasWayIn } from './store-accounts.ts';
import type { OpenSession } from './store-sessions.ts';

/** The ways to sign in here. */
export function listMethods({
  site,
  provider,
}: Pick<SigninDeps, 'site' | 'provider'>): SessionView['methods'] {
  const oidc = provider === null ? [] : [{ id: provider.id, name: provider.name }];
  return { passkey: site.passkeyName !== null, password: true, oidc };
}

/** Makes the reader of views. Once somebody can sign in that is remembered: anonymous requests cost no statement then. */
export function createViews(deps: SigninDeps) {
  let isSetUp = false;

  async function readSetupNeeded(): Promise<boolean> {
    isSetUp ||= await withMappedErrors(() => hasWayIn(deps.sql, deps.tenant));
    return !isSetUp;
  }

  return async function readView(row: OpenSession | null): Promise<SessionView> {
    const setupNeeded = row === null && (await readSetupNeeded());
    const around = { methods: listMethods(deps), setupNeeded };
    if (row === null)
      return {
        ...{ person: null, session: null, provenAt: null, provenForMs: 0, mustSetUp: null },
        ...{ permissions: [], grants: [], ...around },
      };
    const { id, method, person, handle, name, limited } = row;
    const grants = grantsOfSession(row);
    return {
      person: { id: person, handle, name },
      session: { id, method, expiresAt: row.expiresAt.toISOString() },
      provenAt: row.provenAt?.toISOString() ?? null,
      provenForMs: Math.max(0, (row.provenAt?.getTime() ?? 0) + STEP_UP_MS - deps.clock.now()),
      permissions: [...new Set(grants.map(({ permission }) => permission))],
      grants: grants.map(({ permission, where, kinds, contents }) => ({
        ...{ permission, where },
        kinds: kinds === null ? null : [...kinds],
        contents: contents === null ? null : [...contents],
      })),
      mustSetUp: limited ? 'second-factor' : null,
      ...around,
    };
  };
}
