// What the API says about compliance.
import { type Static, Type } from 'typebox';
import { PageOf, PageQuery } from '../../core/http/paging.ts';

const closed = { additionalProperties: false } as const;
const Moment = Type.String({ format: 'date-time' });
const MomentOrNull = (description: string) => Type.Union([Moment, Type.Null()], { description });
const Policy = Type.String({ minLength: 1, maxLength: 256, description: 'Name of a policy.' });
const Rule = Type.String({ minLength: 1, maxLength: 256, description: 'Id of a rule of that policy.' });

// Written out, as the compiler wants it; stateNames has the same in the same order.
const State = Type.Union(
  [
    Type.Literal('error'),
    Type.Literal('drifted'),
    Type.Literal('applying'),
    Type.Literal('repaired'),
    Type.Literal('compliant'),
    Type.Literal('not-applicable'),
    Type.Literal('exempt'),
    Type.Literal('not-reporting'),
  ],
  {
    description: 'How an item stands; not-reporting: the device has said nothing for two days.',
  },
);

const Counts = Type.Object(
  {
    error: Type.Integer(),
    drifted: Type.Integer(),
    applying: Type.Integer(),
    repaired: Type.Integer(),
    compliant: Type.Integer(),
    'not-applicable': Type.Integer(),
    exempt: Type.Integer(),
    'not-reporting': Type.Integer(),
  },
  { ...closed, description: 'How many items stand how. An item is one thing on one device.' },
);

const share = {
  met: Type.Integer({ description: 'Items that are compliant or repaired.' }),
  meant: Type.Integer({ description: 'Items of which the rule is: all but not-applicable and exempt.' }),
  counts: Counts,
};

const PolicyShare = Type.Object({ policy: Policy, ...share }, closed);
const RuleShare = Type.Object(
  {
    rule: Rule,
    title: Type.Union([Type.String(), Type.Null()], {
      description: 'Its title; null: it is in force no more.',
    }),
    severity: Type.Union([Type.String(), Type.Null()], { description: 'Its severity, the same way.' }),
    ...share,
  },
  closed,
);

/** Shares of policies; of one policy also those of its rules. */
export const ComplianceView = Type.Object(
  {
    at: MomentOrNull(
      'The moment that was counted: the beginning of an hour, or of a day where it is long ago; null: now.',
    ),
    policies: Type.Array(PolicyShare, { description: 'By name.' }),
    rules: Type.Array(RuleShare, { description: 'Of the policy that was asked for, by id; else none.' }),
  },
  { ...closed, description: 'What of the devices complies.' },
);
export type ComplianceView = Static<typeof ComplianceView>;

/** What is counted. */
export const ComplianceQuery = Type.Object(
  {
    policy: Type.Optional(Policy),
    at: Type.Optional(
      Type.String({ format: 'date-time', description: 'As it was at that moment; nothing: now.' }),
    ),
  },
  closed,
);

/** Shares over time. */
export const TrendView = Type.Object(
  {
    points: Type.Array(Type.Object({ at: Moment, met: share.met, meant: share.meant }, closed), {
      description: 'One for the beginning of each day, oldest first, and one for now.',
    }),
  },
  { ...closed, description: 'How the share moved.' },
);
export type TrendView = Static<typeof TrendView>;

/** Of what, and how far back. */
export const TrendQuery = Type.Object(
  {
    policy: Type.Optional(Policy),
    rule: Type.Optional(Rule),
    days: Type.Integer({ minimum: 1, maximum: 366, default: 30, description: 'Days back from today.' }),
  },
  closed,
);

const item = {
  item: Type.String({ description: 'What it is about, as `ssh.PermitRootLogin`.' }),
  mode: Type.Union([Type.Literal('audit'), Type.Literal('enforce')], {
    description: 'Looked at only, or repaired.',
  }),
  state: State,
  since: Type.String({ format: 'date-time', description: 'Since when it stands so.' }),
  code: Type.Union([Type.String(), Type.Null()], { description: 'Why it is not repaired; null: no reason.' }),
  found: Type.String({ description: 'What the device found.' }),
  wanted: Type.String({ description: 'What its policies want.' }),
  reason: Type.String({ description: 'A sentence of the device; may be empty.' }),
  done: Type.Array(Type.String(), { description: 'What its last repair did.' }),
};

/** How an item stands on a device. */
const DeviceItem = Type.Object(
  {
    ...{ policy: Policy, rule: Rule, ...item },
    title: Type.Union([Type.String(), Type.Null()], { description: 'Of the rule; null: in force no more.' }),
    severity: Type.Union([Type.String(), Type.Null()], { description: 'Of the rule, the same way.' }),
    remediation: Type.Union([Type.String(), Type.Null()], {
      description: 'What a person can do, as the rule says; null: in force no more.',
    }),
  },
  closed,
);

/** What a device said of its policies. */
export const DeviceCompliance = Type.Object(
  {
    reportedAt: MomentOrNull('When it said last how its items stand; null: never.'),
    silentSince: MomentOrNull('Since when it counts as not reporting; null: it reports.'),
    ...PageOf(DeviceItem).properties,
  },
  { ...closed, description: 'How the items of a device stand, worst first.' },
);

/** A page of them. */
export const DeviceItemsQuery = Type.Object({ ...PageQuery, state: Type.Optional(State) }, closed);

/** How an item of a rule stands somewhere. */
export const RuleItem = Type.Object(
  {
    deviceId: Type.String({ description: 'Device.' }),
    hostname: Type.String({ description: 'Its host name.' }),
    ...item,
  },
  closed,
);

/** Which rule, and which of its items. */
export const RuleItemsQuery = Type.Object(
  { policy: Policy, rule: Rule, ...PageQuery, state: Type.Optional(State) },
  closed,
);
