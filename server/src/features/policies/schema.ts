// What the API says about policies.
import { MAX_POLICIES } from '@muster/protocol/policy';
import { type Static, Type } from 'typebox';
import { SignedDocument } from '../../core/http/signed.ts';
import { WavesOrder } from './schema-rollout.ts';

const closed = { additionalProperties: false } as const;

const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$', description: 'Name of the policy.' });
const Digest = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'Digest of the signed revision, base64url.',
});
const Epoch = Type.Integer({ description: 'Policy epoch of the trust document.' });
const Version = Type.Integer({ description: 'Version within the epoch.' });

const signing = {
  requester: Type.String({ description: 'Signer who asked, as the document says.' }),
  reason: Type.String({ description: 'Why.' }),
  at: Type.String({ format: 'date-time', description: 'When it was signed, as the document says.' }),
};

/** A set. */
export const PolicySetView = Type.Object(
  {
    digest: Type.String({ description: 'Digest of the signed set, base64url.' }),
    epoch: Epoch,
    version: Version,
    ...signing,
    plan: Type.String({ description: 'Digest of the plan that was approved.' }),
    policies: Type.Integer({ description: 'Policies that it names.' }),
    isVoid: Type.Boolean({ description: 'True: nobody who may sign now has signed it.' }),
    isInForce: Type.Boolean({ description: 'False: another one came after it.' }),
    storedAt: Type.String({ format: 'date-time', description: 'When it came into force.' }),
    envelope: SignedDocument,
  },
  { ...closed, description: 'A signed set of policies.' },
);
export type PolicySetView = Static<typeof PolicySetView>;

const SetOrNone = Type.Union([PolicySetView, Type.Null()], {
  description: 'The set in force; null: none was signed in this epoch.',
});

/** A policy in a list. */
const PolicyView = Type.Object(
  {
    name: Name,
    digest: Digest,
    version: Version,
    ...signing,
    isVoid: Type.Boolean({ description: 'True: nobody who may sign now has signed it.' }),
    title: Type.String({ description: 'What it is about.' }),
    owner: Type.String({ description: 'Who answers for it.' }),
    mode: Type.String({ description: 'audit or enforce.' }),
    priority: Type.Integer({ description: 'The higher number wins.' }),
    rules: Type.Integer({ description: 'Rules in it.' }),
    on: Type.String({ description: 'For which devices, as an expression.' }),
    except: Type.String({ description: 'And for which not.' }),
  },
  { ...closed, description: 'A policy in force.' },
);
export type PolicyView = Static<typeof PolicyView>;

/** How active devices stand to the set in force. */
const Standings = Type.Object(
  {
    current: Type.Integer({ description: 'They hold exactly the set in force.' }),
    behind: Type.Integer({ description: 'They hold an older set, and have not said why.' }),
    none: Type.Integer({ description: 'They hold none, or never said.' }),
    refused: Type.Integer({
      description: 'They say why they do not hold the set that they were shown last.',
    }),
  },
  closed,
);
export type Standings = Static<typeof Standings>;

/** All policies in force. */
export const PolicyList = Type.Object(
  {
    epoch: Epoch,
    set: SetOrNone,
    policies: Type.Array(PolicyView),
    devices: Type.Union([Standings, Type.Null()], {
      description:
        'Active devices that the caller may see, by how they stand to the set in force, as they said last; null: they cannot be counted just now.',
    }),
  },
  closed,
);

/** What a device holds. */
export const DevicePolicies = Type.Object(
  {
    held: Type.Union(
      [
        Type.Object(
          {
            epoch: Epoch,
            version: Version,
            digest: Type.String({ description: 'Digest of the signed set, base64url.' }),
            policies: Type.Integer({ description: 'Revisions in it.' }),
            unsigned: Type.Integer({
              description: 'Those of them that nobody has signed who may sign now; they say nothing there.',
            }),
          },
          closed,
        ),
        Type.Null(),
      ],
      {
        description: 'The set that the device holds whole, verified by itself; null: none, or it never said.',
      },
    ),
    isCurrent: Type.Boolean({ description: 'True: it is the set in force.' }),
    code: Type.Union([Type.String(), Type.Null()], {
      description:
        'Why the device does not hold the set that it was shown last; null: it does, or it never said.',
    }),
    at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When the device said so, by the clock of the server; null: it never did.',
    }),
  },
  { ...closed, description: 'What a device holds of the policies in force, as it said last.' },
);
export type DevicePolicies = Static<typeof DevicePolicies>;

/** What is in force as it was signed, for whoever verifies it himself. */
export const PolicySetDocuments = Type.Object(
  {
    epoch: Epoch,
    set: SetOrNone,
    revisions: Type.Array(
      Type.Object({ name: Name, digest: Digest, version: Version, envelope: SignedDocument }, closed),
      { description: 'The revisions that the set names, by name of the policy.' },
    ),
  },
  closed,
);

/** The policy in an address. */
export const PolicyParams = Type.Object({ name: Name });

/** A revision in an address. */
export const RevisionParams = Type.Object({ name: Name, digest: Digest });

/** Two revisions. */
export const DiffQuery = Type.Object({ from: Digest, to: Digest }, closed);

const revisionFields = {
  name: Name,
  epoch: Epoch,
  version: Version,
  digest: Digest,
  ...signing,
  isInForce: Type.Boolean({ description: 'The set in force names it.' }),
  storedAt: Type.String({ format: 'date-time', description: 'When it came into force.' }),
};

/** The history of a policy. */
export const PolicyHistory = Type.Object(
  { name: Name, revisions: Type.Array(Type.Object(revisionFields, closed)) },
  { ...closed, description: 'Revisions, the newest first.' },
);

/** One revision. */
export const RevisionView = Type.Object(
  {
    ...revisionFields,
    bound: Type.String({ description: 'What a device can judge of whom it is for; empty: nothing.' }),
    source: Type.String({ description: 'sha256 of the file it was read from, base64url.' }),
    yaml: Type.String({ description: 'The policy as a file.' }),
    envelope: SignedDocument,
  },
  closed,
);

/** Lines of two revisions. */
export const PolicyDiff = Type.Object(
  { text: Type.String({ description: 'Lines with -, + or a blank before each; empty: they say the same.' }) },
  closed,
);

/** What a plan is asked for. */
export const PlanRequest = Type.Object(
  {
    policies: Type.Array(Type.Unknown(), {
      maxItems: MAX_POLICIES,
      description: 'All policies that are to be in force, each in the form of a file.',
    }),
  },
  closed,
);

const Wish = Type.Union(
  [
    Type.Object(
      {
        says: Type.String({ description: 'What is wanted, as a clause.' }),
        mode: Type.String({ description: 'audit or enforce.' }),
        isDecided: Type.Boolean({ description: 'False: rules disagree, and nothing is enforced.' }),
        exemptUntil: Type.Union([Type.String(), Type.Null()], {
          description: 'Until when an exception leaves it alone, RFC 3339; null: none does.',
        }),
        rule: Type.String({ description: 'policy/rule that decides.' }),
      },
      closed,
    ),
    Type.Null(),
  ],
  { description: 'Null: nothing is wanted of it.' },
);

/** A plan. */
export const PlanView = Type.Object(
  {
    digest: Type.String({ description: 'Digest of the plan; a set that applies it names it.' }),
    base: Type.String({ description: 'Digest of the set it starts from; empty: none.' }),
    isEmpty: Type.Boolean({ description: 'True: there is nothing to sign.' }),
    changes: Type.Array(
      Type.Object(
        {
          name: Name,
          change: Type.String({ description: 'added, changed or deleted.' }),
          from: Type.String({ description: 'Digest of the revision in force; empty: none.' }),
          to: Type.String({ description: 'Hash of what is wanted; empty: nothing.' }),
        },
        closed,
      ),
    ),
    unchanged: Type.Array(Name),
    versions: Type.Array(Type.Object({ name: Name, version: Version }, closed), {
      description: 'The version that the next revision of each added or changed policy has.',
    }),
    at: Type.String({ format: 'date-time', description: 'Facts of devices are as of then.' }),
    devices: Type.Integer({ description: 'Active devices that were looked at.' }),
    touched: Type.Integer({ description: 'Devices for which something changes.' }),
    cases: Type.Integer({ description: 'Distinct cases that were resolved.' }),
    effectCount: Type.Integer({ description: 'Different effects; the greatest are listed.' }),
    effects: Type.Array(
      Type.Object(
        {
          devices: Type.Integer({ description: 'Devices for which exactly this changes.' }),
          examples: Type.Array(
            Type.Object(
              {
                id: Type.String({ description: 'Device id.' }),
                hostname: Type.String({ description: 'Host name.' }),
              },
              closed,
            ),
            { description: 'A few of them.' },
          ),
          itemCount: Type.Integer({ description: 'Items that change; the first are listed.' }),
          items: Type.Array(
            Type.Object(
              { item: Type.String({ description: 'What it is about.' }), before: Wish, after: Wish },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type PlanView = Static<typeof PlanView>;

/** What applies a plan. */
export const ApplyRequest = Type.Object(
  {
    set: SignedDocument,
    policies: Type.Array(SignedDocument, {
      maxItems: MAX_POLICIES,
      description: 'Revisions that are added or changed.',
    }),
    waves: Type.Optional(WavesOrder),
  },
  closed,
);
