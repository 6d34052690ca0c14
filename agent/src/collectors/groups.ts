// The local groups and who is in them.
import { groupsSection, type RowOf } from '@muster/protocol';
import type { Collector } from './collector.ts';
import { MINUTE_MS, parseInteger, readStamp } from './formats/attributes.ts';

type Row = RowOf<typeof groupsSection>;

const GROUP = '/etc/group';

/** One row a line of group(5); members sorted, each once, so that only a change of membership is a change. */
export function parseGroups(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [groupname, , gidText, memberText] = line.split(':');
    const gid = parseInteger(gidText);
    if (!groupname || gid === null || /^[+#-]/.test(groupname)) return [];
    const members = (memberText ?? '').split(',').map((name) => name.trim());
    return [{ gid, groupname, members: [...new Set(members)].filter(Boolean).sort().join(',') || null }];
  });
}

/** Section `groups`. */
export const groups: Collector<(typeof groupsSection)['columns']> = {
  section: groupsSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 5_000,
  stamp: ({ files }) => readStamp(files, [GROUP]),
  async collect({ files }) {
    const text = await files.readText(GROUP);
    if (text === null) return { outcome: 'no-data', reason: `${GROUP} does not exist or cannot be read.` };
    const rows = parseGroups(text);
    if (rows.length === 0) return { outcome: 'no-data', reason: `${GROUP} lists no groups.` };
    return { outcome: 'ok', rows };
  },
};
