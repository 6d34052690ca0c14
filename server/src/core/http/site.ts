// The site as browsers know it: its origins, the name passkeys are bound to, and that no other site acts in a person's name.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { fail } from '../../errors.ts';

/** Cookie of a session. The prefix makes browsers take it only from here, over TLS, for every path. */
export const SESSION_COOKIE = '__Host-muster';

/** Addresses of the console. */
export interface Site {
  /** For people: a name where there is one. */
  readonly url: string;
  /** Every origin that pages of this server have. */
  readonly origins: readonly string[];
  /** What passkeys are bound to (WebAuthn: RP ID, a domain name); null at a bare address. */
  readonly passkeyName: string | null;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The origin of the listener for people at this machine (local-listener.ts), under the name that browsers have passkeys at. */
export function localOrigin(consolePort: number): string {
  return new URL(`http://localhost:${consolePort}`).origin;
}

/**
 * The site of a public URL. A loopback address is `localhost` as well, which browsers take for a name; with a `consolePort` people are
 * shown the listener there.
 */
export function describeSite(publicUrl: string, consolePort?: number): Site {
  const { origin, hostname, protocol, port } = new URL(publicUrl);
  const isAddress = /^[0-9.]+$/.test(hostname) || hostname.startsWith('[');
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.[0-9.]+$/.test(hostname);
  const named = isLoopback ? `${protocol}//localhost${port === '' ? '' : `:${port}`}` : origin;
  const passkeyName = isLoopback ? 'localhost' : isAddress ? null : hostname;
  const local = consolePort === undefined ? [] : [localOrigin(consolePort)];
  return { url: local[0] ?? named, origins: [...new Set([origin, named, ...local])], passkeyName };
}

/** The pages at which browsers have passkeys of this site, as a trust document lists them. */
export function passkeyPages({ origins, passkeyName }: Site): { rpIds: string[]; origins: string[] } {
  const named = origins.filter((origin) => new URL(origin).hostname === passkeyName);
  return { rpIds: passkeyName === null ? [] : [passkeyName], origins: named };
}

/** True for a request that no foreign page made: browsers state the origin of a page, and pages cannot change it. */
function isOwnOrigin(site: Site, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.origin === undefined || site.origins.includes(headers.origin);
}

/**
 * Refuses requests that change something and come from a page of another site, whoever they are from; with a session the origin must be
 * stated. Only JSON is read: a form of another site can send text, but nothing that asks the browser first.
 */
export function refuseForeign(app: FastifyInstance, site: Site): void {
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async ({ method, raw, headers }) => {
    if (safeMethods.has(method)) return;
    const hasSession = headers.cookie?.includes(`${SESSION_COOKIE}=`) === true;
    const isStated = headers.origin !== undefined || headers.authorization !== undefined;
    if (!isOwnOrigin(site, raw) || (hasSession && !isStated)) throw fail('E_ORIGIN');
  });
}
