// Whom the device asks for names.
import { dnsResolversSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS } from './formats/attributes.ts';

type Row = RowOf<typeof dnsResolversSection>;

const RESOLV_CONF = '/etc/resolv.conf';
/** What systemd-resolved asks, where resolv.conf names only its local stub. */
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf';
const STUB = '127.0.0.53';
/** Entries of one type; the C library itself reads three servers and six domains. */
const MAX_ENTRIES = 32;

/** Entries of resolv.conf(5). The last `search` or `domain` line counts, as in the C library. */
export function parseResolvers(text: string, source: string): Row[] {
  const servers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver') servers.push(...values.slice(0, 1));
    else if (word === 'options') options.push(...values);
    else if (word === 'search' || word === 'domain') search = values;
  }
  const list = (type: string, entries: readonly string[]) =>
    entries.slice(0, MAX_ENTRIES).map((address, id) => ({ id, type, address, source }));
  return [...list('nameserver', servers), ...list('search', search), ...list('options', options)];
}

/** Section `dns_resolvers`. */
export const dnsResolvers: Collector<(typeof dnsResolversSection)['columns']> = {
  section: dnsResolversSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 5_000,
  async collect({ files }) {
    const text = await files.readText(RESOLV_CONF);
    if (text === null)
      return { outcome: 'no-data', reason: `${RESOLV_CONF} does not exist or cannot be read.` };
    const rows = parseResolvers(text, RESOLV_CONF);
    const behind = rows.some((row) => row.address === STUB) ? await files.readText(BEHIND_STUB) : null;
    const real = behind === null ? [] : parseResolvers(behind, BEHIND_STUB);
    const servers = real.filter((row) => row.type === 'nameserver');
    // The options are those of the programs on this device, which read resolv.conf whatever stands behind it.
    const all =
      servers.length === 0 ? rows : [...servers, ...rows.filter((row) => row.type !== 'nameserver')];
    if (all.length === 0) return { outcome: 'no-data', reason: `${RESOLV_CONF} names no server.` };
    return { outcome: 'ok', rows: all };
  },
};
