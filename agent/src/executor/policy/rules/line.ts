// Rule `line` on the device: whether a text file has a line; repaired in files of plain settings alone.
import { isLineOf, spellLine, type WantedOf } from '@muster/protocol/policy';
import { fail } from '../../../errors.ts';
import { readEntryBytes, rewriteEntry } from '../../../platform/linux/changing.ts';
import { describeObstacle, judgeTouchPath } from '../../kinds/files/paths.ts';
import type { Check, KindContext } from '../../kinds/kind.ts';
import { holds, refuse } from '../../kinds/programs/find.ts';
import { compliant, drifted, type Finding, type RuleOnDevice } from '../rule.ts';
import { actInside, describeChanged } from './inside.ts';
import { findSettingsFile, formatSetting } from './line-settings.ts';

type Wanted = WantedOf<'line'>;

/** Largest file that is looked at, bytes. */
const MAX_BYTES = 256 * 1024;

/** Text of the file; null where nothing stands there. @throws MusterError E_PATH, E_FILE for what is no text file */
async function readLines(context: KindContext, path: string): Promise<readonly string[] | null> {
  const bytes = await readEntryBytes(context.root, path, MAX_BYTES + 1);
  if (bytes === 'absent') return null;
  if (bytes === 'not-a-file')
    throw fail('E_PATH', { detail: `${path} is no regular file; write where it leads.` });
  if (typeof bytes === 'string') throw fail('E_PATH', { detail: `${path}: ${describeObstacle(bytes)}` });
  if (bytes.length > MAX_BYTES)
    throw fail('E_FILE', { detail: `${path} is too large to be looked through.` });
  const text = bytes.toString('utf8');
  return text.split('\n').map(spellLine);
}

/** Which lines stand under that heading: the same word under another one means something else. Absent: all. */
function listPlaces(lines: readonly string[], section: string | undefined): readonly boolean[] {
  let heading: string | undefined;
  return lines.map((line) => {
    heading = /^\s*\[([^\]]*)\]/.exec(line)?.[1] ?? heading;
    return section === undefined || heading === section;
  });
}

/** Of a file that is not known to hold settings alone no line is told: it may hold a password. */
function judge({ path, line, key }: Wanted, lines: readonly string[]): Finding {
  if (key === undefined) return lines.includes(line) ? compliant('there') : drifted('not there');
  const file = findSettingsFile(path);
  const counts = listPlaces(lines, file?.section);
  const about = lines.filter((one, at) => counts[at] === true && isLineOf(one, key));
  if (about.length === 0) return drifted(`no line of ${key}`);
  if (about.every((one) => one === line)) return compliant(line);
  return drifted(file === null ? `another line of ${key}` : about.join('; '));
}

/** Behind the heading of its section; a file without it gets one. */
function insert(lines: readonly string[], line: string, section: string | undefined): readonly string[] {
  const heading = section === undefined ? -1 : lines.findIndex((one) => one.trim() === `[${section}]`);
  if (heading !== -1) return lines.toSpliced(heading + 1, 0, line);
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const added = section === undefined ? [line] : [`[${section}]`, line];
  return [...lines.slice(0, end), ...added, ''];
}

/** The text with this line in the place of the last one about its word, and without the others. Pure. */
export function editLines(
  text: string,
  {
    key,
    line,
    section,
  }: { readonly key: string; readonly line: string; readonly section?: string | undefined },
): string {
  const lines = text.split('\n');
  const counts = listPlaces(lines, section);
  const isAbout = (one: string, at: number) => counts[at] === true && isLineOf(spellLine(one), key);
  const last = lines.findLastIndex(isAbout);
  if (last === -1) return insert(lines, line, section).join('\n');
  return lines.flatMap((one, at) => (at === last ? [line] : isAbout(one, at) ? [] : [one])).join('\n');
}

async function plan(wanted: Wanted, context: KindContext): Promise<Check> {
  const { path, key } = wanted;
  const objection = judgeTouchPath(path, context.ownFolders ?? []);
  if (objection !== null) return refuse('E_PATH', `${path} is not touched: ${objection}`);
  const file = findSettingsFile(path);
  const line = file === null || key === undefined ? null : formatSetting(file, key, wanted.line);
  if (file === null || key === undefined || line === null)
    return refuse(
      'E_PROTECTED',
      `A policy does not set that line of ${path}; its text comes with signed content.`,
    );
  const lines = await readLines(context, path);
  if (lines === null) return refuse('E_NOT_FOUND', `${path} is not there.`);
  if (judge(wanted, lines).state === 'compliant') return holds(`${path} has that line already.`);
  const rewrite = (text: string) => editLines(text, { key, line, section: file.section });
  return actInside(`Write "${line}" in ${path}.`, async () =>
    describeChanged(await rewriteEntry(context.root, path, { maxBytes: MAX_BYTES, rewrite })),
  );
}

export const lineOnDevice: RuleOnDevice<Wanted> = {
  watched: ({ path }) => [path],
  async check(wanted, { context }) {
    const lines = await readLines(context, wanted.path);
    return lines === null ? drifted('the file is not there') : judge(wanted, lines);
  },
  plan: (wanted) => [{ kinds: ['file.put'], names: [wanted.path], plan: (context) => plan(wanted, context) }],
};
