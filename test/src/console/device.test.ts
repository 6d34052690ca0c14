// The pure parts of the console, as the browser gets them: formats, lines for a terminal, charts, timeline, rows, addresses.
import t, { type Test } from 'tap';
import { createRandom } from '../fleet/random.ts';
import { importConsole } from '../support/console-source.ts';
import { runProgram } from '../support/processes.ts';

/** What files of the console export. */
function load<Exports>(...files: readonly string[]): Promise<Exports> {
  return importConsole(files.map((file) => `export * from './${file}';`).join('\n'));
}

/** Holds for many drawn cases; a failure names the seed. */
function always(t: Test, says: string, holds: (draw: (below: number) => number) => boolean): void {
  const seed = Date.now() % 2 ** 31;
  const random = createRandom(seed);
  const draw = (below: number) => Math.floor(random() * below);
  let isTrue = true;
  for (let n = 0; n < 500 && isTrue; n++) isTrue = holds(draw);
  t.ok(isTrue, `${says} (seed ${seed})`);
}

type Values = readonly (number | null)[];
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}
interface Sample {
  readonly atMs: number;
  readonly values: Record<string, number>;
}
interface Series {
  readonly series: string;
  readonly metric: string;
  readonly instance: string;
  readonly unit: string;
  readonly mean: Values;
  readonly max: Values;
}
type Row = Record<string, string | number | boolean | null>;

const format = await load<{
  createNumberFormat(locale: string): {
    number(value: number): string;
    bytes(sizeBytes: number): string;
    ratio(ratio: number | null): string;
    measure(value: number | null, unit: string | null): string;
  };
  createTimeFormat(locale: string): {
    span(durationMs: number): string;
    relative(atMs: number, nowMs: number): string;
    exact(atMs: number): string;
    moment(atMs: number, nowMs: number): string;
  };
  formatShortSpan(durationMs: number): string;
  parseShortSpan(text: string): number | null;
  toLocalInput(atMs: number): string;
  fromLocalInput(text: string): number | null;
}>('parts/format/numbers.ts', 'parts/format/times.ts', 'parts/format/short-span.ts');

interface Call {
  readonly method: string;
  readonly path: string;
  readonly data: string | null;
}

const calls = await load<{
  readonly lastCall: { get(): Call | null };
  keepCall(request: Request): Promise<void>;
  toCurl(call: Call, origin: string): string;
}>('api/last-call.ts');

const charts = await load<{
  describeLine(times: readonly number[], values: Values, peaks?: Values): Record<string, number> | null;
  pickSeries(series: readonly Series[], panel: { key: string; metrics: readonly string[] }): Series[];
  findLimits(
    series: readonly Pick<Series, 'metric' | 'instance'>[],
    processors: number | null,
  ): { value: number; severity: string }[];
  fitRange(range: Range, nowMs: number): Range;
  widenRange(range: Range, nowMs: number): Range;
  shiftRange(range: Range, direction: -1 | 1, nowMs: number): Range;
  addSample(samples: readonly Sample[], sample: Sample, windowMs: number): readonly Sample[];
  toColumns(samples: readonly Sample[], everyMs: number): { times: number[]; values: Map<string, Values> };
}>('charts/describe.ts', 'charts/panels.ts', 'charts/range.ts', 'charts/live-columns.ts');

const device = await load<{
  toChangeEvents(changes: readonly object[]): { atMs: number; firsts: number }[];
  toAlertEvents(alerts: readonly object[]): { key: string; atMs: number }[];
  mergeEvents(lists: readonly { events: readonly object[]; hasMore: boolean }[]): { key: string }[];
  findLines(
    output: string,
    search: string,
  ): { hits: number; lines: { number: number; pieces: { text: string; isHit: boolean }[] }[] };
  filterRows(rows: readonly Row[], search: string): readonly Row[];
  sortRows(rows: readonly Row[], sort: string | undefined, locale: string): readonly Row[];
  titleOf(column: string): string;
  formatValue(
    value: Row[string] | undefined,
    column: object | undefined,
    words: { format: object; yes: string; no: string },
  ): string;
}>('pages/device/timeline-merge.ts', 'pages/device/output-search.ts', 'pages/device/values.ts');

/** Blanks that never break are blanks. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
const DAY_MS = 86_400_000;

t.test('numbers are written as people of a language read them', async (t) => {
  const { createNumberFormat } = format;
  const [en, de] = [createNumberFormat('en'), createNumberFormat('de')];
  const bytes = (value: number) => plain(en.bytes(value));
  t.equal(bytes(0), '0 B');
  t.equal(bytes(1_023), '1,023 B');
  t.equal(bytes(1_024), '1.0 KiB');
  t.equal(plain(de.bytes(1_536)), '1,5 KiB');
  t.equal(bytes(1024 ** 2 - 1), '1.0 MiB', 'never 1024 of a unit');
  t.equal(bytes(25_232_932_864), '23.5 GiB');
  t.equal(bytes(1024 ** 6), '1,024 PiB', 'there is no larger unit');
  t.equal(plain(en.ratio(0.256)), '26 %');
  t.equal(plain(de.ratio(0.0042)), '0,4 %', 'a small share is not nothing');
  t.equal(en.ratio(null), '–');
  t.equal(de.number(4_312), '4.312');
  const measure = (value: number | null, unit: string | null) => plain(en.measure(value, unit));
  t.equal(measure(2_048, 'By/s'), '2.0 KiB/s');
  t.equal(measure(1.234, '{thread}'), '1.23');
  t.equal(measure(12.5, '{operation}/s'), '12.5/s');
  t.equal(measure(61.04, 'Cel'), '61 °C');
  t.equal(measure(2_400, 'MHz'), '2,400 MHz');
  t.equal(measure(7, null), '7');
  t.equal(measure(null, 'By'), '–');
  always(t, 'no number has more than four digits before its unit', (draw) => {
    const [, number = ''] = /^([\d.,]+) \S+$/.exec(bytes(2 ** (draw(6_000) / 100))) ?? [];
    return number !== '' && Number(number.replaceAll(',', '')) <= 1_024;
  });
});

t.test('spans and moments say the two largest units, and the zone', async (t) => {
  const { createTimeFormat, toLocalInput, fromLocalInput } = format;
  const [en, de] = [createTimeFormat('en'), createTimeFormat('de')];
  t.equal(plain(en.span(0)), '0 sec');
  t.equal(plain(en.span(59_600)), '1 min', 'rounded before it is split');
  t.equal(plain(en.span(3 * DAY_MS + 4 * 3_600_000 + 59_000)), '3 days 4 hr');
  t.equal(plain(de.span(2 * 3_600_000)), '2 Std.');
  t.equal(plain(en.span(-5)), '0 sec');
  const at = Date.UTC(2026, 10, 23, 7, 4, 12);
  t.match(plain(en.exact(at)), /^Nov 23, 2026, \d+:\d4:12 [AP]M \S+$/);
  t.match(plain(de.exact(at)), /^23\. Nov\. 2026, \d+:\d4:12 \S+$/);
  t.equal(en.relative(at, at + 2 * DAY_MS + 1), '2 days ago');
  t.equal(de.relative(at + 90 * DAY_MS, at), 'in 3 Monaten');
  t.notMatch(en.moment(at, at + 1_000), /2026|Nov/, 'of today only the time');
  t.match(en.moment(at, at + 3 * DAY_MS), /Nov 23/);
  t.match(en.moment(at, at + 400 * DAY_MS), /2026/);
  t.equal(fromLocalInput(toLocalInput(at)), Date.UTC(2026, 10, 23, 7, 4), 'to the minute');
  t.equal(fromLocalInput(''), null);
});

t.test('a span is typed as it is shown', async (t) => {
  const { formatShortSpan, parseShortSpan } = format;
  t.same([300_000, 90_000, 86_400_000, 1_500].map(formatShortSpan), ['5m', '90s', '1d', '1500ms']);
  t.same(['1.5h', '90', 'h', '', '5 w'].map(parseShortSpan), [null, null, null, null, null]);
  always(t, 'whatever is shown is understood', (draw) => {
    const durationMs = draw(1_000_000) * 10 ** draw(4);
    return parseShortSpan(formatShortSpan(durationMs)) === durationMs;
  });
});

t.test(
  'a request is kept as a line for a terminal where a program could send it, without secrets',
  async (t) => {
    const { keepCall, lastCall, toCurl } = calls;
    const send = (method: string, path: string, body?: object) =>
      keepCall(
        new Request(`https://muster.example${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    await send('GET', '/api/v1/groups');
    await send('POST', '/api/v1/targets', { on: 'true' });
    await send('POST', '/api/v1/session/step-up/password', { password: 'violin' });
    await send('POST', '/api/v1/me/password', { password: 'violin' });
    t.equal(lastCall.get(), null, 'what changes nothing, and what only a session can do, is not kept');
    await send('DELETE', '/api/v1/groups/grp_1');
    t.same(lastCall.get(), { method: 'DELETE', path: '/api/v1/groups/grp_1', data: null });
    const body = {
      name: `O'Neill "$HOME" \\n`,
      deep: { secret: 's', list: [{ apiToken: 't' }] },
      code: 4711,
    };
    await send('POST', '/api/v1/persons?a=1&b=2', body);
    const call = lastCall.get();
    t.ok(call);
    const told = { ...body, deep: { secret: '…', list: [{ apiToken: '…' }] }, code: '…' };
    t.same(JSON.parse(call?.data ?? ''), told);
    const line = call === null ? '' : toCurl(call, 'https://muster.example');
    const shell = `MUSTER_TOKEN=mat1.x; curl() { printf '%s\\n' "$@"; }; ${line}`;
    t.same((await runProgram(t, ['sh', '-c', shell])).trimEnd().split('\n'), [
      ...['-X', 'POST', '-H', 'Authorization: Bearer mat1.x', '-H', 'Content-Type: application/json'],
      ...['--data-binary', call?.data, 'https://muster.example/api/v1/persons?a=1&b=2'],
    ]);
    await send('POST', '/api/v1/content', { envelope: 'x'.repeat(70_000) });
    t.equal(lastCall.get()?.data, '@body.json', 'what nobody reads is a file');
  },
);

t.test('a line in words: last, mean, peak with its time, and breaks in the middle', async (t) => {
  const { describeLine } = charts;
  const times = [0, 60, 120, 180, 240, 300];
  t.same(describeLine(times, [null, 0.2, null, null, 0.4, null], [null, 0.3, null, null, 0.9, null]), {
    ...{ last: 0.4, mean: 0.6000000000000001 / 2, peak: 0.9, peakAtMs: 240_000, gaps: 1 },
  });
  t.equal(describeLine(times, [null, null]), null);
  t.match(describeLine([0, 1], [0, 0]), { peak: 0, gaps: 0 });
});

t.test('a chart shows the busiest series, and the limits of the rules that watch them', async (t) => {
  const { pickSeries, findLimits } = charts;
  const one = (metric: string, instance: string, top: number): Series => ({
    ...{ series: `${metric}{${instance}}`, metric, instance, unit: '1', mean: [top / 2], max: [top] },
  });
  const panel = { key: 'disk', metrics: ['system.disk.busy'] };
  const many = Array.from({ length: 9 }, (_, at) => one('system.disk.busy', `d${at}`, at / 10));
  t.same(
    pickSeries(many, panel).map(({ instance }) => instance),
    ['d3', 'd4', 'd5', 'd6', 'd7', 'd8'],
  );
  t.same(pickSeries([one('system.disk.busy', 'idle', 0)], panel), [], 'where nothing happens is no line');
  t.match(findLimits([{ metric: 'system.filesystem.utilization', instance: '/' }], null), [
    { value: 0.85, severity: 'warning' },
    { value: 0.95, severity: 'critical' },
  ]);
  const load = [{ metric: 'system.cpu.load_average.5m', instance: '' }];
  t.match(findLimits(load, 8), [{ value: 32 }], 'for all processors together');
  t.same(findLimits(load, null), [], 'not without knowing how many there are');
});

t.test('ranges stay within what can be asked', async (t) => {
  const { fitRange, widenRange, shiftRange } = charts;
  const now = 1_000 * DAY_MS;
  t.same(fitRange({ fromMs: now - 60_000, toMs: now }, now), { fromMs: now - 300_000, toMs: now });
  t.same(widenRange({ fromMs: now - DAY_MS, toMs: now }, now), { fromMs: now - 2 * DAY_MS, toMs: now });
  t.same(shiftRange({ fromMs: now - DAY_MS, toMs: now }, -1, now), {
    ...{ fromMs: now - 1.5 * DAY_MS, toMs: now - DAY_MS / 2 },
  });
  t.same(shiftRange({ fromMs: now - DAY_MS, toMs: now }, 1, now), { fromMs: now - DAY_MS, toMs: now });
  always(t, 'from five minutes to 31 days, and never in the future', (draw) => {
    const from = draw(now);
    const { fromMs, toMs } = fitRange({ fromMs: from, toMs: from + 1 + draw(now) }, now);
    return toMs <= now && toMs - fromMs >= 299_999 && toMs - fromMs <= 31 * DAY_MS + 1;
  });
});

t.test('live samples become columns: bounded, in order, missing ones are gaps', async (t) => {
  const { addSample, toColumns } = charts;
  const sample = (second: number, values: Record<string, number>): Sample => ({
    atMs: second * 1_000,
    values,
  });
  let samples: readonly Sample[] = [];
  for (const at of [1, 2, 2, 1, 10, 11]) samples = addSample(samples, sample(at, { a: at }), 9_500);
  t.same(
    samples.map(({ atMs }) => atMs),
    [2_000, 10_000, 11_000],
    'late and repeated ones are dropped, old ones forgotten',
  );
  const { times, values } = toColumns([...samples, sample(12, { b: 1 })], 1_000);
  t.same(times, [2, 3, 10, 11, 12]);
  t.same(values.get('a'), [2, null, 10, 11, null]);
  t.same(values.get('b'), [null, null, null, null, 1]);
});

t.test('one timeline shows nothing before what is older is known', async (t) => {
  const { mergeEvents, toAlertEvents, toChangeEvents } = device;
  const at = (minute: number) => new Date(minute * 60_000).toISOString();
  const changes = toChangeEvents([
    { section: 'users', at: at(50), kind: 'changed' },
    { section: 'users', at: at(30), kind: 'first' },
    { section: 'groups', at: at(30), kind: 'first' },
    { section: 'mounts', at: at(29.5), kind: 'first' },
  ]);
  t.match(changes, [{ firsts: 1 }, { firsts: 3 }], 'a first inventory is one event');
  const alerts = toAlertEvents([
    { id: 1, firedAt: at(40), clearedAt: at(45) },
    { id: 2, firedAt: at(10), clearedAt: null },
  ]);
  t.equal(alerts.length, 3, 'the end of an alert is an event of its own');
  const keysOf = (hasMore: boolean) =>
    mergeEvents([
      { events: changes, hasMore },
      { events: alerts, hasMore: false },
    ]).map(({ key }) => key.split('/').slice(0, 3).join('/'));
  t.same(keysOf(false).at(-1), 'alerts/2');
  t.notOk(keysOf(true).includes('alerts/2'), 'changes between are not read yet');
  t.same(keysOf(true)[1], 'alerts/1/end');
});

t.test('outputs and rows are searched, rows are sorted with numbers in texts', async (t) => {
  const { findLines, filterRows, sortRows, titleOf, formatValue } = device;
  const found = findLines('one\nTwo two\nthree\n', 'two');
  t.equal(found.hits, 1);
  t.match(found.lines, [
    { number: 2, pieces: [{ text: 'Two', isHit: true }, { text: ' ' }, { text: 'two', isHit: true }] },
  ]);
  t.equal(findLines('a\nb', '').lines.length, 2);
  always(t, 'the pieces of a line are the line', (draw) => {
    const letters = ['a', 'A', 'b', '\n', 'ß', 'İ'];
    const word = (length: number) => Array.from({ length }, () => letters[draw(6)]).join('');
    const output = word(draw(30));
    return findLines(output, word(1 + draw(2))).lines.every(({ number, pieces }) => {
      const line = output.replace(/\n$/, '').split('\n')[number - 1];
      return pieces.map(({ text }) => text).join('') === line;
    });
  });
  const rows: Row[] = [
    { name: 'eth10', size: 2 },
    { name: 'eth2', size: null },
    { name: 'lo', size: 10 },
  ];
  t.same(
    sortRows(rows, 'name', 'en').map(({ name }) => name),
    ['eth2', 'eth10', 'lo'],
  );
  t.same(
    sortRows(rows, '-size', 'en').map(({ name }) => name),
    ['lo', 'eth10', 'eth2'],
  );
  t.same(
    filterRows(rows, 'ETH 10').map(({ name }) => name),
    ['eth10'],
  );
  t.equal(titleOf('machine_id_hash'), 'Machine ID hash');
  const words = { format: format.createNumberFormat('en'), yes: 'yes', no: 'no' };
  t.equal(formatValue(true, undefined, words), 'yes');
  t.equal(formatValue(8080, { name: 'port', unit: null }, words), '8080', 'a port has no separator');
  t.equal(formatValue(1500, { name: 'mtu', unit: 'By' }, words), '1500');
  t.equal(formatValue('<b>', { name: 'x', type: 'text', unit: null }, words), '<b>');
});
