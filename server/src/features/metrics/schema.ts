// What the API says about measurements.
import { type Static, Type } from 'typebox';
import { FieldsQuery } from '../../core/http/fields.ts';
import { MAX_PAGE_ROWS } from '../../limits.ts';
import { MAX_RANGE_NAMES } from './limits.ts';
import { topSorts } from './top.ts';

const closed = { additionalProperties: false } as const;
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** What a series measures. */
const measured = {
  series: Type.String({ description: 'Name of the series, as system.disk.io.read{device=sda}.' }),
  metric: Type.String({ description: 'Name of the metric.' }),
  instance: Type.String({ description: 'Device, mountpoint, interface …; empty for the device as a whole.' }),
  unit: Type.String({ description: 'UCUM unit; 1 is a ratio.' }),
};

/** A series a device has. */
export const SeriesItem = Type.Object(
  { ...measured, description: Type.String({ description: 'What is measured.' }) },
  closed,
);
export const SeriesList = Type.Object({ items: Type.Array(SeriesItem) }, closed);

/** Where series are looked for. */
export const SeriesParameters = Type.Object(
  {
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'First moment; a day before `to` without it.' }),
    ),
    to: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'End; now without it. With neither, the newest two hours that were sent.',
      }),
    ),
    ...FieldsQuery,
  },
  closed,
);

/** What is asked for. */
export const RangeParameters = Type.Object(
  {
    series: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 192 }), {
        maxItems: MAX_RANGE_NAMES,
        description:
          'Series, or metric names for all their instances; repeat it for several. Everything without it.',
      }),
    ),
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'First moment; an hour before `to` without it.' }),
    ),
    to: Type.Optional(Type.String({ format: 'date-time', description: 'End; now without it.' })),
    stepMs: Type.Optional(
      Type.Integer({
        minimum: 60_000,
        maximum: 31 * 86_400_000,
        description:
          'Time between points, ms: whole minutes, from one hour on whole hours. Chosen by the server without it.',
      }),
    ),
    fresh: Type.Boolean({
      default: false,
      description:
        'Wait up to 3 s for what a connected device has measured since it last sent; without it that comes with the next look.',
    }),
    format: Type.Enum(['json', 'csv'], {
      default: 'json',
      description: 'csv: one line a point, mean and maximum of each series.',
    }),
  },
  closed,
);

/** Points of some series. */
export const Range = Type.Object(
  {
    from: Type.String({
      format: 'date-time',
      description: 'Time of the first point; the others follow by the step.',
    }),
    stepMs: Type.Integer({ description: 'Time between points, ms.' }),
    count: Type.Integer({ description: 'Points of each series.' }),
    series: Type.Array(
      Type.Object(
        {
          ...measured,
          mean: Type.Array(NullableNumber, { description: 'Mean of each step; null is a gap.' }),
          max: Type.Array(NullableNumber, { description: 'Largest value of each step; null is a gap.' }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type Range = Static<typeof Range>;

const ratio = (description: string) =>
  Type.Union([Type.Number(), Type.Null()], { description: `${description}, 0 to 1; null is "no data".` });

/** What a heartbeat says. */
const latestValues = {
  at: Type.String({ format: 'date-time', description: 'When the heartbeat arrived.' }),
  uptimeS: Type.Integer({ description: 'Time since the operating system started, s.' }),
  cpuUsedRatio: ratio('Share of processor time spent working'),
  memoryUsedRatio: ratio('Share of memory in use'),
  swapUsedRatio: ratio('Share of swap space in use'),
  diskUsedRatio: ratio('Share of the fullest filesystem in use'),
  loadPerCpu: Type.Union([Type.Number(), Type.Null()], {
    description: 'Load average of a minute divided by the number of processors; null is "no data".',
  }),
  outboxDepth: Type.Integer({ description: 'Messages that wait on the device; 65535 is that or more.' }),
  dropped: Type.Integer({ description: 'Measurements the device dropped since its agent started.' }),
};

/** Values of the latest heartbeat. */
export const Latest = Type.Object(latestValues, {
  ...closed,
  description: 'The latest heartbeat of a device.',
});
export type Latest = Static<typeof Latest>;

/** How devices are ranked. */
export const TopParameters = Type.Object(
  {
    sort: Type.Enum([...topSorts], {
      default: 'cpu',
      description: 'What the ranking goes by: highest first, names from A.',
    }),
    limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE_ROWS, default: 20, description: 'Devices shown.' }),
    ...FieldsQuery,
  },
  closed,
);

/** A device of a ranking. */
export const TopItem = Type.Object(
  {
    id: Type.String({ description: 'Device id.' }),
    hostname: Type.String({ description: 'Host name as the device reports it.' }),
    ...latestValues,
  },
  closed,
);

/** A ranking. */
export const Top = Type.Object(
  {
    at: Type.String({ format: 'date-time', description: 'When the ranking was made.' }),
    online: Type.Integer({ description: 'Connected devices that have sent a heartbeat.' }),
    items: Type.Array(TopItem, { description: 'The first devices of the ranking.' }),
  },
  closed,
);

/** How a live view looks. */
export const LiveParameters = Type.Object(
  {
    everyMs: Type.Integer({
      minimum: 1_000,
      maximum: 60_000,
      default: 1_000,
      description: 'Time between samples, ms.',
    }),
  },
  closed,
);
