// The table in front of the numbers: which series a chunk holds and how each of them is written.
import { fail } from '../errors.ts';
import { findMetricById } from '../metrics/catalog.ts';
import { isInstance, isInstanceText } from '../metrics/series.ts';
import { fromZigzag, type Sink, type Source, toZigzag, writeVarint } from './bytes.ts';
import { MIN_EXPONENT } from './quantize.ts';
import { checkSteps, type RowMode, type RowPlan, rowModes } from './row.ts';

/** How one row of a series is written. */
export type RowHead = Pick<RowPlan, 'mode' | 'base'>;

/** One line of the table. */
export interface SeriesHead {
  readonly metricId: number;
  readonly instance: string;
  /** Values are multiples of 10^exponent. Kept here, so that a chunk can be read whatever the catalog says later. */
  readonly exponent: number;
  readonly mean: RowHead;
  /** Distance of the maxima from the means; `constant` 0 where the tier has none. */
  readonly max: RowHead;
}

const encoder = new TextEncoder();

/** Order of series in a chunk: by metric, then by instance in UTF-16 order. Negative, 0 or positive. */
export function compareSeries(
  a: Pick<SeriesHead, 'metricId' | 'instance'>,
  b: Pick<SeriesHead, 'metricId' | 'instance'>,
): number {
  if (a.metricId !== b.metricId) return a.metricId - b.metricId;
  if (a.instance === b.instance) return 0;
  return a.instance < b.instance ? -1 : 1;
}

/**
 * Writes the table column by column, which deflate likes: names of instances; then for all series the growth of the metric id,
 * the place of the instance among the names, the form byte, and the bases.
 * @throws MusterError E_CHUNK when they are not in order, each once, with instances that fit.
 */
export function writeTable(into: Sink, heads: readonly SeriesHead[]): void {
  checkOrder(heads);
  const names = [...new Set(heads.map((head) => head.instance))];
  writeVarint(into, names.length);
  for (const name of names) {
    const bytes = encoder.encode(name);
    writeVarint(into, bytes.length);
    for (const byte of bytes) into.push(byte);
  }
  let lastId = 0;
  for (const head of heads) {
    writeVarint(into, head.metricId - lastId);
    lastId = head.metricId;
  }
  for (const head of heads) writeVarint(into, names.indexOf(head.instance));
  for (const head of heads) into.push(toForm(head));
  for (const { mean } of heads) if (hasBase(mean.mode)) writeVarint(into, toZigzag(mean.base));
  for (const { max } of heads) if (hasBase(max.mode)) writeVarint(into, toZigzag(max.base));
}

/** Mode of the means in bits 0–1, of the maxima in bits 2–3, exponent less MIN_EXPONENT in bits 4–7. */
function toForm(head: SeriesHead): number {
  const exponent = head.exponent - MIN_EXPONENT;
  return rowModes.indexOf(head.mean.mode) + rowModes.indexOf(head.max.mode) * 4 + exponent * 16;
}

function hasBase(mode: RowMode): boolean {
  return mode === 'offset' || mode === 'constant';
}

/**
 * Reads a table of that many series. Metrics this build does not know are kept: a newer agent may measure more.
 * @throws MusterError E_CHUNK for anything writeTable does not write.
 */
export function readTable(from: Source, seriesCount: number): SeriesHead[] {
  const names = readNames(from, seriesCount);
  const ids = repeat(seriesCount, () => from.varint());
  const instances = repeat(seriesCount, () => pick(names, from.varint()));
  const forms = repeat(seriesCount, () => from.byte());
  const means = forms.map((form) => readHead(from, pick(rowModes, form % 4)));
  const maxima = forms.map((form) => readHead(from, pick(rowModes, (form >> 2) % 4)));
  let metricId = 0;
  const heads = ids.map((growth, i) => {
    metricId += growth;
    return {
      metricId,
      instance: pick(instances, i),
      exponent: (pick(forms, i) >> 4) + MIN_EXPONENT,
      mean: pick(means, i),
      max: pick(maxima, i),
    };
  });
  checkOrder(heads);
  return heads;
}

function readHead(from: Source, mode: RowMode): RowHead {
  return { mode, base: hasBase(mode) ? checkSteps(fromZigzag(from.varint())) : 0 };
}

function readNames(from: Source, most: number): string[] {
  const length = from.varint();
  if (length > most) throw fail('E_CHUNK');
  return repeat(length, () => readName(from));
}

function readName(from: Source): string {
  const bytes = from.take(from.varint());
  try {
    // Without ignoreBOM a name that begins with U+FEFF would lose it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw fail('E_CHUNK', { cause });
  }
}

/** Ascending, each once, ids that fit, instances that fit their metric. */
function checkOrder(heads: readonly SeriesHead[]): void {
  let last: Pick<SeriesHead, 'metricId' | 'instance'> = { metricId: 0, instance: '' };
  for (const head of heads) {
    if (head.metricId > 0xffff || compareSeries(last, head) >= 0 || !isNamed(head)) {
      throw fail('E_CHUNK', {
        detail: `A series of metric ${head.metricId} stands twice, out of order or with a wrong instance.`,
      });
    }
    last = head;
  }
}

function isNamed({ metricId, instance }: SeriesHead): boolean {
  const metric = findMetricById(metricId);
  return metric === undefined ? isInstanceText(instance) : isInstance(metric, instance);
}

function repeat<T>(times: number, read: () => T): T[] {
  return Array.from({ length: times }, read);
}

/** The element at a place that was read. @throws MusterError E_CHUNK when there is none. */
function pick<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw fail('E_CHUNK');
  return found;
}
