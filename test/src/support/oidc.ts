// A real provider of OpenID Connect on loopback, whose people say who they are without a form.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/** What is needed of a test. */
interface TestLike {
  teardown(work: () => Promise<void>): unknown;
}

/** How it is made. */
export interface OidcWish {
  readonly port: number;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

/** The provider of a test. */
export interface TestProvider {
  /** Who signs in from now on. */
  signsIn(account: string): void;
  stop(): Promise<void>;
}

/** Name of the one client. */
export const OIDC_CLIENT = 'muster';

/** Starts it; it ends with the test. */
export async function startProvider(t: TestLike, wish: OidcWish): Promise<TestProvider> {
  const { port, clientSecret, redirectUri } = wish;
  let account = '';
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: OIDC_CLIENT,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    cookies: { keys: ['only for this test'] },
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, name: id }),
    }),
    // Whoever signs in has agreed already.
    async loadExistingGrant({ oidc }) {
      const accountId = oidc.session?.accountId;
      if (accountId === undefined) return undefined;
      const grant = new oidc.provider.Grant({ clientId: OIDC_CLIENT, accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: account } });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  t.teardown(stop);
  return {
    signsIn(name) {
      account = name;
    },
    stop,
  };
}
