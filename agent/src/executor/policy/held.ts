// What an executor keeps of signed policies on its disk: the place in the order of sets, the set it holds, and the envelopes by their digests.
import { type Envelope, isMusterError, parseEnvelope } from '@muster/protocol';
import type { PolicyMark } from '@muster/protocol/policy';
import type { ListedFreeze } from '@muster/protocol/windows';
import { fail } from '../../errors.ts';
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { FromExecutor } from '../local/messages.ts';
import { isKeys, MAX_RESOLVED_BYTES, readFreezes } from './resolved.ts';

const FOLDER = 'policies';
const STATE = 'state.json';
/** What the held policies want of this device, for `muster-executor policy`. */
const WANTED = 'wanted.json';
/** Path of that file below the folder of a device. */
export const WANTED_PATH = `${FOLDER}/${WANTED}`;
/** Largest state file, bytes: two lists of digests. */
const MAX_STATE_BYTES = 256 * 1024;
/** Largest envelope file, bytes: no frame of the wire has more. */
const MAX_FILE_BYTES = 256 * 1024;
const DIGEST = /^[A-Za-z0-9_-]{43}$/;

/** A set that is here whole. */
export interface HeldSet extends PolicyMark {
  /** Revisions of it. */
  readonly policies: number;
  /** Those of them that nobody has signed who may sign now. */
  readonly unsigned: number;
  /** Digests of revisions, and names of exceptions, of which the server says that they are for this device. */
  readonly selected: readonly string[];
  /** When it was resolved last what they want of this device, ms since 1970. */
  readonly resolvedAtMs: number;
  /** When it has to be resolved again because an exception ends, ms since 1970; null: none does. Absent in files of before there were any. */
  readonly changesAtMs?: number | null;
  /** Version of the trust document under which it was verified. */
  readonly trustVersion: number;
}

/** All that is remembered beside the envelopes. */
export interface PolicyStanding {
  /** The newest set that was verified here, held or not: no older one is ever taken. Null: none. */
  readonly seen: PolicyMark | null;
  /** Digest of the set that was shown last, and who is selected by it; null: it is the one that is held, or there is none. */
  readonly shown: { readonly digest: string; readonly selected: readonly string[] } | null;
  readonly held: HeldSet | null;
  /** Why it does not hold what it was shown last; null: it does. */
  readonly code: string | null;
}

/** Nothing yet. */
const noStanding: PolicyStanding = { seen: null, shown: null, held: null, code: null };

/** The folder of policies. Failures are the disk's own. */
export interface PolicyFiles {
  /** @throws MusterError E_STATE for a file that cannot be what was written */
  read(): Promise<PolicyStanding>;
  write(standing: PolicyStanding): Promise<void>;
  /** The envelope of that digest; null when it is not here, or not what was written. */
  envelope(digest: string): Promise<Envelope | null>;
  keep(digest: string, envelope: Envelope): Promise<void>;
  /** Digests of the envelopes that are here, with the size of each, bytes. */
  list(): Promise<ReadonlyMap<string, number>>;
  remove(digests: Iterable<string>): Promise<void>;
  /** The set and the items that were written last, as a text to compare; '' where that is nothing, or damaged. */
  wantedItems(): Promise<string>;
  /** Freezes that were written last; none where that is nothing, or damaged: it is resolved anew within the hour. */
  wantedFreezes(): Promise<readonly ListedFreeze[]>;
  /** Writes what is wanted here; null: no policies are held. */
  writeWanted(wanted: object | null): Promise<void>;
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isDigest = (value: unknown) => typeof value === 'string' && DIGEST.test(value);
const orNull = (isGood: (value: unknown) => boolean) => (value: unknown) => value === null || isGood(value);
const isMark = (value: unknown) =>
  isKeys(value) && isCount(value.epoch) && isCount(value.version) && isDigest(value.digest);
const isChoice = (value: unknown) =>
  isKeys(value) && isDigest(value.digest) && Array.isArray(value.selected) && value.selected.every(isDigest);
const isHeld = (value: unknown) =>
  isMark(value) &&
  isChoice(value) &&
  isKeys(value) &&
  isCount(value.policies) &&
  isCount(value.unsigned) &&
  isCount(value.trustVersion) &&
  isCount(value.resolvedAtMs) &&
  (value.changesAtMs === undefined || orNull(isCount)(value.changesAtMs));

/** Our own file: it is as it was written, or it is not believed at all. */
function isStanding(value: unknown): value is PolicyStanding {
  if (!isKeys(value)) return false;
  const isCode = value.code === null || typeof value.code === 'string';
  return isCode && orNull(isMark)(value.seen) && orNull(isChoice)(value.shown) && orNull(isHeld)(value.held);
}

/** Null for what is no JSON. */
function parseOrNull(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function parse(bytes: Buffer): unknown {
  const value = parseOrNull(bytes);
  if (value === null) throw fail('E_STATE');
  return value;
}

/** Makes the folder's reader and writer. */
export function createPolicyFiles(disk: Disk): PolicyFiles {
  const nameOf = (digest: string) => `${digest}.json`;
  const pathOf = (digest: string) => `${FOLDER}/${nameOf(digest)}`;
  async function put(name: string, value: unknown): Promise<void> {
    await disk.makeFolder(FOLDER);
    await writeWhole(disk, { folder: FOLDER, name }, Buffer.from(JSON.stringify(value)));
  }
  async function readWanted(): Promise<unknown> {
    const bytes = await readWhole(disk, WANTED_PATH, MAX_RESOLVED_BYTES);
    return bytes === null ? null : parseOrNull(bytes);
  }
  return {
    async read() {
      const bytes = await readWhole(disk, `${FOLDER}/${STATE}`, MAX_STATE_BYTES);
      if (bytes === null) return noStanding;
      const value = parse(bytes);
      if (!isStanding(value)) throw fail('E_STATE');
      return value;
    },
    write: (standing) => put(STATE, standing),
    async envelope(digest) {
      const bytes = await readWhole(disk, pathOf(digest), MAX_FILE_BYTES);
      if (bytes === null) return null;
      try {
        return parseEnvelope(parse(bytes));
      } catch (error) {
        // Whoever reads it holds its digest against it too; one that is damaged is fetched again.
        if (isMusterError(error)) return null;
        throw error;
      }
    },
    keep: (digest, envelope) => put(nameOf(digest), envelope),
    async list() {
      const found = new Map<string, number>();
      for (const name of await disk.list(FOLDER)) {
        const digest = name.slice(0, -'.json'.length);
        if (name !== nameOf(digest) || !DIGEST.test(digest)) continue;
        found.set(digest, (await disk.size(`${FOLDER}/${name}`)) ?? 0);
      }
      return found;
    },
    async wantedItems() {
      const wanted = await readWanted();
      return isKeys(wanted) && isKeys(wanted.set) ? JSON.stringify([wanted.set.digest, wanted.items]) : '';
    },
    async wantedFreezes() {
      const wanted = await readWanted();
      try {
        return readFreezes(wanted, WANTED_PATH);
      } catch (error) {
        if (isMusterError(error)) return [];
        throw error;
      }
    },
    writeWanted: (wanted) => (wanted === null ? disk.remove(WANTED_PATH) : put(WANTED, wanted)),
    async remove(digests) {
      for (const digest of digests) await disk.remove(pathOf(digest));
    },
  };
}

/** A file that is damaged says nothing; the core and the server hear of it, and everything is fetched again. */
export async function readStanding(files: PolicyFiles): Promise<PolicyStanding> {
  try {
    return await files.read();
  } catch (error) {
    if (!isMusterError(error, 'E_STATE')) throw error;
    return { ...noStanding, code: error.code };
  }
}

/** What the core hears of it. */
export function tellStanding({ held, code }: PolicyStanding): Extract<FromExecutor, { type: 'policies' }> {
  if (held === null) return { type: 'policies', held, code, selected: [] };
  const { epoch, version, digest, policies, unsigned, selected } = held;
  return { type: 'policies', held: { epoch, version, digest, policies, unsigned }, code, selected };
}
