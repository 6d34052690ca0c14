// Shows figures as a table and keeps them as JSON, with the machine they were measured on.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Figure } from './bench.ts';

const resultsFolder = fileURLToPath(new URL('../../bench/results/', import.meta.url));

/** Where and when figures were measured. */
export interface Circumstances {
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  /** Load average of one minute before the bench; above the number of processors others were at work. */
  readonly load: number;
}

export function readCircumstances(): Circumstances {
  const { length: cores, 0: first } = cpus();
  const os = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return {
    at: new Date().toISOString(),
    machine: `${cores} × ${first?.model ?? 'processor'}, ${memoryGb} GiB, ${os}, Linux ${release()}`,
    node: process.version,
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** Three digits that matter, without an exponent. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits =
    Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** True: what was promised is kept; false: it is not; null: nothing was promised. */
export function judge({ value, atMost, atLeast }: Figure): boolean | null {
  if (atMost === undefined && atLeast === undefined) return null;
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

/** Which side of its target a figure is on; '' where nothing was promised. */
function nameVerdict(figure: Figure): string {
  const kept = judge(figure);
  if (kept === null) return '';
  return kept ? 'PASS' : figure.atLeast === undefined ? 'over' : 'below';
}

function formatTarget({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `≤ ${formatNumber(atMost)}`;
  return atLeast === undefined ? '' : `≥ ${formatNumber(atLeast)}`;
}

/** The cells of a figure. */
function describe(figure: Figure): string[] {
  const { name, unit, value, raw, spread } = figure;
  const range = spread && spread[0] !== spread[1] ? ` (${spread.map(formatNumber).join('–')})` : '';
  return [
    name,
    `${formatNumber(value)} ${unit}${range}`,
    formatTarget(figure),
    raw === undefined ? '' : `${formatNumber(raw.value)} ${raw.what}`,
    raw === undefined ? '' : formatNumber(value / raw.value),
    nameVerdict(figure),
  ];
}

/** The figures of a bench as a table for people. */
export function formatTable({ id, says }: Bench, figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'measured', 'target', 'beside it, same run', 'ratio', ''],
    ...figures.map(describe),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = figures.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]));
  return [`${id}: ${says}`, ...lines.map((line) => `  ${line}`), ...notes, ''].join('\n');
}

/** What a kept result says beside its figures. */
export interface Run {
  readonly minutes: number;
  readonly rounds: number;
  /** Of the moment it began. */
  readonly circumstances: Circumstances;
  readonly figures: readonly Figure[];
}

/** A figure as it is kept: six digits are more than any of them is worth. */
function toKept({ spread, value, raw, ...figure }: Figure) {
  const round = (number: number) => Number(number.toPrecision(6));
  return {
    ...figure,
    value: round(value),
    ...(spread === undefined ? {} : { least: round(spread[0]), most: round(spread[1]) }),
    ...(raw === undefined ? {} : { raw: { ...raw, value: round(raw.value) } }),
  };
}

/** Keeps the figures in test/bench/results/<id>.json. */
export function keepResults({ id, says }: Bench, { circumstances, figures, ...settings }: Run): void {
  mkdirSync(resultsFolder, { recursive: true });
  const loadAfter = readCircumstances().load;
  const kept = { id, says, ...circumstances, loadAfter, ...settings, figures: figures.map(toKept) };
  writeFileSync(join(resultsFolder, `${id}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}
