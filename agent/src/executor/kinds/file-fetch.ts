// file.fetch: copies one regular file out, never one in which keys or passwords are kept.
import { type KindArgs, MAX_FETCH_BYTES } from '@muster/protocol/commands';
import { type Copied, copyFileOut, readEntry } from '../../platform/linux/placing.ts';
import { createKeyJudge, describeObstacle, judgeFetchPath } from './files/paths.ts';
import type { InsideOutcome, Kind } from './kind.ts';
import { refuse } from './programs/find.ts';

const TOO_LARGE = `It is larger than ${MAX_FETCH_BYTES} bytes.`;
const NO_FILE = 'It is no regular file with one name.';

function describeEnd(end: Exclude<Copied, 'copied'>): string {
  if (end === 'too-large') return TOO_LARGE;
  if (end === 'not-a-file') return NO_FILE;
  if (end === 'refused') return 'It holds a private key.';
  return end === 'stopped' ? 'It was canceled.' : describeObstacle(end);
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
    if (facts.size > MAX_FETCH_BYTES) return refuse('E_LIMIT', TOO_LARGE);
    const { root, spool } = context;
    if (spool === undefined) return refuse('E_UNSUPPORTED', 'This executor has no place for fetched files.');
    const target = `${spool}/fetched`;
    async function run(stop: AbortSignal): Promise<InsideOutcome> {
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
