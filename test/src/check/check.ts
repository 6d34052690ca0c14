// What a check is: a claim, a way to try to break it, and the evidence it leaves.

/** How much is tried. */
export type CheckSize = 'quick' | 'full' | 'long';

/** What a check is given. */
export interface CheckContext {
  /** Every random choice follows from it; the same seed tries the same things. */
  readonly seed: number;
  /** Numbers in [0, 1) from the seed. */
  random(): number;
  /** How much is tried: `quick` as part of `pnpm test`, `full` by `pnpm check`, `long` over night. */
  readonly size: CheckSize;
  /** Tells the person who waits what happens. */
  say(text: string): void;
  /** Work for the end of the check, last first; done however it ends. */
  teardown(work: () => Promise<void>): void;
}

/** What came out. */
export interface Verdict {
  /** What was tried and counted, one line each. */
  readonly evidence: readonly string[];
  /** What broke the claim; empty: it held. */
  readonly faults: readonly string[];
}

/**
 * What a check is about: a device alone, its processes, each place in which they can die, the server with its network, its database, who
 * may do what, the record of it and what happens while that cannot be written, or the pages of the console.
 */
export type CheckGroup =
  | 'device'
  | 'agent'
  | 'failpoints'
  | 'server'
  | 'database'
  | 'access'
  | 'audit'
  | 'failclosed'
  | 'pages';

/** A check. */
export interface Check {
  readonly id: string;
  /** The claim, in a sentence. */
  readonly claims: string;
  /** The file of tests that runs its quick form. */
  readonly group: CheckGroup;
  run(context: CheckContext): Promise<Verdict>;
}

/** Counts things by name, for evidence. */
export interface Tally {
  add(name: string): void;
  get(name: string): number;
  total(): number;
  /** `E_SIG 812, E_QUORUM 40`, most frequent first. */
  toString(): string;
}

/** Makes an empty tally. */
export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    get: (name) => counts.get(name) ?? 0,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    toString: () =>
      [...counts]
        .toSorted((a, b) => b[1] - a[1])
        .map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`)
        .join(', '),
  };
}

/** One of the list; the list is not empty. */
export function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}
