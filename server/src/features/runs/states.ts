// States of runs as bytes in blocks: reading, counting, and which state leads to which.
import { isFinal, type RunState, runMoves, runStates } from '@muster/protocol';
import { BLOCK_DEVICES } from './limits.ts';

/** Byte of a device that the job does not mean. */
export const NOT_MEANT = 255;

const names = Object.keys(runStates) as RunState[];
const nameOf: ReadonlyMap<number, RunState> = new Map(names.map((name) => [runStates[name].code, name]));

/** Targets by state; states without any are left out. */
export type Counts = Partial<Record<RunState, number>>;

/** The byte of a state. */
export function codeOf(state: RunState): number {
  return runStates[state].code;
}

/** The state of a byte; undefined for a device that is not meant. */
export function stateOf(code: number): RunState | undefined {
  return nameOf.get(code);
}

/** Where the agent's own moves lead from a state: a report that jumps over others is taken when its end can be reached. */
const reach: ReadonlyMap<RunState, ReadonlySet<RunState>> = new Map(
  names.map((from) => [from, listReachable(from)]),
);

function listReachable(from: RunState): ReadonlySet<RunState> {
  const found = new Set<RunState>();
  const open: RunState[] = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const move of runMoves) {
      if (move.from !== state || move.by !== 'agent' || found.has(move.to)) continue;
      found.add(move.to);
      open.push(move.to);
    }
  }
  return found;
}

/**
 * True when a device that was in `from` may say that it is in `to`. Reports are durable, but one may be lost with a damaged disk:
 * then the next still counts. A repeated or late one leads nowhere, except in the circle of interruptions, where `n` decides.
 */
export function leadsTo(from: RunState, to: RunState): boolean {
  return reach.get(from)?.has(to) === true;
}

/** The block of a device. */
export function blockOf(idx: number): number {
  return Math.floor(idx / BLOCK_DEVICES);
}

/** Blocks with every given device in one state. */
export function makeBlocks(idxs: Iterable<number>, state: RunState): Map<number, Uint8Array> {
  const blocks = new Map<number, Uint8Array>();
  const code = codeOf(state);
  for (const idx of idxs) {
    const at = blockOf(idx);
    let block = blocks.get(at);
    if (block === undefined) {
      block = new Uint8Array(BLOCK_DEVICES).fill(NOT_MEANT);
      blocks.set(at, block);
    }
    block[idx % BLOCK_DEVICES] = code;
  }
  return blocks;
}

/** Targets by state byte. */
export type Tally = Int32Array;

/** Counts the targets of blocks by state byte. */
export function tally(blocks: Iterable<Uint8Array>): Tally {
  const counts = new Int32Array(256);
  for (const block of blocks) for (const code of block) counts[code] = (counts[code] ?? 0) + 1;
  counts[NOT_MEANT] = 0;
  return counts;
}

/** A tally by name. */
export function toCounts(counts: Tally): Counts {
  return Object.fromEntries(
    names.flatMap((name) => {
      const count = counts[codeOf(name)] ?? 0;
      return count === 0 ? [] : [[name, count]];
    }),
  );
}

/** A stored tally. */
export function fromCounts(counts: Counts): Tally {
  const found = new Int32Array(256);
  for (const name of names) found[codeOf(name)] = counts[name] ?? 0;
  return found;
}

/** Targets that are not in a final state. */
export function countOpen(counts: Tally): number {
  return names.reduce((sum, name) => sum + (isFinal(name) ? 0 : (counts[codeOf(name)] ?? 0)), 0);
}

/** Targets that count as failures: a device that is offline, or whose time ran out, is none. */
export function countFailures(counts: Tally): number {
  return (['failed', 'refused', 'quarantined'] as const).reduce(
    (sum, name) => sum + (counts[codeOf(name)] ?? 0),
    0,
  );
}
