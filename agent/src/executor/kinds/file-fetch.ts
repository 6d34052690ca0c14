// file.fetch: copies one regular file out, never one in which keys or passwords are kept.
import { type KindArgs, MAX_FETCH_BYTES } from '@muster/protocol/commands';
import { type Copied, copyFileOut, readEntry } from '../../platform/linux/placing.ts';
import { createKeyJudge, describeObstacle, judgeFetchPath } from './files/paths.ts';
import type { InsideOutcome, Kind } from './kind.ts';
import { refuse } from './programs/find.ts';

const TOO_LARGE = `It is larger than ${MAX_FETCH_BYTES} bytes.`;
const NOT_OPEN = 'Not everybody on the device may read it; outside /var/log only such files are fetched.';
const NO_FILE = 'It is no regular file with one name.';

function describeEnd(end: Exclude<Copied, 'copied'>): string {
  if (end === 'too-large') return TOO_LARGE;
  if (end === 'not-a-file') return NO_FILE;
  if (end === 'refused') return 'It holds a private key.';
  return end === 'stopped' ? 'It was canceled.' : describeObstacle(end);
}

/**
 * Outside the logs only what every account of the device may read leaves it: no list knows all places of secrets, and whoever holds
 * one signer's key shall read no more than a local user.
 */
async function isOpen(root: string, path: string): Promise<boolean> {
  if (path.startsWith('/var/log/')) return true;
  const names = path.split('/').slice(1);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const facts = await readEntry(root, `/${names.slice(0, depth).join('/')}`);
    if (facts === null || typeof facts === 'string') return false;
    if ((facts.mode & (depth < names.length ? 0o001 : 0o004)) === 0) return false;
  }
  return true;
}

/** Fetches a file from the device. */
export const fileFetch: Kind<KindArgs<'file.fetch'>> = {
  name: 'file.fetch',
  async check({ path }, context) {
    const objection = judgeFetchPath(path, context.ownFolders ?? []);
    if (objection !== null) return refuse('E_PATH', `${path} is not fetched: ${objection}`);
    const facts = await readEntry(context.root, path);
    if (facts === null || facts === 'absent') return refuse('E_NOT_FOUND', `There is no ${path}.`);
    if (typeof facts === 'string') return refuse('E_PATH', describeObstacle(facts));
    if (!facts.isFile() || facts.nlink > 1) return refuse('E_PATH', NO_FILE);
    if (!(await isOpen(context.root, path))) return refuse('E_PATH', NOT_OPEN);
    if (facts.size > MAX_FETCH_BYTES) return refuse('E_LIMIT', TOO_LARGE);
    const { root, spool } = context;
    if (spool === undefined) return refuse('E_UNSUPPORTED', 'This executor has no place for fetched files.');
    const target = `${spool}/fetched`;
    async function run(stop: AbortSignal): Promise<InsideOutcome> {
      if (!(await isOpen(root, path))) return { ok: false, summary: NOT_OPEN, output: '' };
      const end = await copyFileOut({
        root,
        path,
        target,
        stop,
        maxBytes: MAX_FETCH_BYTES,
        judge: createKeyJudge(),
      });
      if (end !== 'copied') return { ok: false, summary: describeEnd(end), output: '' };
      return { ok: true, summary: `${path} was fetched.`, output: '', file: { path: target } };
    }
    return { state: 'act', summary: `Fetch ${path}, ${facts.size} bytes.`, effect: { where: 'inside', run } };
  },
  verify: async () => null,
};
