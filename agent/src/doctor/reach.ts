// Whether the server can be reached: its name, its port, its TLS. Each step alone, so that the first that fails says where it breaks.
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { requireTls } from '../connection/socket.ts';
import { errorCode } from '../platform/storage.ts';
import { CHECK_TIMEOUT_MS } from '../timing.ts';
import { type Finding, failed, ok, skip } from './finding.ts';

/** Where the server is. */
export interface Target {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
}

/** The target of a server address. */
export function parseTarget(serverUrl: string): Target {
  const url = new URL(serverUrl);
  const hasTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { url: url.origin, host, hasTls, port: Number(url.port || (hasTls ? 443 : 80)) };
}

/** Ends `work` by an error of the code ETIMEDOUT when it takes too long; what goes on behind is let go. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
    timer = setTimeout(() => reject(error), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const nameFixes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'correct the name in the address of the server, or add it to your DNS (or /etc/hosts).',
  EAI_AGAIN: 'no name server answers: look at /etc/resolv.conf and the network of this device.',
};

/** DNS: the name of the server has addresses. */
export async function checkName({ host }: Target): Promise<Finding> {
  if (isIP(host) !== 0) return ok('DNS', `${host} is an address, there is no name to look up.`);
  try {
    const found = await inTime(lookup(host, { all: true }));
    return ok('DNS', `${host} is ${found.map(({ address }) => address).join(', ')}.`);
  } catch (error) {
    const code = errorCode(error);
    const fix = nameFixes[code] ?? 'look at /etc/resolv.conf, and try "getent hosts" with that name.';
    return failed('DNS', `${host} has no address (${code}).`, fix);
  }
}

const portFixes: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'start the server, or correct the port; it listens on 127.0.0.1 only unless its setting "host" says otherwise.',
  ETIMEDOUT: 'a firewall drops the packets: permit this port from this device to the server.',
  EHOSTUNREACH: 'there is no way to that address: look at the routes and the network of this device.',
  ENETUNREACH: 'this device has no network: look at its interfaces and routes.',
};

/** TCP: somebody answers at the port. */
export async function checkPort({ host, port }: Target): Promise<Finding> {
  const socket = connect({ host, port });
  try {
    await inTime(
      new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    );
    return ok('TCP', `${socket.remoteAddress} answers at port ${port}.`);
  } catch (error) {
    const code = errorCode(error);
    const fix = portFixes[code] ?? 'look at the network between this device and the server.';
    return failed('TCP', `Nobody answers at ${host}, port ${port} (${code}).`, fix);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

/** TLS: the server speaks TLS 1.3. Whose key it shows is a matter of trust, see `server.ts`. */
export async function checkTls(target: Target, proxyEndsTls: boolean): Promise<Finding> {
  if (!target.hasTls) return judgePlain(target, proxyEndsTls);
  const { host, port } = target;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, ...servername, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
  try {
    await inTime(
      new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)),
    );
    const { valid_to: until } = socket.getPeerCertificate();
    return ok('TLS', `${socket.getProtocol()}, with a certificate until ${new Date(until).toISOString()}.`);
  } catch (error) {
    const code = errorCode(error);
    const fix =
      'the port must be the one of Muster, and whatever stands before it must pass TLS 1.3 through untouched.';
    return failed('TLS', `No TLS 1.3 at ${host}, port ${port} (${code}).`, fix);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function judgePlain({ url }: Target, proxyEndsTls: boolean): Finding {
  try {
    requireTls(url, proxyEndsTls);
    return skip('TLS', `${url} has no TLS; your configuration permits a proxy that ends it.`);
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    return failed('TLS', said, 'enroll at the https address of the server.');
  }
}
