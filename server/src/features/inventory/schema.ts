// What the API says about inventory, its history and software.
import { ECOSYSTEMS, type Value } from '@muster/protocol';
import { type Static, Type } from 'typebox';
import { FieldsQuery } from '../../core/http/fields.ts';
import { PageQuery } from '../../core/http/paging.ts';
import { MAX_PACKAGE_NAME_CHARS, MAX_PACKAGE_VERSION_CHARS, MAX_TIMELINE_CHANGES } from './limits.ts';
import { VERSION_OPS } from './store-software.ts';

const closed = { additionalProperties: false } as const;

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const Time = (description: string) => Type.String({ format: 'date-time', description });
const NullableTime = (description: string) => Nullable(Type.String({ format: 'date-time' }), description);
const Count = (description: string) => Type.Integer({ minimum: 0, description });

/** A value of a row; texts come from the device and are to be shown as text only. */
const Cell = Type.Unsafe<Value>({
  type: ['string', 'number', 'boolean', 'null'],
  description: 'Value of a column; null is "no data".',
});
const Row = Type.Unsafe<Readonly<Record<string, Value>>>({
  type: 'object',
  additionalProperties: Cell,
  description: 'Values by column name.',
});

const SectionName = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,47}$',
  description: 'Section name, as in /api/v1/sections.',
});
const At = Type.Optional(
  Type.String({ format: 'date-time', description: 'As it was at that time; now without it.' }),
);
const DeviceIdText = Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Device id.' });
const EcosystemName = Type.Enum([...ECOSYSTEMS], {
  description: 'Whose packages: of dpkg, rpm, apk, pip or npm.',
});

/** What a collector found. */
const OutcomeName = Type.Union([Type.Literal('ok'), Type.Literal('no-data'), Type.Literal('error')], {
  description: 'no-data: the subject does not exist on this device; error: it should, and could not be read.',
});

/** A section in the address. */
export const SectionParams = Type.Object({ id: DeviceIdText, section: SectionName }, closed);
export const AtQuery = Type.Object({ at: At }, closed);
export const RowsQuery = Type.Object({ at: At, ...PageQuery, ...FieldsQuery }, closed);
/** A list of a fixed length. */
export const ListQuery = Type.Object({ ...FieldsQuery }, closed);

/** What a section is, for whoever shows it. */
export const SectionInfo = Type.Object(
  {
    name: SectionName,
    title: Type.String({ description: 'Title for people.' }),
    source: Type.String({ description: 'What the rows are and where they are read from.' }),
    kind: Type.Union([Type.Literal('slice'), Type.Literal('live')], {
      description: 'slice: stored with its history; live: asked of the device on request.',
    }),
    key: Type.Array(Type.String(), { description: 'Columns that tell rows apart over time.' }),
    columns: Type.Array(
      Type.Object({
        name: Type.String({ description: 'Column name, as osquery has it where it has one.' }),
        type: Type.String({ description: 'text, integer, real, boolean or time.' }),
        unit: Nullable(Type.String(), 'UCUM unit of a number.'),
        description: Type.String({ description: 'What the value means.' }),
        required: Type.Boolean({ description: 'Never null.' }),
      }),
    ),
  },
  closed,
);
export type SectionInfo = Static<typeof SectionInfo>;
export const SectionList = Type.Object({ items: Type.Array(SectionInfo) }, closed);

/** A section of one device, without its rows. */
const SectionSummary = Type.Object(
  {
    name: SectionName,
    title: Type.String({ description: 'Title for people.' }),
    source: Type.String({ description: 'Where the rows are read from.' }),
    outcome: OutcomeName,
    reason: Type.String({ description: 'Why there are no rows; empty otherwise.' }),
    rowCount: Count('Rows.'),
    since: Time('Since when it is so.'),
    until: NullableTime('Until when it was so; null while it is.'),
  },
  closed,
);

/** All sections of one device. */
export const DeviceInventory = Type.Object(
  {
    storedAt: NullableTime('When the device last reported a change; null before its first report.'),
    confirmedAt: NullableTime(
      'When a heartbeat last confirmed that all of this is current; null when none has since the server started.',
    ),
    sections: Type.Array(SectionSummary),
  },
  closed,
);
export type DeviceInventory = Static<typeof DeviceInventory>;

/** Rows of a section, a page of them. */
export const SectionRows = Type.Object(
  {
    ...SectionSummary.properties,
    items: Type.Array(Row),
    next: Nullable(Type.String(), 'Cursor of the next page; null on the last.'),
  },
  closed,
);
export type SectionRows = Static<typeof SectionRows>;

/** Rows of a live section, just now. */
export const LiveRows = Type.Object(
  {
    name: SectionName,
    at: Time('When the device answered.'),
    outcome: OutcomeName,
    reason: Type.String(),
    items: Type.Array(Row),
  },
  closed,
);

/** An installed package. */
export const SoftwareItem = Type.Object(
  {
    ecosystem: EcosystemName,
    name: Type.String({ description: 'Package name as its manager writes it.' }),
    version: Type.String({ description: 'Version in the form of its ecosystem.' }),
    arch: Type.String({ description: 'Architecture; empty where the ecosystem has none.' }),
    source: Nullable(Type.String(), 'Source package; null when the same as the name.'),
    sizeBytes: Nullable(Type.Integer(), 'Installed size as the package states it.'),
    status: Type.String({ description: 'installed, held, config-files or half-installed.' }),
  },
  closed,
);
export const SoftwareQuery = Type.Object(
  {
    at: At,
    prefix: Type.String({
      maxLength: MAX_PACKAGE_NAME_CHARS,
      default: '',
      description: 'Beginning of the name, in whatever case.',
    }),
    ...PageQuery,
    ...FieldsQuery,
  },
  closed,
);

const ChangedValue = Type.Object({ column: Type.String(), before: Cell, after: Cell }, closed);
const RowChange = Type.Object(
  {
    change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
    row: Row,
    values: Type.Array(ChangedValue, {
      description: 'What changed in the row; empty for added and removed ones.',
    }),
  },
  closed,
);
const comparison = {
  section: SectionName,
  title: Type.String({ description: 'Title for people.' }),
  beforeOutcome: Nullable(OutcomeName, 'Null: the section was not there.'),
  afterOutcome: Nullable(OutcomeName, 'Null: the section is not there.'),
  added: Count('Rows that appeared.'),
  removed: Count('Rows that vanished.'),
  changed: Count('Rows that changed.'),
  rows: Type.Array(RowChange, { description: 'The first 100 of them.' }),
};

/** A change of a device. */
export const TimelineItem = Type.Object(
  {
    at: Time('When it changed, by the clock of the device.'),
    kind: Type.Union(
      [Type.Literal('first'), Type.Literal('appeared'), Type.Literal('changed'), Type.Literal('vanished')],
      {
        description:
          'first: seen for the first time; appeared: there again. Rows are listed of changed only.',
      },
    ),
    ...comparison,
  },
  closed,
);
export type TimelineItem = Static<typeof TimelineItem>;
export const TimelineQuery = Type.Object(
  {
    from: Type.Optional(Time('Not older than this.')),
    to: Type.Optional(Time('Older than this.')),
    ...PageQuery,
    ...FieldsQuery,
    limit: Type.Integer({
      minimum: 1,
      maximum: MAX_TIMELINE_CHANGES,
      default: 20,
      description: 'Changes of the page.',
    }),
  },
  closed,
);

/** A section that differs between two states. */
export const DifferenceItem = Type.Object(comparison, closed);
/** Differences between two states. */
export const DifferenceList = Type.Object({ items: Type.Array(DifferenceItem) }, closed);
export type DifferenceList = Static<typeof DifferenceList>;
export const DifferenceQuery = Type.Object(
  {
    from: Type.Optional(Time('The state before; now without it.')),
    to: Type.Optional(Time('The state after; now without it.')),
    with: Type.Optional(
      Type.String({
        pattern: '^dev_[a-z2-7]{26}$',
        description: 'Another device to compare with; the same without it.',
      }),
    ),
    section: Type.Optional(SectionName),
    ...FieldsQuery,
  },
  closed,
);

/** Who has a package. */
export const HoldersQuery = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: MAX_PACKAGE_NAME_CHARS,
      description: 'Exact package name.',
    }),
    ecosystem: Type.Optional(EcosystemName),
    op: Type.Enum([...VERSION_OPS], {
      default: 'eq',
      description:
        'How installed versions compare with `version`: lt, le, eq, ge or gt, as the ecosystem orders them.',
    }),
    version: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_PACKAGE_VERSION_CHARS,
        description: 'Version to compare with; any without it.',
      }),
    ),
    ...PageQuery,
    ...FieldsQuery,
  },
  closed,
);
export const Holder = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Host name as the device reports it.' }),
    packages: Type.Array(
      Type.Object({ ecosystem: EcosystemName, version: Type.String(), arch: Type.String() }, closed),
      { description: 'The installed packages that fit.' },
    ),
  },
  closed,
);
export const Holders = Type.Object(
  {
    devices: Count('Devices that have it now, exactly.'),
    versions: Type.Array(
      Type.Object(
        {
          ecosystem: EcosystemName,
          version: Type.String(),
          arch: Type.String(),
          devices: Count('Devices with this one.'),
        },
        closed,
      ),
      { description: 'Newest first in each ecosystem. A device with two of them counts in both.' },
    ),
    items: Type.Array(Holder),
    next: Nullable(Type.String(), 'Cursor of the next page; null on the last.'),
  },
  closed,
);
export type Holders = Static<typeof Holders>;

/** Names of packages. */
export const NamesQuery = Type.Object(
  {
    prefix: Type.String({
      maxLength: MAX_PACKAGE_NAME_CHARS,
      default: '',
      description: 'Beginning of the name, in whatever case.',
    }),
    ...PageQuery,
    ...FieldsQuery,
  },
  closed,
);
export const NameItem = Type.Object(
  {
    name: Type.String(),
    ecosystem: EcosystemName,
    versions: Count('Versions ever seen.'),
    devices: Count('Devices that have it now.'),
  },
  closed,
);
