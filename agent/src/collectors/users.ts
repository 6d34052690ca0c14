// The local accounts.
import { type RowOf, usersSection } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseInteger, readStamp } from './formats/attributes.ts';

type Row = RowOf<typeof usersSection>;

const PASSWD = '/etc/passwd';
/** Programs that end a session as soon as it begins. `sync` does its work and ends. */
const NO_SHELL = new Set(['nologin', 'false', 'true', 'sync', 'shutdown', 'halt']);

/** One row a line of passwd(5); lines of directory services (`+`) and broken ones are left out. The password field is never kept. */
export function parseUsers(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [username, , uidText, gidText, comment, directory, shell] = line.split(':');
    const uid = parseInteger(uidText);
    const gid = parseInteger(gidText);
    if (!username || uid === null || gid === null || /^[+#-]/.test(username)) return [];
    // passwd(5): an empty shell field means /bin/sh.
    const program = shell?.trim() || '/bin/sh';
    return [
      {
        uid,
        gid,
        username,
        description: comment?.replace(/,+$/, '') || null,
        directory: directory || null,
        shell: program,
        interactive: !NO_SHELL.has(program.slice(program.lastIndexOf('/') + 1)),
      },
    ];
  });
}

/** Section `users`. */
export const users: Collector<(typeof usersSection)['columns']> = {
  section: usersSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 5_000,
  stamp: ({ files }) => readStamp(files, [PASSWD]),
  async collect({ files }) {
    const text = await files.readText(PASSWD);
    if (text === null) return { outcome: 'no-data', reason: `${PASSWD} does not exist or cannot be read.` };
    const rows = parseUsers(text);
    if (rows.length === 0) return { outcome: 'no-data', reason: `${PASSWD} lists no accounts.` };
    return { outcome: 'ok', rows };
  },
};
