// What the API says about jobs and runs.
import { type RunState, runStates } from '@muster/protocol';
import { type JobState, jobStates } from '@muster/protocol/commands';
import { type Static, Type } from 'typebox';
import { SignedDocument } from '../../core/http/signed.ts';
import { MAX_NAMED_DEVICES } from './limits.ts';

const closed = { additionalProperties: false } as const;
const Time = (description: string) => Type.String({ format: 'date-time', description });
const Or = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const runStateNames = Object.keys(runStates) as RunState[];

const JobStateName = Type.Unsafe<JobState>(
  Type.Union(
    jobStates.map((state) => Type.Literal(state)),
    { description: 'State of the job.' },
  ),
);
const RunStateName = Type.Unsafe<RunState>(
  Type.Union(
    runStateNames.map((state) => Type.Literal(state)),
    { description: 'State of a run; docs/architecture/delivery.md.' },
  ),
);

const CommandId = Type.String({
  pattern: '^cmd_[a-z2-7]{26}$',
  description: 'Job id: the id of its command.',
});
const Hash = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'sha256, base64url.' });

/** The job in an address. */
export const JobParams = Type.Object({ id: CommandId });
/** The run in an address. */
export const RunParams = Type.Object({
  id: CommandId,
  deviceId: Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Device id.' }),
});

const CountsView = Type.Record(Type.String(), Type.Integer(), {
  description: 'Targets by state of their run; states without any are left out.',
});

const summary = {
  id: Type.String({ description: 'Job id: the id of its command.' }),
  kind: Type.String({ description: 'Kind of the command.' }),
  class: Type.String({ description: 'routine, privileged, code or destructive.' }),
  reason: Type.String({ description: 'Why, as it was signed.' }),
  requester: Type.String({ description: 'Signer who asks.' }),
  signers: Type.Array(Type.String(), { description: 'Who has signed.' }),
  needed: Type.Integer({ description: 'Distinct signers it needs.' }),
  state: JobStateName,
  held: Or('Why it is held or was canceled; null: neither.'),
  dryRun: Type.Boolean({ description: 'Devices only say what they would do.' }),
  emergency: Type.Boolean({ description: 'Devices do it in a freeze too.' }),
  notBefore: Time('Nothing starts before.'),
  notAfter: Time('Nothing starts after.'),
  createdAt: Time('When it was handed in.'),
  endedAt: Or('When the last target was final; null while one is open.'),
  madeBy: Type.String({ description: 'Name of the token that handed it in.' }),
  counts: CountsView,
  targets: Type.Integer({ description: 'Devices it means.' }),
};

/** One of a list. */
export const JobSummary = Type.Object(summary, { ...closed, description: 'A job in a list.' });
export type JobSummary = Static<typeof JobSummary>;

const OptionsView = Type.Object(
  {
    on: Or(
      'Expression by which the server found exactly these devices; null: by name, or without a snapshot.',
    ),
    concurrency: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Runs at a time; null: no limit.',
    }),
    batches: Type.Array(Type.Integer(), { description: 'Shares of the targets in percent.' }),
    stopAtFailures: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Failures at which the rest is held; null: never.',
    }),
    dedupeKey: Or('No second open job has it; null: none.'),
    content: Type.Array(Type.String(), { description: 'Content it needs, by the digest of its document.' }),
  },
  { ...closed, description: 'How it is carried out.' },
);

/** A whole job. */
export const JobView = Type.Object(
  {
    ...summary,
    command: Type.Unknown({ description: 'The command as it was signed.' }),
    envelope: Type.Union([SignedDocument, Type.Null()], {
      description: 'As it was signed; null where some of its targets may not be seen.',
    }),
    options: OptionsView,
  },
  { ...closed, description: 'A job.' },
);
export type JobView = Static<typeof JobView>;

/** An order. */
export const JobBody = Type.Object(
  {
    envelope: SignedDocument,
    content: Type.Optional(
      Type.Array(Hash, {
        maxItems: 4,
        description: 'Content that the command needs, by the digest of its document.',
      }),
    ),
    snapshot: Type.Optional(
      Type.String({
        pattern: '^snp_[a-z2-7]{26}$',
        description: 'Snapshot of the targets; needed for a tree.',
      }),
    ),
    options: Type.Optional(
      Type.Object(
        {
          on: Type.Optional(
            Type.String({
              maxLength: 2_048,
              description: 'Not shown: the expression of a job is that of its snapshot.',
            }),
          ),
          concurrency: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'Runs at a time.' }),
          ),
          batches: Type.Optional(
            Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), {
              maxItems: 20,
              description: 'Shares of the targets in percent, rising; each is finished before the next.',
            }),
          ),
          stopAtFailures: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 10_000_000,
              description: 'Failures at which the rest is held.',
            }),
          ),
          dedupeKey: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 128,
              pattern: '^[^\\u0000-\\u001f\\u007f]*$',
              description: 'No second open job may have it.',
            }),
          ),
        },
        { ...closed, description: 'How it is carried out.' },
      ),
    ),
  },
  closed,
);

/** A page of jobs. */
export const JobList = Type.Object(
  { jobs: Type.Array(JobSummary), next: Or('`after` of the next page.') },
  closed,
);
export const JobQuery = Type.Object(
  {
    state: Type.Optional(JobStateName),
    kind: Type.Optional(
      Type.String({
        maxLength: 64,
        pattern: '^[a-z][a-z.-]*\\*?$',
        description: 'Kind of the command, or the beginning of one with a * behind it.',
      }),
    ),
    requester: Type.Optional(Type.String({ maxLength: 64, description: 'Signer who asks.' })),
    after: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The `next` of the page before.',
      }),
    ),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Jobs of the page.' }),
  },
  closed,
);

const run = {
  deviceId: Type.String({ description: 'Device id.' }),
  hostname: Type.String({ description: 'Name the device calls itself by.' }),
  state: RunStateName,
  code: Or('Why it was refused, failed or waits; null: nothing to say.'),
  message: Type.String({ description: 'A sentence of the device; empty: none.' }),
  exit: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Exit code of the program; null: none ran.',
  }),
  outputSha256: Or('Hash of the kept output; null: none.'),
  at: Or('When the last report worth a row was stored; null: none was.'),
};

/** A run in a list. */
export const RunSummary = Type.Object(run, { ...closed, description: 'A run.' });
export type RunSummary = Static<typeof RunSummary>;
/** A page of runs. */
export const RunList = Type.Object(
  { runs: Type.Array(RunSummary), next: Or('`after` of the next page.') },
  closed,
);
export const RunQuery = Type.Object(
  {
    state: Type.Optional(RunStateName),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'The `next` of the page before.' }),
    ),
    output: Type.Optional(Hash),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Runs of the page.' }),
  },
  closed,
);

/** One run with everything. */
export const RunView = Type.Object(
  {
    ...run,
    result: Type.Union([SignedDocument, Type.Null()], { description: 'Signed result; null: none yet.' }),
    isGenuine: Type.Union([Type.Boolean(), Type.Null()], {
      description: "Whether the device's own key signed the result; null: there is none.",
    }),
    output: Or('Kept output as text; bytes that are no UTF-8 are replaced. Null: none.'),
    truncated: Type.Boolean({ description: 'The program wrote more than was kept; the end was.' }),
  },
  { ...closed, description: 'A run with its result and output.' },
);
export type RunView = Static<typeof RunView>;

/** Why a job is canceled. */
export const CancelBody = Type.Object(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Why, in a sentence for people.',
    }),
  },
  closed,
);

// Targets

const TargetView = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Name the device calls itself by.' }),
    fingerprint: Type.String({ description: 'Fingerprint of its key.' }),
    state: Type.Union([Type.Literal('online'), Type.Literal('offline')], {
      description: 'Whether it is connected.',
    }),
  },
  closed,
);
export type TargetView = Static<typeof TargetView>;

/** Which devices are meant: one of the two. */
export const TargetBody = Type.Object(
  {
    on: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048, description: 'An expression.' })),
    devices: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }), {
        minItems: 1,
        maxItems: MAX_NAMED_DEVICES,
        description: 'Ids, unique beginnings of ids, or exact host names.',
      }),
    ),
    skipInactive: Type.Optional(
      Type.Boolean({
        description: 'Named devices that take no commands are left out and told, instead of refused.',
      }),
    ),
    job: Type.Optional(CommandId),
    states: Type.Optional(
      Type.Array(RunStateName, {
        minItems: 1,
        maxItems: 16,
        uniqueItems: true,
        description: 'With `job`: its devices whose runs are in these states, as for another try.',
      }),
    ),
  },
  closed,
);
const ExcludedView = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Name the device calls itself by.' }),
    why: Type.Union([Type.Literal('pending'), Type.Literal('quarantined'), Type.Literal('retired')], {
      description: 'State in which it takes no commands.',
    }),
  },
  { ...closed, description: 'A device that is left out.' },
);
export type ExcludedView = Static<typeof ExcludedView>;
export const SnapshotView = Type.Object(
  {
    snapshot: Type.String({ description: 'Id of the snapshot.' }),
    count: Type.Integer({ description: 'Devices that are meant.' }),
    root: Type.String({ description: 'Root of the hash tree over their sorted ids, base64url.' }),
    online: Type.Integer({ description: 'Connected ones.' }),
    offline: Type.Integer({
      description: 'The others; they get the command when they come, until it expires.',
    }),
    isDeviceOnly: Type.Boolean({ description: 'The expression can be signed as `bound`.' }),
    devices: Type.Array(TargetView, { description: 'The first 25, by id.' }),
    excludedCount: Type.Integer({
      description: 'Devices that fit and are left out, because they take no commands now.',
    }),
    excluded: Type.Array(ExcludedView, { description: 'The first 25 of them.' }),
    expiresAt: Time('When the snapshot is forgotten.'),
  },
  closed,
);
export type TargetBody = Static<typeof TargetBody>;
export const SnapshotParams = Type.Object({
  snapshot: Type.String({ pattern: '^snp_[a-z2-7]{26}$', description: 'Snapshot id.' }),
});
const after = Type.Optional(
  Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'The `next` of the page before.' }),
);
export const SnapshotIdsQuery = Type.Object(
  {
    after,
    limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 10_000, description: 'Ids of the page.' }),
  },
  closed,
);
export const SnapshotIds = Type.Object(
  { ids: Type.Array(Type.String(), { description: 'Sorted ids.' }), next: Or('`after` of the next page.') },
  closed,
);
export const SnapshotDevicesQuery = Type.Object(
  {
    after,
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Devices of the page.' }),
  },
  closed,
);
export const SnapshotDevices = Type.Object(
  { devices: Type.Array(TargetView), next: Or('`after` of the next page.') },
  closed,
);
