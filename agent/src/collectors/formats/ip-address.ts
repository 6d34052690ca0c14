// Addresses as the kernel writes them in /proc/net, and what kind of address one is.
import { parseHex } from './attributes.ts';

/** The short form of RFC 5952 of 32 hexadecimal digits; null for anything else. */
export function parseIpv6Hex(hex: string | undefined): string | null {
  if (hex === undefined || !/^[0-9a-f]{32}$/i.test(hex)) return null;
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const text = groups.join(':');
  // The longest run of two or more zero groups, the first of equal ones, becomes `::`.
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = runs.find(([run]) => run === longest)?.index ?? 0;
  return `${text.slice(0, at)}::${text.slice(at + longest.length)}`.replace(/:{3,}/, '::');
}

/** Bits of an IPv6 prefix in hexadecimal; null for anything else. */
export function parsePrefixHex(hex: string | undefined): number | null {
  const bits = parseHex(hex);
  return bits !== null && bits <= 128 ? bits : null;
}

/** Eight hexadecimal digits in the order of a little-endian machine, as in /proc/net/route; null for anything else. */
export function parseIpv4Hex(hex: string | undefined): string | null {
  if (hex === undefined || !/^[0-9a-f]{8}$/i.test(hex)) return null;
  const bytes = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return bytes.reverse().join('.');
}

/** Bits of a dotted netmask; null when it is none. */
export function prefixOfMask(mask: string): number | null {
  const parts = mask.split('.').map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
    return null;
  const bits = parts.map((part) => part.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}

/** The IPv6 netmask with that many bits, in short form. */
export function maskOfPrefix(bits: number): string | null {
  const binary = '1'.repeat(Math.max(0, Math.min(128, bits))).padEnd(128, '0');
  const hex = (binary.match(/.{4}/g) ?? []).map((digit) => Number.parseInt(digit, 2).toString(16)).join('');
  return parseIpv6Hex(hex);
}

/** host (loopback), link (one wire), private (RFC 1918, 6598, 4193) or global. */
export function scopeOf(address: string): 'host' | 'link' | 'private' | 'global' {
  const text = address.toLowerCase();
  if (text === '::1' || text.startsWith('127.')) return 'host';
  if (/^fe[89ab]/.test(text) || text.startsWith('169.254.')) return 'link';
  if (/^f[cd]/.test(text) || /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(text)) return 'private';
  return /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(text) ? 'private' : 'global';
}
