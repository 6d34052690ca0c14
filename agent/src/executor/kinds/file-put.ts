// file.put: content signed by two with its place, written beside, synced and renamed.
import type { Content, ContentPlace, KindArgs } from '@muster/protocol/commands';
import { hashEntry, type Placing, placeFile, readEntry } from '../../platform/linux/placing.ts';
import { parseNames } from './accounts/ids.ts';
import { readAccounts } from './accounts/read.ts';
import { describeObstacle, judgePutPath } from './files/paths.ts';
import type { Check, InsideOutcome, Kind, KindContext } from './kind.ts';
import { filesOf, holds, refuse } from './programs/find.ts';

type Args = KindArgs<'file.put'>;
type Owner = NonNullable<Placing['owner']>;

/** Whose the file is to be; a sentence says which name is unknown. Null: whoever this process runs as. */
async function findOwner(
  { owner, group }: ContentPlace,
  context: KindContext,
): Promise<Owner | null | string> {
  if (owner === '' && group === '') return null;
  const name = owner === '' ? 'root' : owner;
  const account = (await readAccounts(filesOf(context))).find((one) => one.name === name);
  if (account === undefined) return `There is no local account ${name}.`;
  if (group === '')
    return account.gid === null
      ? `The account ${name} has no main group.`
      : { uid: account.uid, gid: account.gid };
  const gid = parseNames(await filesOf(context).readText('/etc/group')).ids.get(group);
  return gid === undefined ? `There is no local group ${group}.` : { uid: account.uid, gid };
}

/** What stands there, or why nothing may be put over it. */
async function readTarget(
  path: string,
  context: KindContext,
): Promise<Check | { mode: number; uid: number; gid: number } | null> {
  const facts = await readEntry(context.root, path);
  if (typeof facts === 'string')
    return refuse(facts === 'absent' ? 'E_NOT_FOUND' : 'E_PATH', describeObstacle(facts));
  if (facts === null) return null;
  if (!facts.isFile()) return refuse('E_PATH', 'Something stands there that is no regular file.');
  return { mode: facts.mode & 0o7777, uid: facts.uid, gid: facts.gid };
}

/** What two have signed: these bytes, in this place. */
interface Wanted extends ContentPlace {
  readonly sha256: string;
}

/** A script, or a file without a place, is none. */
function wantedOf({ use, place, sha256 }: Content): Wanted | null {
  return use === 'file' && place !== null ? { ...place, sha256 } : null;
}

async function holdsAlready(wanted: Wanted, owner: Owner | null, context: KindContext): Promise<boolean> {
  const target = await readTarget(wanted.path, context);
  if (target === null || 'state' in target) return false;
  const isOwned = owner === null || (owner.uid === target.uid && owner.gid === target.gid);
  if (!isOwned || target.mode !== Number.parseInt(wanted.mode, 8)) return false;
  return (await hashEntry(context.root, wanted.path)) === wanted.sha256;
}

async function put(placing: Placing): Promise<InsideOutcome> {
  const end = await placeFile(placing);
  if (end === 'placed') return { ok: true, summary: `${placing.path} is in place.`, output: '' };
  const summary = end === 'changed' ? 'The content is not what was signed any more.' : describeObstacle(end);
  return { ok: false, summary, output: '' };
}

/** Puts signed content in its place. */
export const filePut: Kind<Args> = {
  name: 'file.put',
  async check(_args, context) {
    const { document, path: source } = await context.content();
    const wanted = wantedOf(document);
    if (wanted === null) return refuse('E_CONTENT', `${document.name} was not signed as a file.`);
    const { path, sha256 } = wanted;
    const objection = judgePutPath(path, context.ownFolders ?? []);
    if (objection !== null) return refuse('E_PATH', `Nothing is put to ${path}: ${objection}`);
    const owner = await findOwner(wanted, context);
    if (typeof owner === 'string') return refuse('E_NOT_FOUND', owner);
    const target = await readTarget(path, context);
    if (target !== null && 'state' in target) return target;
    if (await holdsAlready(wanted, owner, context)) return holds(`${path} is so already.`);
    const mode = Number.parseInt(wanted.mode, 8);
    const temporaryName = `.muster-put-${context.asked.cmdId}`;
    const placing = { root: context.root, path, source, sha256, mode, owner, temporaryName };
    return {
      state: 'act',
      summary: `${target === null ? 'Make' : 'Replace'} ${path} by ${document.name}, ${document.sizeBytes} bytes.`,
      effect: { where: 'inside', run: () => put(placing) },
    };
  },
  async verify(_args, context) {
    const wanted = wantedOf((await context.content()).document);
    if (wanted === null) return 'The content was not signed as a file.';
    const owner = await findOwner(wanted, context);
    if (typeof owner === 'string') return owner;
    return (await holdsAlready(wanted, owner, context)) ? null : `${wanted.path} is not what was signed.`;
  },
};
