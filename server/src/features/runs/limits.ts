// Limits and times of jobs with their units, and the defaults that depend on the class.
import type { CommandClass } from '@muster/protocol';

/** Orders without an answer of the database whose fate is asked for. */
export const MAX_DOUBTS = 1_000;
/** Devices of one block. */
export const BLOCK_DEVICES = 1_024;
/** Jobs of an organization that are not over; their state bytes are in memory. */
export const MAX_OPEN_JOBS = 2_000;
/** Offers that a device has without an answer; more wait for the answers. */
export const OFFER_WINDOW = 16;
/** Devices that are offered a command in one slice, and one commit. */
export const OFFER_SLICE = 1_000;
/** Devices that are looked at in one turn when a job begins. */
export const SCAN_SLICE = 8_192;
/** Devices of the wave that is stored as offered together with the job. */
export const FIRST_WAVE = 1_000;
/** How long after notAfter a device that was offered a run may stay silent before the run is `unknown`, ms. */
export const SILENT_MS = 86_400_000;
/** Longest time between two looks at what is due, ms. */
export const LOOK_EVERY_MS = 60_000;
/** Shortest one, so that what cannot be stored now is not tried without end, ms. */
export const MIN_LOOK_MS = 10;
/** Times an offer is repeated soon after `run.later`, the first pause, of which each is twice the one before, and the pause from then on, ms. */
export const MAX_LATER = 6;
export const LATER_MS = 250;
export const LATER_SLOW_MS = 300_000;

/** Changes of runs that wait to be stored; above it the devices keep their reports and send them again. */
export const MAX_QUEUED_CHANGES = 50_000;
/** A change waits for the others of its turn only, ms: while one commit is under way, the next gathers by itself. */
export const CHANGE_WAIT_MS = 0;
/** Reports and files that a device may send in a day, bytes; above it they stay on the device until the next. */
export const MAX_REPORT_BYTES_A_DAY = 256 * 1024 * 1024;

/** Target snapshots in memory, devices of all of them together, and how long one is kept, ms. */
export const MAX_SNAPSHOTS = 64;
export const MAX_SNAPSHOT_DEVICES = 2_000_000;
export const SNAPSHOT_MS = 900_000;
/** Devices that can be named one by one. */
export const MAX_NAMED_DEVICES = 1_000;
/** Leaves of hash trees in memory, 72 bytes each; the tree of a job beyond them is built again when it is needed. */
export const MAX_TREE_LEAVES = 4_000_000;
/** Nodes that are hashed in one turn. */
export const TREE_TURN_NODES = 8_192;

/** Bytes of fetched files that one job may leave here. */
export const MAX_JOB_FILE_BYTES = 1024 * 1024 * 1024;
/** Files that one device sends at a time. */
export const MAX_TRANSFERS = 4;
/** Times a file that came with another hash is fetched again in a session. */
export const MAX_FILE_ATTEMPTS = 3;
/** Pieces that are read at once to hold a file against its hash. */
export const CHECK_PIECES = 16;

/** Progress of a job is told at most this often, ms. */
export const PROGRESS_MS = 100;
/** Bytes that a reader of events may have waiting before output and runs are left out for it. */
export const MAX_EVENT_BACKLOG_BYTES = 128 * 1024;

/** Hours over which targets are counted for the budgets, ms. */
export const BUDGET_MS = 3_600_000;
/** The same for destructive commands: a day. */
export const DESTRUCTIVE_BUDGET_MS = 86_400_000;

/** Most targets of a signer and of the organization, in an hour; of destructive commands in a day. Routine ones are not counted. */
export const budgets: Readonly<
  Record<'privileged' | 'destructive', { signer: number; organization: number }>
> = {
  privileged: { signer: 1_000_000, organization: 5_000_000 },
  destructive: { signer: 25, organization: 100 },
};

/**
 * Failures at which a job is held when its maker does not say: routine never (nothing is changed), privileged at 5 % of the
 * targets, 3 at least and 100 at most, destructive at the first. Being offline or expiring is no failure.
 */
export function defaultStopAt(commandClass: CommandClass, targets: number): number | null {
  if (commandClass === 'routine') return null;
  if (commandClass === 'destructive') return 1;
  return Math.min(100, Math.max(3, Math.ceil(targets / 20)));
}
/** Jobs that one page of a device's runs looks through. */
export const MAX_LOOKED_JOBS = 2_000;
