// Where a webhook may go: to the internet by https, nearer only where the host allows it, and never to addresses that only the machine itself should ask.
import { BlockList, isIP } from 'node:net';
import { fail } from '../../errors.ts';

/** How far webhooks go: to the internet; also to networks of one's own; also to this machine, there also by http. */
export type WebhookReach = 'public' | 'private' | 'local';

const reaches: readonly WebhookReach[] = ['public', 'private', 'local'];

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Networks of one's own, of providers between them and the internet, and for trials (RFC 1918, 6598, 2544, 6890, 4193). */
const inner = new BlockList();
inner.addSubnet('10.0.0.0', 8);
inner.addSubnet('172.16.0.0', 12);
inner.addSubnet('192.168.0.0', 16);
inner.addSubnet('100.64.0.0', 10);
inner.addSubnet('198.18.0.0', 15);
inner.addSubnet('192.0.0.0', 24);
inner.addSubnet('fc00::', 7, 'ipv6');

/** Link-local addresses, where clouds answer with the credentials of the machine; no host; many hosts; and names of such services. */
const refused = new BlockList();
refused.addSubnet('0.0.0.0', 8);
refused.addSubnet('169.254.0.0', 16);
refused.addSubnet('224.0.0.0', 3);
// Services of clouds about the machine that are not link-local: Alibaba, Amazon over IPv6, Oracle.
refused.addAddress('100.100.100.200');
refused.addAddress('192.0.0.192');
refused.addAddress('fd00:ec2::254', 'ipv6');
// IPv4 in IPv6 by 6to4 and Teredo: what lies behind cannot be judged.
refused.addSubnet('2002::', 16, 'ipv6');
refused.addSubnet('2001::', 32, 'ipv6');

/**
 * What else of IPv6 is judged at all: global addresses, and IPv4 that is written as IPv6, which the lists know as IPv4. The others are
 * link-local, of many hosts, or lead on to IPv4 (64:ff9b::/96, 64:ff9b:1::/48).
 */
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
global.addSubnet('::ffff:0:0', 96, 'ipv6');

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** How far away an address is; null: nobody goes there. */
function placeOf(address: string): WebhookReach | null {
  if (isIP(address) === 0 || isIn(refused, address)) return null;
  if (isIn(loopback, address)) return 'local';
  if (isIn(inner, address)) return 'private';
  return isIP(address) === 4 || isIn(global, address) ? 'public' : null;
}

/** True where a webhook may connect to; http only to this machine. */
export function mayConnect(
  address: string,
  { isHttps, reach }: { readonly isHttps: boolean; readonly reach: WebhookReach },
): boolean {
  const place = placeOf(address);
  if (place === null || reaches.indexOf(place) > reaches.indexOf(reach)) return false;
  return isHttps || place === 'local';
}

/** The URL of a webhook as it may be stored. @throws MusterError E_NOTIFY_URL saying what is wrong */
export function parseWebhookUrl(text: string, reach: WebhookReach): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw fail('E_NOTIFY_URL', { detail: 'This is no URL.' });
  if (url.username !== '' || url.password !== '')
    throw fail('E_NOTIFY_URL', { detail: 'A URL with a user or a password is not taken.' });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A name is looked up when something is sent; this one is of this machine everywhere.
  const address = /(^|\.)localhost\.?$/.test(host) ? '127.0.0.1' : host;
  const isHttps = url.protocol === 'https:';
  const isLocal = placeOf(address) === 'local';
  if (!isHttps && !(url.protocol === 'http:' && isLocal))
    throw fail('E_NOTIFY_URL', { detail: 'A webhook needs https; http only goes to this machine itself.' });
  if (isIP(address) !== 0 && !mayConnect(address, { isHttps, reach }))
    throw fail('E_NOTIFY_URL', { detail: refusalOf(`The address ${host}`, address) });
  return url;
}

/** Why an address is refused; `what` leads there. */
export function refusalOf(what: string, address: string): string {
  const place = placeOf(address);
  if (place === null) return `${what} is not one that a webhook may go to.`;
  return `${what} is one that webhooks go to only where the server's setting webhookReach is ${place}.`;
}

/** The URL without what may be secret in it. */
export function showUrl(text: string): string {
  const { origin, pathname, search } = new URL(text);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}
