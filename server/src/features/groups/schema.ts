// What the API says about groups.
import { MAX_EXPRESSION_CHARS } from '@muster/protocol/language';
import { type Static, Type } from 'typebox';
import { PageOf, PageQuery } from '../../core/http/paging.ts';
import {
  MAX_DESCRIPTION_CHARS,
  MAX_EXPLAINED_PARTS,
  MAX_GROUP_NAME_CHARS,
  MAX_GROUPS,
  MAX_PICKED_AT_ONCE,
} from './limits.ts';

const closed = { additionalProperties: false } as const;
const PLAIN = '^[^\\u0000-\\u001f\\u007f]*$';

const GroupName = Type.String({
  minLength: 1,
  maxLength: MAX_GROUP_NAME_CHARS,
  pattern: PLAIN,
  description: 'Name of the group; no two have the same.',
});
const Description = Type.String({ maxLength: MAX_DESCRIPTION_CHARS, description: 'What it is for.' });
const ExpressionText = Type.String({
  minLength: 1,
  maxLength: MAX_EXPRESSION_CHARS,
  description: 'Expression that holds for its members, as `os.family == "debian"`.',
});
const DeviceIds = Type.Array(Type.String({ pattern: '^dev_[a-z2-7]{26}$' }), {
  maxItems: MAX_PICKED_AT_ONCE,
  description: 'Device ids.',
});

/** One group. */
export const Group = Type.Object(
  {
    id: Type.String({ description: 'Group id.' }),
    name: GroupName,
    description: Description,
    expression: Type.Union([ExpressionText, Type.Null()], { description: 'Null: only picked devices.' }),
    picked: Type.Integer({
      description:
        'Devices that somebody picked, whether or not the expression holds, of those that the caller may see.',
    }),
    count: Type.Integer({ description: 'Members now, of those that the caller may see; exact.' }),
    createdBy: Type.String({ description: 'Who made it.' }),
    createdAt: Type.String({ format: 'date-time', description: 'When it was made.' }),
    changedAt: Type.String({ format: 'date-time', description: 'When its definition was changed last.' }),
  },
  { ...closed, description: 'Devices that are together by an expression, or because somebody picked them.' },
);
export type Group = Static<typeof Group>;

/** All groups. */
export const GroupList = Type.Object({ groups: Type.Array(Group, { maxItems: MAX_GROUPS }) }, closed);

/** What a group is made of. */
export const NewGroup = Type.Object(
  {
    name: GroupName,
    description: Type.Optional(Description),
    expression: Type.Optional(ExpressionText),
    devices: Type.Optional(DeviceIds),
  },
  { ...closed, description: 'A group to be made.' },
);
export type NewGroup = Static<typeof NewGroup>;

/** What may change of it. */
export const GroupChange = Type.Object(
  {
    name: Type.Optional(GroupName),
    description: Type.Optional(Description),
    expression: Type.Optional(Type.Union([ExpressionText, Type.Null()])),
    add: Type.Optional(DeviceIds),
    remove: Type.Optional(DeviceIds),
  },
  {
    ...closed,
    description:
      'What changes; what is not named stays. Devices are picked and left out by `add` and `remove`.',
  },
);
export type GroupChange = Static<typeof GroupChange>;

/** The group in an address. */
export const GroupParams = Type.Object(
  { id: Type.String({ pattern: '^grp_[a-z2-7]{26}$', description: 'Group id.' }) },
  closed,
);

/** A member. */
const GroupMember = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Host name.' }),
    presence: Type.String({ description: 'online, offline, missing or never.' }),
    state: Type.String({ description: 'State of the device.' }),
    picked: Type.Boolean({ description: 'True when somebody picked it.' }),
  },
  closed,
);

/** A page of them by host name. */
export const MemberPage = Type.Object({
  ...PageOf(GroupMember).properties,
  count: Type.Integer({ description: 'Members in all.' }),
});
export const MemberQuery = Type.Object({ ...PageQuery }, closed);

/** One part of an expression with its answer. */
const ExplainedPart = Type.Object(
  {
    depth: Type.Integer({ description: 'How deep it stands; the parts of a join follow it, one deeper.' }),
    kind: Type.Union([Type.Literal('all'), Type.Literal('any'), Type.Literal('not'), Type.Literal('leaf')], {
      description: 'How its parts are joined; a leaf has none.',
    }),
    text: Type.String({ description: 'The part, as an expression.' }),
    holds: Type.Boolean({ description: 'Its answer for the device.' }),
    reads: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'Fact or label.' }),
          value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
            description: 'What the device has; null: it has said nothing of the kind.',
          }),
        },
        closed,
      ),
      { description: 'What a leaf reads.' },
    ),
  },
  closed,
);

/** An expression tried on a device. */
export const Explanation = Type.Object(
  {
    holds: Type.Boolean({ description: 'Whether the expression holds for the device.' }),
    parts: Type.Array(ExplainedPart, {
      maxItems: MAX_EXPLAINED_PARTS,
      description: 'Each part with its answer.',
    }),
  },
  { ...closed, description: 'Why an expression holds for a device, or does not.' },
);
export type Explanation = Static<typeof Explanation>;

/** What is tried. */
export const ExplainQuery = Type.Object({ on: ExpressionText }, closed);

/** Whether a device is a member, and why. */
export const Membership = Type.Object(
  {
    group: Type.Object({ id: Type.String(), name: Type.String() }, { ...closed, description: 'The group.' }),
    member: Type.Boolean({ description: 'Whether the device is a member.' }),
    picked: Type.Boolean({ description: 'Somebody picked it.' }),
    expression: Type.Union([Explanation, Type.Null()], { description: 'Null: the group has no expression.' }),
  },
  { ...closed, description: 'Whether a device is a member of a group, and why.' },
);
export type Membership = Static<typeof Membership>;

/** All groups of a device. */
export const DeviceGroups = Type.Object(
  {
    groups: Type.Array(
      Type.Object({ id: Type.String(), name: Type.String(), picked: Type.Boolean() }, closed),
    ),
  },
  { ...closed, description: 'Groups that a device is a member of.' },
);

export const MembershipParams = Type.Object(
  {
    id: Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Device id.' }),
    group: Type.String({ pattern: '^grp_[a-z2-7]{26}$', description: 'Group id.' }),
  },
  closed,
);
