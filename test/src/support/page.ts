// A browser without a window: keeps cookies as browsers do, states the origin of its page, follows addresses, and has passkeys.
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createAuthenticator } from '@muster/server/testing';

/** An answer as a page sees it. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly body: SignInBody;
}

/** What tests of signing in look at. */
export interface SignInBody {
  readonly code?: string;
  readonly url?: string;
  readonly setupNeeded?: boolean;
  readonly provenAt?: string | null;
  readonly person?: { readonly id: string; readonly handle: string } | null;
  readonly session?: { readonly id: string; readonly method: string } | null;
  readonly methods?: { readonly oidc: readonly { readonly id: string }[] };
  readonly identities?: readonly { readonly name: string }[];
  readonly passkeys?: readonly unknown[];
  readonly items?: readonly { readonly id: string; readonly handle?: string }[];
}

/** How a page asks. */
export interface PageCall {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a challenge of the server holds. */
interface Begun {
  readonly challengeId: string;
  readonly options: Parameters<Authenticator['make']>[0] & Parameters<Authenticator['show']>[0];
}
type Authenticator = ReturnType<typeof createAuthenticator>;

interface PageOptions {
  readonly url: string;
  readonly origin: string;
  /** Where its passkeys are: that of another browser of the same person, or a new one. */
  readonly authenticator?: Authenticator;
}

/** Opens one at the console's origin; requests go to `url`, where the server of the test listens. */
export function openPage({ url, origin, authenticator = createAuthenticator(origin) }: PageOptions) {
  const jars = new Map<string, Map<string, string>>();

  function jarOf(address: URL): Map<string, string> {
    const jar = jars.get(address.host) ?? new Map<string, string>();
    jars.set(address.host, jar);
    return jar;
  }

  function keep(jar: Map<string, string>, { headers }: IncomingMessage): void {
    for (const set of headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
  }

  /** The server listens on an address only; pages know it by name. */
  function place(address: string): URL {
    const target = new URL(address, url);
    return target.origin === origin ? new URL(target.pathname + target.search, url) : target;
  }

  function send(address: string, { method = 'GET', body, headers = {} }: PageCall = {}): Promise<PageAnswer> {
    const target = place(address);
    const jar = jarOf(target);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = {
      ...(cookie === '' ? {} : { cookie }),
      ...(method === 'GET' ? {} : { origin }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const options = { method, headers: sent, rejectUnauthorized: false, agent: false };
    return new Promise((resolve, reject) => {
      const ask = target.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = ask(target, options, (response) => {
        keep(jar, response);
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json') === true;
          const parsed: SignInBody = isJson ? JSON.parse(text) : {};
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
        });
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const post = (path: string, body: object = {}) =>
    send(path, { method: 'POST', ...(Object.keys(body).length === 0 ? {} : { body }) });

  /** Follows addresses until a page of the console is reached; its path. */
  async function follow(address: string): Promise<string> {
    for (let at = address, steps = 0; steps < 12; steps++) {
      const { status, headers, text } = await send(at);
      if (status < 300 || status >= 400 || headers.location === undefined)
        throw new Error(`answered ${status}: ${at} ${text.slice(0, 300)}`);
      const next = new URL(headers.location, place(at));
      if (next.origin === origin && !next.pathname.startsWith('/api/')) return next.pathname + next.search;
      at = next.href;
    }
    throw new Error('the addresses go round in circles');
  }

  async function begin(path: string, body: object = {}): Promise<Begun> {
    const answer = await post(path, body);
    const found = answer.body as Partial<Begun> & { readonly passkey?: Begun };
    const begun = found.passkey ?? found;
    if (begun.challengeId === undefined || begun.options === undefined)
      throw new Error(`${path}: ${answer.text}`);
    return { challengeId: begun.challengeId, options: begun.options };
  }

  return {
    send,
    post,
    follow,
    authenticator,
    /** Spends a setup link by a passkey. */
    async setUp(link: string): Promise<PageAnswer> {
      const secret = new URL(link).hash.slice(1);
      const { challengeId, options } = await begin('/api/v1/setup/options', { secret });
      const passkey = { challengeId, name: 'test', response: authenticator.make(options) };
      return post('/api/v1/setup', { secret, passkey });
    },
    /** Shows a passkey, to sign in or to step up. */
    async show(path: '/api/v1/signin/passkey' | '/api/v1/session/step-up'): Promise<PageAnswer> {
      const { challengeId, options } = await begin(`${path}/options`);
      return post(`${path}/finish`, { challengeId, response: authenticator.show(options) });
    },
    /** Loses the cookies of another site. */
    forget: (address: string) => jarOf(new URL(address)).clear(),
    /** Cookies as they would be sent. */
    cookies: () => [...jarOf(new URL(url))].map(([name, value]) => `${name}=${value}`).join('; '),
  };
}
