// The unit of the values of an alert, by the metric that its series names.
import { findMetric } from '@muster/protocol';

/** UCUM unit of a series such as `system.disk.busy{device=sda}`; null for a metric this console does not know. */
export function unitOf(series: string): string | null {
  return findMetric(series.replace(/\{.*$/, ''))?.unit ?? null;
}
