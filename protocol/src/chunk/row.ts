// One row of numbers (the means, or the maxima, of one series): prediction, run lengths, gaps.
import { fail } from '../errors.ts';
import { fromZigzag, readSplit, type Source, type SplitSink, toZigzag, writeSplit } from './bytes.ts';
import { MAX_STEPS } from './quantize.ts';

/** Numbers of steps in order of time; null is a gap. */
export type Row = readonly (number | null)[];

/**
 * How a number is predicted; what is written is the difference. The cheapest is taken for each row.
 * `offset`: from the smallest of the row (noise) · `delta`: from the one before (levels) ·
 * `slope`: from the line through the two before, the delta of deltas (uptime, memory that leaks) ·
 * `constant`: all are the same and nothing is written. The place in this list is the number on the wire.
 */
export const rowModes = ['offset', 'delta', 'slope', 'constant'] as const;
/** One of {@link rowModes}. */
export type RowMode = (typeof rowModes)[number];

/** How a row is to be written. */
export interface RowPlan {
  readonly mode: RowMode;
  /** `offset` and `constant`: the smallest number of the row. 0 for the others. */
  readonly base: number;
  /** One difference a number, never negative, with the gaps in their places; empty for `constant`. */
  readonly codes: Row;
}

/** Token that opens a run of differences of zero; its length less MIN_RUN follows. */
const ZEROS = 0;
/** Token that opens a run of gaps; its length less one follows. */
const GAPS = 1;
/** Any other token is a difference plus this. */
const FIRST_CODE = 2;
/** Shorter runs of zeros are cheaper written out. */
const MIN_RUN = 3;

/** Finds the cheapest way to write a row. */
export function planRow(row: Row): RowPlan {
  const base =
    row.reduce(
      (least: number | null, value) => (least === null ? value : Math.min(least, value ?? least)),
      null,
    ) ?? 0;
  if (row.every((value) => value === base)) return { mode: 'constant', base, codes: [] };
  const plans: readonly RowPlan[] = [
    { mode: 'offset', base, codes: mapNumbers(row, (value) => value - base) },
    { mode: 'delta', base: 0, codes: mapNumbers(row, createPredictor('delta').encode) },
    { mode: 'slope', base: 0, codes: mapNumbers(row, createPredictor('slope').encode) },
  ];
  return plans.reduce((best, plan) => (estimateBits(plan) < estimateBits(best) ? plan : best));
}

function mapNumbers(row: Row, map: (value: number) => number): (number | null)[] {
  return row.map((value) => (value === null ? null : map(value)));
}

/** The expectation both sides keep: 0 first, then the last number, for `slope` with its last growth added. */
function createPredictor(mode: 'delta' | 'slope') {
  let last = 0;
  let growth = 0;
  let seen = 0;
  function see(value: number): void {
    if (mode === 'slope' && seen > 0) growth = value - last;
    last = value;
    seen += 1;
  }
  return {
    /** The zigzag of the difference; at most 2^53 − 8, because numbers stay within ±MAX_STEPS. */
    encode(value: number): number {
      const code = toZigzag(value - (last + growth));
      see(value);
      return code;
    },
    decode(code: number): number {
      const value = last + growth + fromZigzag(code);
      see(value);
      return value;
    },
  };
}

/** About what a row costs: an Elias gamma code of each difference, which ranks modes as deflate does. */
function estimateBits(plan: RowPlan): number {
  let bits = 2 * Math.log2(1 + Math.abs(plan.base));
  for (const code of plan.codes) if (code !== null) bits += 1 + 2 * Math.log2(1 + code);
  return bits;
}

/** Writes the differences of a row as tokens. */
export function writeCodes(into: SplitSink, codes: Row): void {
  for (const { code, length } of listRuns(codes)) {
    if (code === null) writeRun(into, GAPS, length - 1);
    else if (code === 0 && length >= MIN_RUN) writeRun(into, ZEROS, length - MIN_RUN);
    else for (let i = 0; i < length; i++) writeSplit(into, code + FIRST_CODE);
  }
}

function writeRun(into: SplitSink, token: number, length: number): void {
  writeSplit(into, token);
  writeSplit(into, length);
}

function listRuns(codes: Row): { readonly code: number | null; readonly length: number }[] {
  const runs: { code: number | null; length: number }[] = [];
  for (const code of codes) {
    const last = runs.at(-1);
    if (last !== undefined && last.code === code) last.length += 1;
    else runs.push({ code, length: 1 });
  }
  return runs;
}

/** What is known of a row before its tokens are read. */
export interface RowShape {
  readonly mode: RowMode;
  readonly base: number;
  /** Places to fill. */
  readonly length: number;
}

/** The two streams tokens are read from. */
export interface RowStreams {
  readonly low: Source;
  readonly high: Source;
}

/** Reads one row. @throws MusterError E_CHUNK where tokens do not fill it exactly or a number is out of range. */
export function readRow(shape: RowShape, { low, high }: RowStreams): (number | null)[] {
  if (shape.mode === 'constant') return new Array<number | null>(shape.length).fill(shape.base);
  const decode = createDecoder(shape.mode, shape.base);
  const row: (number | null)[] = [];
  while (row.length < shape.length) {
    const token = readSplit(low, high);
    if (token >= FIRST_CODE) {
      row.push(decode(token - FIRST_CODE));
      continue;
    }
    const length = readSplit(low, high) + (token === GAPS ? 1 : MIN_RUN);
    if (length > shape.length - row.length) throw fail('E_CHUNK');
    for (let i = 0; i < length; i++) row.push(token === GAPS ? null : decode(0));
  }
  return row;
}

function createDecoder(mode: 'offset' | 'delta' | 'slope', base: number): (code: number) => number {
  if (mode === 'offset') return (code) => checkSteps(base + code);
  const { decode } = createPredictor(mode);
  return (code) => checkSteps(decode(code));
}

/** Gives the number back. @throws MusterError E_CHUNK outside ±MAX_STEPS. */
export function checkSteps(steps: number): number {
  if (Math.abs(steps) > MAX_STEPS) throw fail('E_CHUNK');
  return steps;
}
