// What is mounted with which options (proc(5), mountinfo), and what /etc/fstab would mount at the next start (fstab(5)).
import type { Files } from '../../../platform/files.ts';

export const FSTAB = '/etc/fstab';
/** Implied by these, where nothing behind them says otherwise (mount(8)). */
const IMPLIED: ReadonlyMap<string, readonly string[]> = new Map([
  ['user', ['nodev', 'noexec', 'nosuid']],
  ['users', ['nodev', 'noexec', 'nosuid']],
  ['owner', ['nodev', 'nosuid']],
  ['group', ['nodev', 'nosuid']],
]);

/** Something that is mounted. */
interface Mount {
  readonly type: string;
  readonly options: readonly string[];
}

/** Mounts by place. */
export interface MountFacts {
  /** Null: nothing is mounted there now, or nothing runs below this root. */
  findRunning(path: string): Mount | null;
  /** Options of each line of fstab about that place. */
  listAtStart(path: string): readonly (readonly string[])[];
}

/** Parses mountinfo; the last mount on a place is the one that is seen. Pure. */
export function parseMountInfo(text: string): ReadonlyMap<string, Mount> {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , path, options] = before.split(' ');
    const [type = ''] = after.split(' ');
    if (path !== undefined && options !== undefined) mounts.set(path, { type, options: options.split(',') });
  }
  return mounts;
}

/** Where the fourth field of a line of fstab about that place stands; null: the line is about something else. Pure. */
export function findFstabOptions(
  line: string,
  path: string,
): { readonly at: number; readonly text: string } | null {
  const [, head = '', options = ''] = /^(\s*[^\s#]\S*\s+\S+\s+\S+\s+)(\S+)/.exec(line) ?? [];
  const [, place] = head.trim().split(/\s+/);
  return place === path ? { at: head.length, text: options } : null;
}

/** Whether a list of options of fstab sets that one: the last word about it counts. */
export function setsOption(options: readonly string[], option: string): boolean {
  let isSet = false;
  for (const one of options) {
    if (one === option || IMPLIED.get(one)?.includes(option) === true) isSet = true;
    if (one === option.slice('no'.length)) isSet = false;
  }
  return isSet;
}

/** Reads both. `isRunning`: the machine itself is looked at, and not an image of one. */
export async function readMountFacts(files: Files, isRunning: boolean): Promise<MountFacts> {
  const running = parseMountInfo(isRunning ? ((await files.readText('/proc/self/mountinfo')) ?? '') : '');
  const lines = ((await files.readText(FSTAB)) ?? '').split('\n');
  return {
    findRunning: (path) => running.get(path) ?? null,
    listAtStart: (path) =>
      lines.flatMap((line) => {
        const found = findFstabOptions(line, path);
        return found === null ? [] : [found.text.split(',')];
      }),
  };
}
