// What complies, as tables and as CSV: policies, rules of one, the items behind them.
import type { ComplianceView, DeviceItem, RuleItem, TrendView } from '../api/types.ts';
import type { Canvas, Tone } from '../output/canvas.ts';
import { csvCell } from '../output/csv.ts';
import { formatMoment } from '../output/moments.ts';
import { drawTable } from '../output/table.ts';
import { formatAgo } from '../output/units.ts';

type Counts = ComplianceView['policies'][number];
type StateName = RuleItem['state'];

/** States that somebody should look at, and those that are as wished. */
const tones: Readonly<Partial<Record<StateName, Tone>>> = {
  error: 'bad',
  drifted: 'warn',
  'not-reporting': 'warn',
  repaired: 'good',
  compliant: 'good',
  'not-applicable': 'quiet',
  exempt: 'quiet',
};

/** `97.5 %`; never 100 where something is left. */
export function formatShare({ met, meant }: Pick<Counts, 'met' | 'meant'>): string {
  if (meant === 0) return '–';
  return `${(Math.floor((met / meant) * 1000) / 10).toFixed(1)} %`;
}

const countColumns = [
  { title: 'share', align: 'right' },
  { title: 'met', align: 'right' },
  { title: 'of', align: 'right' },
  { title: 'error', align: 'right' },
  { title: 'drifted', align: 'right' },
  { title: 'silent', align: 'right' },
  { title: 'exempt', align: 'right' },
] as const;

function countCells(row: Pick<Counts, 'met' | 'meant' | 'counts'>) {
  const { met, meant, counts } = row;
  const tone = met === meant ? 'good' : counts.error > 0 ? 'bad' : 'warn';
  return [
    meant === 0 ? '–' : { text: formatShare(row), tone: tone as Tone },
    ...[met, meant, counts.error, counts.drifted, counts['not-reporting'], counts.exempt].map(String),
  ];
}

/** Policies with their shares. */
export function drawPolicyShares({ policies }: ComplianceView, canvas: Canvas): string {
  const rows = policies.map((row) => [row.policy, ...countCells(row)]);
  return drawTable([{ title: 'policy' }, ...countColumns], rows, canvas);
}

/** Rules of one with theirs. */
export function drawRuleShares({ rules }: ComplianceView, canvas: Canvas): string {
  const rows = rules.map((row) => [
    row.rule,
    row.title ?? 'in force no more',
    row.severity ?? '',
    ...countCells(row),
  ]);
  return drawTable(
    [{ title: 'rule' }, { title: 'title' }, { title: 'severity' }, ...countColumns],
    rows,
    canvas,
  );
}

const stateCell = ({ state }: { readonly state: StateName }) => ({
  text: state,
  tone: tones[state] ?? ('plain' as Tone),
});

/** Items of a rule on devices. */
export function drawRuleItems(items: readonly RuleItem[], nowMs: number, canvas: Canvas): string {
  const columns = [
    { title: 'device' },
    { title: 'state' },
    { title: 'since', whole: true },
    { title: 'found' },
    { title: 'code' },
    { title: 'reason' },
  ] as const;
  const rows = items.map((one) => [
    one.hostname,
    stateCell(one),
    formatAgo(one.since, nowMs),
    one.found,
    one.code ?? '',
    one.reason,
  ]);
  return drawTable(columns, rows, canvas);
}

/** Items of a device. */
export function drawDeviceItems(items: readonly DeviceItem[], nowMs: number, canvas: Canvas): string {
  const columns = [
    { title: 'item' },
    { title: 'state' },
    { title: 'since', whole: true },
    { title: 'found' },
    { title: 'wanted' },
    { title: 'code' },
    { title: 'rule' },
  ] as const;
  const rows = items.map((one) => [
    one.item,
    stateCell(one),
    formatAgo(one.since, nowMs),
    one.found,
    one.wanted,
    one.code ?? '',
    `${one.policy}/${one.rule}`,
  ]);
  return drawTable(columns, rows, canvas);
}

/** The share day by day. */
export function drawTrend({ points }: TrendView, canvas: Canvas): string {
  const columns = [
    { title: 'at' },
    { title: 'share', align: 'right' },
    { title: 'met', align: 'right' },
    { title: 'of', align: 'right' },
  ] as const;
  const rows = points.map((one) => [
    formatMoment(one.at),
    formatShare(one),
    String(one.met),
    String(one.meant),
  ]);
  return drawTable(columns, rows, canvas);
}

/** Rows of CSV with a heading, of flat objects with the same keys. */
export function toCsv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const keys = Object.keys(first);
  const lines = rows.map((row) => keys.map((key) => csvCell(String(row[key] ?? ''))).join(','));
  return [keys.join(','), ...lines].join('\n');
}

/** Of a share, flat. */
export function flatShare<Row extends Pick<Counts, 'met' | 'meant' | 'counts'>>({
  counts,
  ...rest
}: Row): Readonly<Record<string, unknown>> {
  return { ...rest, ...counts };
}

/** Of an item, flat. */
export function flatItem<Row extends Pick<RuleItem, 'done'>>({
  done,
  ...rest
}: Row): Readonly<Record<string, unknown>> {
  return { ...rest, done: done.join('; ') };
}
