// Reads policies from files: all of them, or every fault of all files at its place. Nothing is half read.
import type { MusterError } from '@muster/protocol';
import { findLongExceptions } from '@muster/protocol/policy';
import { formatCount } from '../output/count.ts';
import { readPolicyFiles, refusePolicies } from './files.ts';
import { MAX_SHOWN_FAULTS } from './limits.ts';
import { type PlacedPolicy, parsePolicies, type ReadPolicies } from './parse-policies.ts';
import type { Fault } from './place.ts';
import { describeFault } from './source.ts';

/** Policies or faults of files and folders. @throws MusterError E_FILE, E_POLICY what cannot be read at all */
export async function readPolicies(paths: readonly string[]): Promise<ReadPolicies> {
  const read = parsePolicies(await readPolicyFiles(paths));
  // What is signed now could not be signed: told at its place.
  const long = read.policies.flatMap(({ policy, blame }) =>
    findLongExceptions(policy, Date.now()).map((fault) => blame(fault)),
  );
  return long.length === 0 ? read : { ...read, policies: [], faults: long };
}

/** The policies of files without a fault. @throws MusterError E_FILE; E_POLICY naming the first faults */
export async function requirePolicies(paths: readonly string[]): Promise<readonly PlacedPolicy[]> {
  const { policies, faults, fileCount } = await readPolicies(paths);
  if (faults.length > 0) throw refuseFaults(faults, fileCount);
  return policies;
}

/** All faults as one error: the first ones in full, and how many there are. */
export function refuseFaults(faults: readonly Fault[], fileCount: number): MusterError {
  const shown = faults.slice(0, MAX_SHOWN_FAULTS).map(describeFault);
  return refusePolicies([...shown, '', `${summarize(faults, fileCount)} no policy is used.`].join('\n'));
}

/** How much is wrong: the beginning of a sentence. */
function summarize(faults: readonly Fault[], fileCount: number): string {
  const files = new Set(faults.map(({ source }) => source)).size;
  const count = faults.length === 1 ? 'one fault' : `${formatCount(faults.length)} faults`;
  const where = fileCount === 1 ? 'the file' : `${formatCount(files)} of ${formatCount(fileCount)} files`;
  const rest = faults.length > MAX_SHOWN_FAULTS ? ` (the first ${MAX_SHOWN_FAULTS} are shown)` : '';
  return `There ${faults.length === 1 ? 'is' : 'are'} ${count} in ${where}${rest};`;
}
