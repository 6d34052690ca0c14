// device.wipe: says what it would remove; removes it only where the owner of the device allows these very paths.
import type { KindArgs } from '@muster/protocol/commands';
import { readEntry, type TreeEntry, walkTree } from '../../platform/linux/placing.ts';
import type { InsideOutcome, Kind, KindContext } from './kind.ts';
import { filesOf, refuse } from './programs/find.ts';

/** The file by which the owner of a device allows the real thing: `{ "paths": ["/home"] }`, of root, writable by nobody else. */
const ALLOWANCE = '/etc/muster/allow-wipe.json';
/** What people keep on a machine: what is looked at where nothing is allowed. */
const USUAL_PATHS = ['/home', '/root', '/srv', '/var/mail', '/var/spool/cron', '/var/tmp', '/tmp'] as const;
/** Most paths that an allowance names, and most entries that a simulation lists. */
const MAX_PATHS = 64;
const MAX_ENTRIES = 200_000;
/** Listed text, bytes; the executor keeps the tail of more. */
const MAX_LIST_BYTES = 60 * 1024;
/** Removing these ends the run before its result is written. */
const NEVER =
  /^\/(?:proc|sys|dev|run|etc\/muster|var\/lib\/muster[^/]*|usr|lib|lib64|bin|sbin|boot|etc|var|var\/lib)$/;

interface Allowance {
  readonly isReal: boolean;
  readonly paths: readonly string[];
}

function isPath(path: unknown): path is string {
  return (
    typeof path === 'string' && /^(?:\/[^/\u0000-\u001f]+)+$/.test(path) && !/\/\.\.?(?:\/|$)/.test(path)
  );
}

/** What the file says; a faulty one is a sentence, and allows nothing. */
function parseAllowance(text: string): Allowance | string {
  let said: { readonly paths?: unknown };
  try {
    said = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return `${ALLOWANCE} is no JSON.`;
    throw error;
  }
  const paths = Array.isArray(said?.paths) ? said.paths : [];
  if (paths.length === 0 || paths.length > MAX_PATHS || !paths.every(isPath))
    return `${ALLOWANCE} must name paths in their shortest form.`;
  const fatal = paths.find((path) => NEVER.test(path));
  if (fatal !== undefined) return `${ALLOWANCE} names ${fatal}, without which nothing can be reported.`;
  return { isReal: true, paths };
}

async function readAllowance(context: KindContext): Promise<Allowance | string> {
  const facts = await readEntry(context.root, ALLOWANCE);
  if (facts === null || facts === 'absent') return { isReal: false, paths: USUAL_PATHS };
  const isSafe = typeof facts !== 'string' && facts.isFile() && (facts.mode & 0o022) === 0 && facts.uid === 0;
  if (!isSafe) return `${ALLOWANCE} must be a file of root that nobody else can write.`;
  return parseAllowance((await filesOf(context).readText(ALLOWANCE)) ?? '');
}

interface Found {
  readonly lines: string[];
  files: number;
  bytes: number;
  isWhole: boolean;
}

async function walkAll(paths: readonly string[], remove: boolean, context: KindContext): Promise<Found> {
  const found: Found = { lines: [], files: 0, bytes: 0, isWhole: true };
  function onEntry({ path, sizeBytes, isFolder }: TreeEntry): boolean {
    found.lines.push(isFolder ? `${path}/` : path);
    if (found.lines.length >= MAX_ENTRIES && remove) found.lines.splice(0, MAX_ENTRIES / 2);
    if (!isFolder) found.files += 1;
    found.bytes += sizeBytes;
    return remove || found.lines.length < MAX_ENTRIES;
  }
  for (const path of paths) {
    const end = await walkTree(context.root, path, { remove, onEntry });
    if (typeof end === 'string' && end !== 'absent') found.lines.push(`${path}: ${end}`);
    if (end === false) found.isWhole = false;
  }
  return found;
}

function describeFound({ files, bytes, isWhole }: Found, paths: readonly string[]): string {
  const shown = paths.slice(0, 8).join(', ') + (paths.length > 8 ? ' and more' : '');
  return `${isWhole ? '' : 'more than '}${files} files, ${bytes} bytes, in ${shown}`;
}

async function wipe({ isReal, paths }: Allowance, context: KindContext): Promise<InsideOutcome> {
  const found = await walkAll(paths, isReal, context);
  const list = found.lines
    .map((line) => line.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, '?'))
    .join('\n');
  const output = list.length > MAX_LIST_BYTES ? `… (cut)\n${list.slice(-MAX_LIST_BYTES)}\n` : `${list}\n`;
  const what = describeFound(found, paths);
  const summary = isReal
    ? `Removed ${what}.`
    : `SIMULATED, nothing was removed: would remove ${what}. ${ALLOWANCE} allows the real thing.`;
  return { ok: true, summary, output };
}

/** Wipes the device, or says what that would mean. */
export const deviceWipe: Kind<KindArgs<'device.wipe'>> = {
  name: 'device.wipe',
  async check(_args, context) {
    const allowance = await readAllowance(context);
    if (typeof allowance === 'string') return refuse('E_PROTECTED', allowance);
    const what = describeFound(await walkAll(allowance.paths, false, context), allowance.paths);
    const summary = allowance.isReal ? `REMOVE ${what}.` : `Simulate only: would remove ${what}.`;
    return { state: 'act', summary, effect: { where: 'inside', run: () => wipe(allowance, context) } };
  },
  async verify(_args, context) {
    const allowance = await readAllowance(context);
    if (typeof allowance === 'string' || !allowance.isReal) return null;
    const { files } = await walkAll(allowance.paths, false, context);
    return files === 0 ? null : `${files} files are left.`;
  },
};
