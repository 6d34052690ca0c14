// The metrics conversation: live stream on request, newest chunks on request, alerts.
// Chunks and heartbeats are binary frames (frames.ts).
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { plainText, Sequence, Time } from './fields.ts';

const closed = { additionalProperties: false } as const;

/** Text form of a series, `metric{instance}` or `metric`; see metrics/series.ts. */
export const SeriesText = plainText(192, 'Series: metric name and instance.');

/** server → agent: somebody looks. Send the open hour now, then samples every `everyMs` until `untilMs` passed or stopped. Since 1. */
export const LiveStart = Type.Object(
  {
    type: Type.Literal('live.start'),
    id: Type.Integer({
      minimum: 1,
      maximum: 4_294_967_295,
      description: 'Number of this stream in the session.',
    }),
    everyMs: Type.Integer({ minimum: 1_000, maximum: 60_000, description: 'Time between samples, ms.' }),
    untilMs: Type.Integer({ minimum: 1_000, maximum: 600_000, description: 'Stop by itself after, ms.' }),
  },
  closed,
);
export type LiveStart = Frozen<Static<typeof LiveStart>>;

/** server → agent: nobody looks any more. Since 1. */
export const LiveStop = Type.Object(
  {
    type: Type.Literal('live.stop'),
    id: Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: 'The stream.' }),
  },
  closed,
);
export type LiveStop = Frozen<Static<typeof LiveStop>>;

/** agent → server: one sample of a live stream. Lost ones are not repeated. Since 1. */
export const LiveSample = Type.Object(
  {
    type: Type.Literal('live.sample'),
    id: Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: 'The stream.' }),
    at: Time,
    /** Series that have a value in this sample; a missing series has no data. */
    values: Type.Array(
      Type.Object(
        { series: SeriesText, value: Type.Number({ description: 'In the unit of the metric catalog.' }) },
        closed,
      ),
      { maxItems: 512, description: 'One entry a series.' },
    ),
  },
  closed,
);
export type LiveSample = Frozen<Static<typeof LiveSample>>;

/** server → agent: send the open hour of metrics now. Since 1. */
export const MetricsGet = Type.Object({ type: Type.Literal('metrics.get') }, closed);
export type MetricsGet = Frozen<Static<typeof MetricsGet>>;

/** agent → server, durable: a threshold was crossed or is well again. Since 1. */
export const Alert = Type.Object(
  {
    type: Type.Literal('alert'),
    seq: Sequence,
    /** Name of the threshold rule, `cpu_busy`, `disk_full` …; one alert is open a rule and series. */
    rule: Type.String({ pattern: '^[a-z][a-z0-9_]{0,47}$', description: 'Threshold rule.' }),
    series: SeriesText,
    state: Type.Union([Type.Literal('firing'), Type.Literal('cleared')], { description: 'What happened.' }),
    severity: Type.Union([Type.Literal('warning'), Type.Literal('critical')], { description: 'How bad.' }),
    /** Value that crossed the threshold, in the unit of the metric. */
    value: Type.Number({ description: 'Observed value.' }),
    threshold: Type.Number({ description: 'Limit that was crossed.' }),
    /** When the condition began to hold, device clock corrected. */
    since: Time,
    /** When the rule decided, device clock corrected. */
    at: Time,
  },
  closed,
);
export type Alert = Frozen<Static<typeof Alert>>;
