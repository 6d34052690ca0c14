// Names of the places at which a crash is tried: every write, sync, rename, start of a program, send and confirmation.

/** Those that only the wrapper of an attempt meets, in this order. */
export const wrapperFailpointNames = [
  'claim.draft',
  'claim.taken',
  'claim.synced',
  'program.start',
  'program.started',
  'exit.draft',
  'exit.renamed',
] as const;

/** All failpoints, in the order a run meets them. A test hands in a function that ends the process at one of them. */
export const failpointNames = [
  'journal.write',
  'journal.sync',
  'journal.synced',
  'journal.segment',
  'journal.snapshot',
  'journal.snapshot-end',
  'journal.remove',
  'ballast.give-up',
  'spool.program',
  'spool.ready',
  'unit.start',
  'unit.started',
  ...wrapperFailpointNames,
  'run.checked',
  'run.started',
  'run.effect',
  'run.verified',
  'run.ended',
  'content.write',
  'content.rename',
  'report.send',
  'report.confirm',
  'spool.remove',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/** Called right before what its name says. Does nothing outside of tests. */
export type Failpoint = (name: FailpointName) => void;

/** The failpoint of a program that is not under test. */
export const noFailpoint: Failpoint = () => undefined;

/** Variable with the name of one failpoint, optionally `name:N` for the N-th time. Only builds under test read it. */
export const FAILPOINT_VARIABLE = 'MUSTER_FAILPOINT';

/** A failpoint that ends the process with `end` at the chosen place; undefined text: none is chosen. */
export function createFailpoint(text: string | undefined, end: () => void): Failpoint {
  if (text === undefined || text === '') return noFailpoint;
  const [wanted, times = '1'] = text.split(':');
  let left = Number(times);
  return (name) => {
    if (name === wanted && --left === 0) end();
  };
}
