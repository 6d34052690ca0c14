// What files set of the kernel's parameters when the machine starts: sysctl.d(5), sysctl.conf(5).
import { ruleKinds } from '@muster/protocol/policy';
import type { Files } from '../../../platform/files.ts';
import { listDropIns } from './drop-ins.ts';

const FOLDERS = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];
const OLD_FILE = '/etc/sysctl.conf';
/** Where these are, systemd sets the parameters, which knows the old file only by a link. */
const SYSTEMD = ['/usr/lib/systemd/systemd-sysctl', '/lib/systemd/systemd-sysctl'];

/** A value that a file sets. */
export interface StartValue {
  readonly value: string;
  readonly path: string;
}

/** What files set. */
export interface StartValues {
  /** Null: no file sets it. */
  find(key: string): StartValue | null;
}

/** A line of a file; a value of null only takes the key out of patterns. */
interface Line {
  readonly key: string;
  readonly value: string | null;
  readonly path: string;
}

/** `net/ipv4/conf/eth0.7/forwarding` of `net.ipv4.conf.eth0/7.forwarding`: as it stands below /proc/sys. */
export function keyPath(key: string): string {
  return key.replace(/[./]/g, (divider) => (divider === '/' ? '.' : '/'));
}

/** `net.ipv4.x` of any spelling, patterns too. */
function nameKey(key: string): string {
  return ruleKinds.sysctl.normalizeName(key);
}

/** Parses one file. Pure. */
function parseSysctlFile(text: string, path: string): Line[] {
  return text.split('\n').flatMap((line): Line[] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) return [];
    const at = trimmed.indexOf('=');
    if (at === -1)
      return trimmed.startsWith('-') ? [{ key: nameKey(trimmed.slice(1).trim()), value: null, path }] : [];
    // A minus in front only forgives a failure.
    const key = nameKey(trimmed.slice(0, at).trim().replace(/^-\s*/, ''));
    return [
      {
        key,
        value: trimmed
          .slice(at + 1)
          .trim()
          .replace(/\s+/g, ' '),
        path,
      },
    ];
  });
}

function isPattern(key: string): boolean {
  return /[*?[]/.test(key);
}

function fits(pattern: string, key: string): boolean {
  // In the form of paths, where * stops at a slash. Sets of characters do not occur in practice: they fit nothing here.
  const source = keyPath(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  return new RegExp(`^${source}$`).test(keyPath(key));
}

/** The last line about a key counts; one about exactly this key before any pattern. Pure. */
function findValue(lines: readonly Line[], key: string): StartValue | null {
  const exact = lines.findLast((line) => line.key === key);
  const found = exact ?? lines.findLast((line) => isPattern(line.key) && fits(line.key, key));
  return found === undefined || found.value === null ? null : { value: found.value, path: found.path };
}

async function readsOldFile(files: Files, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await files.readLink(path))?.endsWith('sysctl.conf') === true) return false;
  for (const path of SYSTEMD) if ((await files.stat(path)) !== null) return false;
  return true;
}

/** Reads all files. */
export async function readStartValues(files: Files): Promise<StartValues> {
  const paths = await listDropIns(files, FOLDERS);
  if (await readsOldFile(files, paths)) paths.push(OLD_FILE);
  const lines: Line[] = [];
  for (const path of paths) lines.push(...parseSysctlFile((await files.readText(path)) ?? '', path));
  return { find: (key) => findValue(lines, key) };
}
