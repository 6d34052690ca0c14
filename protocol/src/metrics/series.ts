// A series: one metric of one instance, and the text that names it in queries, alerts and live samples.
import { crc32 } from '../chunk/crc32.ts';
import { fail } from '../errors.ts';
import { findMetric, type Metric } from './catalog.ts';

/** Longest instance of a series, UTF-16 units; `toInstance` cuts longer names. */
export const MAX_INSTANCE_CHARS = 128;

/** Names a series of a device. */
export interface SeriesKey {
  /** Name of the metric in the catalog. */
  readonly metric: string;
  /** Device, mountpoint, interface, mode …; '' exactly where the metric has no instances. */
  readonly instance: string;
}

/** `name` or `name{label=instance}`. The instance is whatever stands up to the last brace, so it needs no escapes. */
const seriesPattern = /^([a-z0-9_.]+)(?:\{([a-z]+)=(.+)\})?$/u;
/** What no instance may hold: control characters, the line and paragraph separators, and half a character. */
const forbidden = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const everyForbidden = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

/** True when that text may name an instance of that metric. Closed lists are not consulted: a newer agent may know more. */
export function isInstance(metric: Metric, instance: string): boolean {
  return (metric.label === '') === (instance === '') && isInstanceText(instance);
}

/** True when that text may travel as an instance of a metric this build may not know; '' may. */
export function isInstanceText(instance: string): boolean {
  return instance.length <= MAX_INSTANCE_CHARS && !forbidden.test(instance);
}

/**
 * Makes an instance of any name the operating system gives: forbidden characters become `?`, long names are cut.
 * What is cut ends with the checksum of the whole, so that two long mountpoints stay two series.
 */
export function toInstance(name: string): string {
  const clean = name.replace(everyForbidden, '?');
  if (clean.length <= MAX_INSTANCE_CHARS) return clean;
  const sum = crc32(new TextEncoder().encode(name)).toString(16).padStart(8, '0');
  const kept = clean.slice(0, MAX_INSTANCE_CHARS - sum.length - 1);
  return `${kept.replace(everyForbidden, '?')}~${sum}`;
}

/** The stable text of a series, as `system.disk.io.read{device=sda}`. @throws MusterError E_RANGE as parseSeries does. */
export function formatSeries(key: SeriesKey): string {
  const metric = findMetric(key.metric);
  if (metric === undefined || !isInstance(metric, key.instance)) {
    throw fail('E_RANGE', {
      detail: `The series ${key.metric} does not exist with that instance; see the metric catalog.`,
    });
  }
  return metric.label === '' ? metric.name : `${metric.name}{${metric.label}=${key.instance}}`;
}

/** Reads the text of a series. @throws MusterError E_RANGE for an unknown metric, a wrong label or a wrong instance. */
export function parseSeries(text: string): SeriesKey {
  const [, name = '', label = '', instance = ''] = seriesPattern.exec(text) ?? [];
  const metric = findMetric(name);
  if (metric === undefined || metric.label !== label || !isInstance(metric, instance)) {
    throw fail('E_RANGE', {
      detail: 'The text does not name a series; write it as system.disk.io.read{device=sda}.',
    });
  }
  return { metric: metric.name, instance };
}
