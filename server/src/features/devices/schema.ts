// What the API says about devices.
import { MAX_EXPRESSION_CHARS } from '@muster/protocol/language';
import { type Static, type TSchema, Type } from 'typebox';
import { FieldsQuery } from '../../core/http/fields.ts';
import { PageOf, PageQuery } from '../../core/http/paging.ts';

const closed = { additionalProperties: false } as const;

/** Labels of one device. */
export const MAX_LABELS = 64;

const LabelKey = Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,62}$' });
const LabelValue = Type.String({ maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

/** Labels: short names and values that people choose. */
export const Labels = Type.Record(LabelKey, LabelValue, {
  ...closed,
  maxProperties: MAX_LABELS,
  description: 'Labels, key to value.',
});

/** State of a device; docs/architecture/session.md draws it. */
const DeviceState = Type.Union(
  [Type.Literal('pending'), Type.Literal('active'), Type.Literal('quarantined'), Type.Literal('retired')],
  { description: 'pending waits for approval, quarantined for a decision of an admin; retired is final.' },
);

/** Whether a device is there, derived from presence. */
const Presence = Type.Union(
  [Type.Literal('online'), Type.Literal('offline'), Type.Literal('missing'), Type.Literal('never')],
  { description: 'missing: offline for 30 days or longer; never: has not connected yet.' },
);

const NullableTime = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description });

const nullable = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description: `${description} Null: the device has not said.` });

/** The few facts of the inventory that lists of devices show. */
export const DeviceFacts = Type.Object(
  {
    osName: nullable(Type.String(), 'Operating system.'),
    osVersion: nullable(Type.String(), 'Its version.'),
    osPlatform: nullable(Type.String(), 'Short name of the distribution, as `debian`.'),
    arch: nullable(Type.String(), 'Machine architecture.'),
    kernel: nullable(Type.String(), 'Running kernel.'),
    bootTime: nullable(Type.String(), 'When the system started.'),
    cpuModel: nullable(Type.String(), 'Processor.'),
    cpuSockets: nullable(Type.Number(), 'Processor packages.'),
    cpuThreads: nullable(Type.Number(), 'Logical processors.'),
    memoryBytes: nullable(Type.Number(), 'Memory, bytes.'),
    swapBytes: nullable(Type.Number(), 'Swap, bytes.'),
    vendor: nullable(Type.String(), 'Maker of the machine.'),
    model: nullable(Type.String(), 'Model of the machine.'),
    virtual: nullable(Type.Boolean(), 'Whether it is a virtual machine.'),
    rebootRequired: nullable(Type.Boolean(), 'Whether an update waits for a reboot.'),
    packages: nullable(Type.Integer(), 'Installed packages.'),
  },
  { ...closed, description: 'Facts of the inventory.' },
);
export type DeviceFacts = Static<typeof DeviceFacts>;

/** One device. */
export const Device = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Host name as the device reports it.' }),
    state: DeviceState,
    stateReason: Type.String({ description: 'Code that led to the state; empty when there is none.' }),
    presence: Presence,
    platform: Type.String({ description: 'Operating system in words.' }),
    agentVersion: Type.String({ description: 'Version of the agent build.' }),
    labels: Labels,
    fingerprint: Type.String({ description: 'Fingerprint of the device key, for comparison by people.' }),
    enrolledAt: Type.String({ format: 'date-time', description: 'When the device enrolled.' }),
    enrolledWith: Type.String({ description: 'Id of the enrollment token that it came with.' }),
    onlineSince: NullableTime('When the present session began; null while offline.'),
    lastSeenAt: NullableTime('Last transition between online and offline; null before the first session.'),
    clockOffsetMs: Type.Integer({ description: 'Device clock minus server clock at the last session, ms.' }),
    facts: Type.Union([DeviceFacts, Type.Null()], {
      description: 'Facts of the inventory; null when they were not asked for.',
    }),
  },
  { ...closed, description: 'A managed computer.' },
);
export type Device = Static<typeof Device>;

/** What a list is ordered by. */
const DeviceSort = Type.Union(
  [
    Type.Literal('hostname'),
    Type.Literal('-hostname'),
    Type.Literal('id'),
    Type.Literal('-id'),
    Type.Literal('seen'),
    Type.Literal('-seen'),
  ],
  {
    description:
      'Order: host name, id, or when a device was last connected (now while it is online); with - the other way round.',
  },
);
export type DeviceSort = Static<typeof DeviceSort>;

/** A page of devices. */
export const DevicePage = Type.Object({
  ...PageOf(Device).properties,
  count: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'Devices that fit in all, exactly; null while the server still reads its devices.',
  }),
});

/** What a list can be narrowed by. */
export const DeviceQuery = Type.Object(
  {
    ...PageQuery,
    ...FieldsQuery,
    sort: Type.Optional(DeviceSort),
    on: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_EXPRESSION_CHARS,
        description:
          'Expression that holds for the devices, as `os.family == "debian" && label("env") == "prod"`.',
      }),
    ),
    group: Type.Optional(
      Type.String({
        pattern: '^grp_[a-z2-7]{26}$',
        description: 'Id of a group: only its members. Needs the permission groups.read.',
      }),
    ),
    state: Type.Optional(DeviceState),
    hostname: Type.Optional(Type.String({ maxLength: 253, description: 'Beginning of the host name.' })),
    id: Type.Optional(
      Type.String({ pattern: '^dev_[a-z2-7]{0,26}$', description: 'Beginning of the device id.' }),
    ),
  },
  closed,
);
export type DeviceQuery = Static<typeof DeviceQuery>;

/** A device in the address. */
export const DeviceParams = Type.Object(
  { id: Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Device id.' }) },
  closed,
);

/** One device with selected fields. */
export const DeviceItemQuery = Type.Object({ ...FieldsQuery }, closed);

/** What an admin may change. */
export const DeviceChange = Type.Object(
  {
    labels: Type.Record(LabelKey, Type.Union([LabelValue, Type.Null()]), {
      ...closed,
      maxProperties: 2 * MAX_LABELS,
      description: 'Labels to set, key to value; null takes one away. All others stay as they are.',
    }),
  },
  { ...closed, description: 'What changes of a device; a merge patch (RFC 7396).' },
);

/** What an admin decides about a device. */
export const DeviceDecision = Type.Object(
  {
    decision: Type.Union([Type.Literal('approve'), Type.Literal('release'), Type.Literal('retire')], {
      description:
        'approve: a pending device becomes active; release: a quarantined one becomes active again; retire: for good.',
    }),
  },
  { ...closed, description: 'A decision about a device.' },
);
export type DeviceDecision = Static<typeof DeviceDecision>;
