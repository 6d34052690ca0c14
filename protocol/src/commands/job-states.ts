// The life of a job: one signed command on its way to all its devices. How each run of it stands is its own life (`run.ts`).
//
// `held` may go on as `running`; the last three are final. A job is over when every run of it is, which is later than its last
// state where it was canceled: what runs already may come to its end.

/** All states, in the order a job meets them. */
export const jobStates = [
  // Fewer people have signed than its kind needs.
  'awaiting-signatures',
  // Signed, and its time has not come.
  'scheduled',
  // Offered to every device that comes, as far as its options let it.
  'running',
  // Offered to no further device, by a person or because too many runs failed.
  'held',
  // Every run has ended.
  'done',
  // Stopped by a person; no further device gets it.
  'canceled',
  // Its time was over before enough people had signed.
  'expired',
] as const;

/** A state of a job. */
export type JobState = (typeof jobStates)[number];
