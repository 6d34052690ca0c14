// What a completion offers besides words of the program: devices, jobs, halts and content, read from the server in a second at most.
import { take } from '../api/client.ts';
import { openApi, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

/** Names offered at one time. */
const MAX_NAMES = 200;
/** Somebody waits with the key pressed: better no names than late ones, ms. */
const NAMES_TIMEOUT_MS = 1_000;

/**
 * Names that may be offered. The script of bash hands its list to `compgen -W`, which runs what looks like a command
 * substitution: a device called `$(…)` would be a program.
 */
const offeredName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** What may stand beside them in another shell's list. */
const offeredAbout = /^[A-Za-z0-9.*, -]{1,64}$/;

/** A name and what it is, in a word or two. */
export interface Offer {
  readonly name: string;
  readonly about: string;
}

/** Where names come from. */
export type Source = 'devices' | 'jobs' | 'open jobs' | 'unsigned' | 'halts' | 'content';

type Reader = (api: Session['api'], signal: AbortSignal) => Promise<Offer[]>;

async function readJobs(api: Session['api'], signal: AbortSignal) {
  const { jobs } = await take(
    api.http.GET('/api/v1/jobs', { params: { query: { limit: MAX_NAMES } }, signal }),
  );
  return jobs.map(({ id, kind, state, endedAt }) => ({
    name: id,
    about: `${kind}, ${state}`,
    state,
    endedAt,
  }));
}

async function readContent(api: Session['api'], signal: AbortSignal) {
  const { content } = await take(api.http.GET('/api/v1/content', { signal }));
  return content.map(({ name, use, state }) => ({ name, about: use, state }));
}

const readers: Readonly<Record<Source, Reader>> = {
  async devices(api, signal) {
    const query = { limit: MAX_NAMES, fields: 'hostname,state' };
    const { items } = await take(api.http.GET('/api/v1/devices', { params: { query }, signal }));
    return items
      .filter(({ state }) => state !== 'retired')
      .map(({ hostname }) => ({ name: hostname, about: 'device' }));
  },
  jobs: readJobs,
  async 'open jobs'(api, signal) {
    return (await readJobs(api, signal)).filter(({ endedAt }) => endedAt === null);
  },
  async unsigned(api, signal) {
    const [jobs, content] = await Promise.all([readJobs(api, signal), readContent(api, signal)]);
    return [
      ...jobs.filter(({ state }) => state === 'awaiting-signatures'),
      ...content.filter(({ state }) => state !== 'approved'),
    ];
  },
  async halts(api, signal) {
    const { halts } = await take(api.http.GET('/api/v1/halts', { signal }));
    return halts
      .filter(({ state }) => state === 'in-force')
      .map(({ id, what, scope }) => ({ name: id, about: what === 'all' ? 'everything' : scope }));
  },
  content: readContent,
};

/** Names for this sign-in; none when that takes too long or fails, for a completion has nowhere to complain. */
export async function readOffers(
  { env, namesWithinMs = NAMES_TIMEOUT_MS }: Pick<Terminal, 'env' | 'namesWithinMs'>,
  source: Source,
): Promise<Offer[]> {
  try {
    const { api } = await openApi(env, namesWithinMs / 2);
    const late = AbortSignal.timeout(namesWithinMs);
    const found = await readers[source](api, late).finally(() => void api.close());
    return found
      .filter(({ name }) => offeredName.test(name))
      .slice(0, MAX_NAMES)
      .map(({ name, about }) => ({ name, about: offeredAbout.test(about) ? about : '' }));
  } catch {
    return [];
  }
}
