// `muster metrics`: series of a device as small charts, points or CSV, or live as they are made.
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { type RangeRequest, readLongRange, readRange } from '../api/metric-windows.ts';
import { pageOf } from '../api/pages.ts';
import { fail } from '../errors.ts';
import { parseMoment, parseSpan } from '../input/moments.ts';
import { withProgress } from '../output/progress.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { drawHistory, drawPoints, drawSeriesList, writeCsv } from '../views/metrics.ts';
import { watchMetrics } from './metrics-live.ts';
import { reading } from './options.ts';

const HOUR_MS = 3_600_000;
/** Step of a CSV when nobody says: as fine as it is measured for good. */
const CSV_STEP_MS = 60_000;

interface MetricsOptions {
  readonly from?: string;
  readonly to?: string;
  readonly step?: number;
  readonly csv?: true;
  readonly points?: true;
  readonly live?: true;
}

/** Registers the command. */
export function registerMetrics(program: Command, terminal: Terminal): void {
  const read = reading((text) => parseMoment(text, terminal.now()));
  program
    .command('metrics')
    .summary('show measurements of a device, also as CSV or live')
    .description(
      'Lists the series of a device, or shows some of them: as small charts, as points, as CSV, or live. The name of a metric stands for all its instances.',
    )
    .argument('<device>', 'host name or id; the beginning of an id is enough')
    .argument('[series...]', "such as system.cpu.busy or 'system.disk.io.read{device=sda}'")
    .option('--from <time>', 'first moment: 6h (ago), 2026-11-20 (default: an hour before the end)', read)
    .option('--to <time>', 'end (default: now)', read)
    .option(
      '--step <span>',
      'time between points: whole minutes, from one hour on whole hours',
      reading(parseSpan),
    )
    .option('--points', 'every point instead of small charts')
    .addOption(new Option('--csv', 'every point as CSV').conflicts(['points', 'live', 'json']))
    .addOption(
      new Option('--live', 'values as they are measured, until Ctrl-C').conflicts([
        'from',
        'to',
        'step',
        'points',
      ]),
    )
    .action(function show(this: Command, name: string, series: string[]) {
      const options = this.opts<MetricsOptions>();
      return withSession(terminal, this, async (session) => {
        const { id } = await findDevice(session.api, name);
        if (options.live) await watchMetrics(session, { id, series });
        else if (options.csv) await exportCsv(session, toRequest(session, { id, series }, options));
        else if (series.length === 0) await listSeries(session, id);
        else await showRange(session, toRequest(session, { id, series }, options), options);
      });
    });
}

function toRequest(
  { terminal }: Session,
  subject: { readonly id: string; readonly series: readonly string[] },
  { from, to, step }: MetricsOptions,
): RangeRequest {
  const toMs = to === undefined ? terminal.now() : Date.parse(to);
  const fromMs = from === undefined ? toMs - HOUR_MS : Date.parse(from);
  if (fromMs >= toMs)
    throw fail('E_USAGE', { detail: 'The range ends before it begins; correct --from and --to.' });
  return { ...subject, fromMs, toMs, stepMs: step ?? null };
}

async function listSeries(session: Session, id: string): Promise<void> {
  const series = await take(
    session.api.http.GET('/api/v1/devices/{id}/metrics/series', { params: { path: { id } } }),
  );
  if (series.items.length === 0) session.note('The device has sent no measurements yet.');
  if (series.items.length > 0 || session.json)
    session.print(pageOf(series.items), (canvas) => drawSeriesList(series.items, canvas));
}

async function showRange(session: Session, request: RangeRequest, { points }: MetricsOptions): Promise<void> {
  const range = await readRange(session.api, { ...request, fresh: true });
  if (range.series.length === 0) session.note('There are no measurements of that in this time.');
  if (range.series.length === 0 && !session.json) return;
  session.print(range, (canvas) =>
    points
      ? drawPoints(range, canvas)
      : drawHistory(
          range.series.map((series) => ({ title: series.series, series })),
          canvas,
        ),
  );
}

/** Writes a range of any length; only when all of it is there, so that a failure leaves no half file that looks whole. */
async function exportCsv(session: Session, request: RangeRequest): Promise<void> {
  const stepMs = request.stepMs ?? CSV_STEP_MS;
  const range = await withProgress(
    session.terminal,
    { title: 'Reading measurements', thing: 'part' },
    (report) => readLongRange(session.api, { ...request, stepMs }, report),
  );
  if (range.series.length === 0) session.note('There are no measurements of that in this time.');
  for (const line of writeCsv(range)) session.terminal.stdout.write(line);
}
