// Who is signed in: the sessions of systemd-logind, or the utmp file where there is no systemd.
import { loggedInUsersSection, type RowOf } from '@muster/protocol';
import type { Files } from '../platform/files.ts';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseInteger, parsePairs } from './formats/attributes.ts';

const SESSIONS = '/run/systemd/sessions';
const UTMP = ['/run/utmp', '/var/run/utmp'];
/** Sessions listed. */
const MAX_ROWS = 1_000;
/** Largest utmp file that is read, bytes. */
const MAX_UTMP_BYTES = 1024 * 1024;
/** Type of a utmp record that stands for a person's session. */
const USER_PROCESS = 7;
/** Record sizes: with 32-bit times (x86, and most others), and with 64-bit ones (64-bit ARM and RISC-V). */
const RECORD_BYTES = { short: 384, long: 400 };

type Row = RowOf<typeof loggedInUsersSection>;

/** Row of a session file of systemd-logind; null for greeters, background sessions and those that are closing. */
function parseSession(text: string): Row | null {
  const pairs = parsePairs(text, '=');
  const user = pairs.get('USER');
  if (user === undefined || pairs.get('CLASS') !== 'user' || pairs.get('STATE') === 'closing') return null;
  const startedUs = parseInteger(pairs.get('REALTIME'));
  const type = pairs.get('TYPE') ?? '';
  return {
    type: type === '' || type === 'unspecified' ? 'user' : type,
    user,
    tty: pairs.get('TTY') || null,
    host: pairs.get('REMOTE_HOST') || null,
    time: startedUs === null ? null : new Date(startedUs / 1000).toISOString(),
    pid: parseInteger(pairs.get('LEADER')),
  };
}

/** True when the file divides into short records, each beginning with a known type (0 to 9) and two zero bytes. */
function hasShortRecords(file: Buffer): boolean {
  if (file.length % RECORD_BYTES.short !== 0) return false;
  for (let at = 0; at < file.length; at += RECORD_BYTES.short) {
    if (file.readUInt32LE(at) > 9) return false;
  }
  return true;
}

/** Rows of a utmp file (utmp(5)), whichever of the two record sizes it has. */
export function parseUtmp(bytes: Uint8Array): Row[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const isShort = hasShortRecords(file);
  const recordBytes = isShort ? RECORD_BYTES.short : RECORD_BYTES.long;
  const rows: Row[] = [];
  for (let at = 0; at + recordBytes <= file.length; at += recordBytes) {
    if (file.readInt16LE(at) !== USER_PROCESS) continue;
    const text = (from: number, length: number) =>
      file.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const seconds = isShort ? file.readInt32LE(at + 340) : Number(file.readBigInt64LE(at + 344));
    rows.push({
      type: 'user',
      user: text(44, 32),
      tty: text(8, 32) || null,
      host: text(76, 256) || null,
      time: seconds > 0 && seconds < 2 ** 40 ? new Date(seconds * 1000).toISOString() : null,
      pid: file.readInt32LE(at + 4),
    });
  }
  return rows;
}

async function readSessions(files: Files): Promise<Row[]> {
  const rows: Row[] = [];
  // Beside each session lies a pipe named `<id>.ref`.
  for (const name of (await files.list(SESSIONS)).filter((id) => !id.includes('.')).slice(0, MAX_ROWS)) {
    const text = await files.readText(`${SESSIONS}/${name}`, 8192);
    const row = text === null ? null : parseSession(text);
    if (row !== null) rows.push(row);
  }
  return rows;
}

export const loggedInUsers: Collector<(typeof loggedInUsersSection)['columns']> = {
  section: loggedInUsersSection,
  everyMs: MINUTE_MS,
  timeoutMs: MINUTE_MS,
  async collect({ files }) {
    if ((await files.stat(SESSIONS)) !== null) return { outcome: 'ok', rows: await readSessions(files) };
    for (const path of UTMP) {
      const bytes = await files.readRange(path, 0, MAX_UTMP_BYTES);
      if (bytes !== null) return { outcome: 'ok', rows: parseUtmp(bytes).slice(0, MAX_ROWS) };
    }
    return {
      outcome: 'no-data',
      reason: 'This system keeps no list of sessions (no systemd-logind, no utmp).',
    };
  },
};
