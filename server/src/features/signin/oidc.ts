// OpenID Connect by openid-client: authorization code with PKCE, state and nonce, from one configured issuer.
import { readFile } from 'node:fs/promises';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { fail } from '../../errors.ts';
import { PROVIDER_MAX_AGE_S, PROVIDER_TIMEOUT_S } from './limits.ts';
import type { Provider, ProviderIdentity } from './provider.ts';

/** Settings of the provider. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** File with the secret of this client. */
  readonly clientSecretFile: string;
  /** For the button. */
  readonly name: string;
  /** Address of the console, to which the provider sends people back. */
  readonly siteUrl: string;
}

/** Stands in addresses; there is one provider. */
const ID = 'main';

/** Makes it; the issuer is asked for its addresses when somebody first signs in there. */
export function createOidc({ issuer, clientId, clientSecretFile, name, siteUrl }: OidcSettings): Provider {
  const redirectUri = `${siteUrl}/api/v1/signin/oidc/${ID}/callback`;
  let discovering: Promise<Configuration> | undefined;

  async function discover(): Promise<Configuration> {
    const secret = (await readFile(clientSecretFile, 'utf8')).trim();
    // Plain HTTP only on this machine itself: config.ts lets nothing else pass.
    const execute = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
    return discovery(new URL(issuer), clientId, secret, undefined, { execute, timeout: PROVIDER_TIMEOUT_S });
  }

  async function readConfiguration(): Promise<Configuration> {
    discovering ??= discover();
    try {
      return await discovering;
    } catch (error) {
      // It was away; the next one asks again.
      discovering = undefined;
      throw error;
    }
  }

  return {
    id: ID,
    name,
    begin: (isFresh) =>
      mapped(async () => {
        const configuration = await readConfiguration();
        const flow = { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce() };
        const url = buildAuthorizationUrl(configuration, {
          ...{ redirect_uri: redirectUri, scope: 'openid profile email', response_type: 'code' },
          ...{ state: flow.state, nonce: flow.nonce, code_challenge_method: 'S256' },
          code_challenge: await calculatePKCECodeChallenge(flow.verifier),
          ...(isFresh ? { max_age: '0', prompt: 'login' } : {}),
        });
        return { url: url.href, flow };
      }),
    finish: (query, flow, isFresh) =>
      mapped(async () => {
        const tokens = await authorizationCodeGrant(
          await readConfiguration(),
          new URL(`${redirectUri}?${query}`),
          {
            ...{ pkceCodeVerifier: flow.verifier, expectedState: flow.state, expectedNonce: flow.nonce },
            idTokenExpected: true,
            ...(isFresh ? { maxAge: PROVIDER_MAX_AGE_S } : {}),
          },
        );
        return toIdentity(tokens.claims());
      }),
  };
}

type Claims = ReturnType<Awaited<ReturnType<typeof authorizationCodeGrant>>['claims']>;

/** The text of the first claim that is one, short. */
function firstText(...claims: unknown[]): string {
  const found = claims.find((claim) => typeof claim === 'string' && claim !== '');
  return String(found ?? '').slice(0, 128);
}

function toIdentity(claims: Claims): ProviderIdentity {
  if (claims === undefined) throw fail('E_PROVIDER');
  const { iss, sub, auth_time: authTime } = claims;
  return {
    issuer: iss,
    subject: sub,
    name: firstText(claims.email, claims.preferred_username, claims.name, sub),
    authenticatedMs: typeof authTime === 'number' ? authTime * 1_000 : null,
  };
}

/** Whatever goes wrong between here and the provider is one code; the log has the cause. */
async function mapped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw fail('E_PROVIDER', { cause });
  }
}
