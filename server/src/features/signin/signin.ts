// Puts signing in together.
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { Site } from '../../core/http/site.ts';
import { createSeal } from '../../core/seal.ts';
import { createChallenges } from './challenges.ts';
import type { SigninDeps } from './deps.ts';
import { createOidc, type OidcSettings } from './oidc.ts';
import { createPasswords } from './passwords.ts';
import type { Provider } from './provider.ts';
import { registerSigninRoutes } from './routes.ts';
import { deleteLinkOf } from './store-accounts.ts';
import { deleteSessions } from './store-sessions.ts';
import { createTries } from './tries.ts';

/** Settings of a provider, as the server's configuration has them. */
export interface ProviderSettings {
  readonly oidcIssuer?: string;
  readonly oidcClientId?: string;
  readonly oidcClientSecretFile?: string;
  readonly oidcName?: string;
}

/** The provider of the settings; null: none. */
export function openProvider(
  {
    oidcIssuer: issuer,
    oidcClientId: clientId,
    oidcClientSecretFile: clientSecretFile,
    oidcName,
  }: ProviderSettings,
  { url: siteUrl }: Site,
): Provider | null {
  if (issuer === undefined || clientId === undefined || clientSecretFile === undefined) return null;
  const settings: OidcSettings = {
    issuer,
    clientId,
    clientSecretFile,
    siteUrl,
    name: oidcName ?? new URL(issuer).hostname,
  };
  return createOidc(settings);
}

/** Ends all sessions and the setup link of a person who is disabled. */
export async function endSignIn(tx: RawSql, person: string): Promise<void> {
  await deleteSessions(tx, person, null);
  await deleteLinkOf(tx, person);
}

/** What it is handed. */
export interface SigninParts {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly tenant: number;
  /** Name of the organization. */
  readonly organization: string;
  readonly site: Site;
  /** Folder of the server's keys. */
  readonly keyFolder: string;
  /** A provider of OpenID Connect; null: none. */
  readonly provider: Provider | null;
}

/** Makes it; nothing happens before somebody asks. */
export function createSignin({ keyFolder, ...parts }: SigninParts): { serve(app: HttpApp): void } {
  const { clock } = parts;
  const deps: SigninDeps = {
    ...parts,
    challenges: createChallenges(clock),
    passwords: createPasswords(),
    tries: createTries(clock),
    seal: createSeal(keyFolder),
  };
  return { serve: (app) => registerSigninRoutes(app, deps) };
}
