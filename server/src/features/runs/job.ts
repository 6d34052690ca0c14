// A job as it is in memory while it is open: header, envelope, and a byte a target.
import type { CommandClass, Envelope, RunState } from '@muster/protocol';
import type { Command, CommandKind, JobState } from '@muster/protocol/commands';
import { BLOCK_DEVICES } from './limits.ts';
import { blockOf, NOT_MEANT, stateOf, type Tally } from './states.ts';
import type { TargetTree } from './tree.ts';

/** How a job is carried out; decided by its maker, not signed. */
export interface JobOptions {
  /** The expression by which the targets were found; null: by name. */
  readonly on: string | null;
  /** Runs at one time that were offered and have no end; null: no limit. */
  readonly concurrency: number | null;
  /** Shares of the targets in percent, rising; each is finished before the next begins. Empty: all at once. */
  readonly batches: readonly number[];
  readonly dedupeKey: string | null;
  /** Digests of the content that the command names. */
  readonly content: readonly string[];
}

/** What changes of a job's header. */
export interface JobHead {
  readonly state: JobState;
  /** Why it is held or was canceled. */
  readonly note: string;
  /** Failures at which it is held; null: never. */
  readonly stopAt: number | null;
  readonly envelope: Envelope;
  /** Who has signed, sorted. */
  readonly signers: readonly string[];
  /** ms since 1970; null while a target is open. */
  readonly endedMs: number | null;
}

/** A job. Its changeable parts are changed by changes.ts alone, after the commit. */
export interface Job {
  readonly tenant: number;
  readonly number: number;
  /** Id of the command. */
  readonly id: string;
  /** base64url. */
  readonly digest: string;
  readonly kind: CommandKind;
  readonly commandClass: CommandClass;
  readonly madeBy: string;
  readonly command: Command;
  readonly options: JobOptions;
  readonly targets: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly createdMs: number;
  head: JobHead;
  /** State bytes by block; of a job that is over only the blocks somebody asked for. */
  readonly blocks: Map<number, Uint8Array>;
  counts: Tally;
  /** Numbers of the last reports of runs that were interrupted, by device number; other reports order themselves. */
  readonly ns: Map<number, number>;
  /** Runs that are not over and have a row already, by device number. */
  readonly noted: Set<number>;
}

/** What an open job has besides, made anew by every server. */
export interface OpenJob extends Job {
  /** Queued, connected devices that wait for their offer. */
  readonly ready: Set<number>;
  /** The same whose session has no room for an offer. */
  readonly waiting: Set<number>;
  /** Envelopes of the content that the command names; asked for at the first offer. */
  content: Promise<readonly Envelope[]> | null;
  /** The tree of its targets; built at the first offer that needs it. */
  tree: Promise<TargetTree> | null;
  isPumping: boolean;
  /** Something changed while it was being pumped. */
  isPumpDue: boolean;
  /** Devices were asked after the time was over. */
  isAsked: boolean;
}

/** The state of a device's run; undefined: it is not meant. */
export function runOf(job: Job, idx: number): RunState | undefined {
  const code = job.blocks.get(blockOf(idx))?.[idx % BLOCK_DEVICES] ?? NOT_MEANT;
  return stateOf(code);
}

/** Every target in a state, by number from a first one on, in order. */
export function* idxsOf(job: Job, fits: (state: RunState) => boolean, from = 0): Generator<number> {
  const codes = new Set<number>();
  for (let code = 0; code < NOT_MEANT; code += 1) {
    const state = stateOf(code);
    if (state !== undefined && fits(state)) codes.add(code);
  }
  for (const [block, states] of [...job.blocks].toSorted(([a], [b]) => a - b)) {
    for (let at = Math.max(0, from - block * BLOCK_DEVICES); at < BLOCK_DEVICES; at += 1) {
      if (codes.has(states[at] ?? NOT_MEANT)) yield block * BLOCK_DEVICES + at;
    }
  }
}

/** A job as an open one, with nothing under way. */
export function toOpen(job: Job): OpenJob {
  return {
    ...job,
    ready: new Set(),
    waiting: new Set(),
    content: null,
    tree: null,
    isPumping: false,
    isPumpDue: false,
    isAsked: false,
  };
}
