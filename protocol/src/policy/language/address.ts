// Addresses and subnets of IPv4 and IPv6, as within("10.0.0.0/8") and the fact `addresses` read and write them.
import { MAX_ADDRESSES } from './limits.ts';

/** An address as groups of 16 bits: two are IPv4, eight are IPv6. */
export type Address = readonly number[];

/** A subnet: an address whose bits behind the first `length` are zero. */
export interface Subnet {
  readonly network: Address;
  readonly length: number;
}

/** Longest text that can be an address, characters: IPv6 that ends in IPv4. A zone (`%eth0`) comes on top. */
const MAX_ADDRESS_CHARS = 45;

/** The address, or null. A zone is left out, and IPv4 within IPv6 (`::ffff:10.0.0.5`, RFC 4291 2.5.5.2) is that IPv4 address. */
export function parseAddress(text: string): Address | null {
  const [plain = ''] = text.split('%', 1); // fe80::1%eth0
  const groups = parseGroups(plain);
  if (groups === null || groups.length === 2) return groups;
  // 80 bits of zero, 16 of one, then the address
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? groups.slice(6) : groups;
}

/** As written, in whichever of the two forms. */
function parseGroups(text: string): Address | null {
  if (text.length > MAX_ADDRESS_CHARS) return null; // before anything is split
  return text.includes(':') ? parseSix(text) : parseFour(text);
}

/** Four numbers; a zero in front of one may mean octal elsewhere, so there is none. */
function parseFour(text: string): Address | null {
  const bytes = text.split('.'); // 10.0.0.5
  if (bytes.length !== 4 || !bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte))) return null;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  // Two groups, so that both forms are compared alike
  return Math.max(a, b, c, d) > 255 ? null : [a * 256 + b, c * 256 + d];
}

/** The forms of RFC 4291 2.2: eight groups, `::` for one or more that are zero, IPv4 in the place of the last two. */
function parseSix(text: string): Address | null {
  const last = text.lastIndexOf(':') + 1; // where IPv4 may stand: 64:ff9b::192.0.2.1
  const four = text.includes('.') ? parseFour(text.slice(last)) : [];
  if (four === null) return null;
  // From here on there are groups in hexadecimal only
  const hex = four.map((group) => group.toString(16)).join(':');
  const [head = '', tail, ...more] = (hex === '' ? text : text.slice(0, last) + hex).split('::');
  if (more.length > 0) return null; // 1::2::3 could mean several addresses
  const before = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - before.length - behind.length; // what :: stands for
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...behind];
  // Also the empty ones of a colon too many
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.map((group) => Number.parseInt(group, 16));
}

/** The short form: of IPv6 that of RFC 5952, lower case with the longest run of zeros left out. */
export function formatAddress(address: Address): string {
  if (address.length === 2) return address.flatMap((group) => [group >> 8, group & 255]).join('.');
  const text = address.map((group) => group.toString(16)).join(':'); // without zeros in front
  // The first of the longest; a single zero is written.
  const longest = [...text.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)]
    .map(([run]) => run)
    .reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text; // 1:2:3:4:5:6:7:8
  const [head = '', ...rest] = splitOnce(text, longest);
  return `${head.replace(/:$/, '')}::${rest.join('').replace(/^:/, '')}`;
}

/** What stands before and behind the first place where whole groups are that run. */
function splitOnce(text: string, run: string): string[] {
  const at = `:${text}:`.indexOf(`:${run}:`); // whole groups: 10:0 holds no 0:0
  return [text.slice(0, at), text.slice(at + run.length)];
}

/** The first bits of an address, the others zero. */
export function maskAddress(address: Address, length: number): Address {
  return address.map((group, at) => group & (0xffff << Math.min(16, Math.max(0, 16 * (at + 1) - length))));
}

/**
 * A subnet as written, `10.0.0.0/8`: the bits behind its length may be anything; null for whatever is none.
 * IPv4 within IPv6 is none: its length would count from elsewhere.
 */
export function parseSubnet(text: string): { readonly address: Address; readonly length: number } | null {
  const [, written = '', digits = ''] = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseGroups(written);
  const length = Number(digits); // bits
  if (address === null || length > address.length * 16) return null;
  return parseAddress(written)?.length === address.length ? { address, length } : null;
}

/** Whether the address lies in the subnet; one of the other family never does. */
export function isWithin(address: Address, { network, length }: Subnet): boolean {
  if (address.length !== network.length) return false; // the other family
  for (let at = 0, left = length; left > 0; at++, left -= 16) {
    // The last group that counts may do so in part
    const mask = left >= 16 ? 0xffff : 0xffff << (16 - left);
    if (((address[at] ?? 0) ^ (network[at] ?? 0)) & mask & 0xffff) return false;
  }
  return true;
}

/** Every device has these: they say nothing about it. 127.0.0.0/8 and ::1. */
function isLoopback(address: Address): boolean {
  if (address.length === 2) return (address[0] ?? 0) >> 8 === 127;
  return address.every((group, at) => group === (at === 7 ? 1 : 0)); // ::1
}

/**
 * The fact `addresses`: each address once in its short form, one blank between, IPv4 first; the first {@link MAX_ADDRESSES}.
 * Loopback and what is no address are left out; null where nothing is left.
 */
export function joinAddresses(texts: readonly string[]): string | null {
  const found = texts
    .flatMap((text) => {
      const address = parseAddress(text);
      return address === null || isLoopback(address) ? [] : [address];
    })
    .toSorted((a, b) => a.length - b.length || compareGroups(a, b)) // IPv4 is shorter
    .map(formatAddress);
  // One address may stand on several interfaces
  const joined = [...new Set(found)].slice(0, MAX_ADDRESSES).join(' ');
  return joined === '' ? null : joined;
}

/** By number, so that every machine cuts a long list in the same place. */
function compareGroups(a: Address, b: Address): number {
  const at = a.findIndex((group, place) => group !== b[place]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
