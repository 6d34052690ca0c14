// Tests of what text is made of: units, moments, counts, small charts, tables, and text that is safe to show.
import t from 'tap';
import { canvasOf } from '../terminal.ts';
import { type Chance, holdsAlways } from '../testing/chance.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { paint } from './canvas.ts';
import { countOf, formatCount } from './count.ts';
import { formatMoment } from './moments.ts';
import { formatProgress, withProgress } from './progress.ts';
import { cutText, formatJson, safeText, textWidth } from './safe-text.ts';
import { drawSparkline, shrink } from './sparkline.ts';
import { drawFacts, drawTable, fitWidths } from './table.ts';
import { formatAgo, formatBytes, formatMetric, formatRatio, formatSpan } from './units.ts';

process.env.TZ = 'UTC';

t.test('sizes, ratios, spans, counts and values in words', async (t) => {
  t.same([0, 1023, 1024, 1536, 150 * 1024, 1024 ** 5 * 2000].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '150 KiB',
    '2000 PiB',
  ]);
  t.same([0.256, 0, null, undefined].map(formatRatio), ['26 %', '0 %', '–', '–']);
  t.same([0, 12_000, 90_000, 3_600_000, 97_200_000, -5].map(formatSpan), [
    '0 s',
    '12 s',
    '1 min 30 s',
    '1 h',
    '1 d 3 h',
    '0 s',
  ]);
  t.equal(formatAgo('2026-11-22T12:00:00Z', Date.UTC(2026, 10, 22, 12, 4)), '4 min ago');
  t.equal(formatAgo(null, 0), 'never');
  t.equal(formatMetric(null, 'By'), '–');
  t.equal(formatMetric(0.5, '1'), '50 %');
  t.equal(formatMetric(2048, 'By/s'), '2.0 KiB/s');
  t.equal(formatMetric(3.456, '{thread}'), '3.46');
  t.equal(formatMetric(3.5, '{operation}/s'), '3.5 /s');
  t.equal(formatMetric(41, 'Cel'), '41 Cel');
  t.equal(formatCount(1_234_567), '1,234,567');
  t.same(
    [countOf(1, 'device'), countOf(0, 'device'), countOf(2, 'entry', 'entries')],
    ['1 device', '0 devices', '2 entries'],
  );
  t.equal(formatMoment('2026-11-22T19:41:35.999Z'), '2026-11-22 19:41:35');
  t.equal(formatMoment(null), '–');
  t.equal(formatMoment('nonsense'), 'nonsense');
});

t.test('a small chart keeps gaps and peaks', async (t) => {
  t.equal(drawSparkline([0, 0.5, null, 1]), '▁▅ █');
  t.equal(drawSparkline([5, 5, 5]), '▁▁▁', 'a flat line lies at the bottom');
  t.equal(drawSparkline([null, null]), '  ');
  t.equal(drawSparkline([0.1, 2], { min: 0, max: 1 }), '▁█', 'what is out of range is drawn at its edge');
  t.same(shrink([1, 9, 2, null, null, null], 3), [9, 2, null]);
  t.ok(
    holdsAlways((chance) => {
      const values = Array.from({ length: chance.integer(0, 200) }, () =>
        chance.integer(0, 4) === 0
          ? null
          : (chance.integer(-1000, 1000) / 7) * 10 ** chance.integer(-300, 300),
      );
      const width = chance.integer(1, 80);
      const small = shrink(values, width);
      const peak = (of: readonly (number | null)[]) =>
        Math.max(...of.map((value) => value ?? Number.NEGATIVE_INFINITY));
      const isShort = small.length === Math.min(values.length, width);
      return isShort && peak(small) === peak(values) && drawSparkline(small).length === small.length;
    }),
    'whatever the values are',
  );
  t.equal(drawSparkline([-Number.MAX_VALUE, Number.MAX_VALUE]), '▁█');
});

t.test('no text of a device can steer a terminal, whatever it holds', async (t) => {
  t.equal(safeText('\u001b[31mred\u001b[0m\u202e\ty'), 'red\ufffd\ufffdy');
  t.equal(safeText('a\u061cb'), 'a\ufffdb');
  const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  const inJson = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;
  t.ok(holdsAlways((chance) => !control.test(safeText(chance.text(30))), 2_000));
  t.ok(
    holdsAlways((chance) => {
      const data = { [chance.text(5)]: [chance.text(30), chance.integer(-9, 9), null] };
      const json = formatJson(data);
      return JSON.stringify(JSON.parse(json)) === JSON.stringify(data) && !inJson.test(json);
    }, 1_000),
    'JSON reads back as the same data',
  );
  t.ok(
    holdsAlways((chance) => {
      const width = chance.integer(1, 40);
      return textWidth(cutText(safeText(chance.text(60)), width)) <= width;
    }, 1_000),
  );
});

t.test('wide characters take two columns, joined ones one place', async (t) => {
  t.equal(textWidth('abc'), 3);
  t.equal(textWidth('日本'), 4);
  t.equal(textWidth('é'), 1);
  t.equal(cutText('日本語', 5), '日本…');
  t.equal(cutText('abcdef', 4), 'abc…');
});

t.test('a table fits its terminal: the widest column gives way, then the last ones go', async (t) => {
  const columns = [{ title: 'name' }, { title: 'n', align: 'right' as const }, { title: 'id', whole: true }];
  t.same(fitWidths(columns, [30, 3, 10], 50), [30, 3, 10], 'nothing to do');
  t.same(fitWidths(columns, [30, 3, 10], 40), [23, 3, 10]);
  t.same(fitWidths(columns, [30, 3, 10], 29), [12, 3, 10]);
  t.same(fitWidths(columns, [30, 3, 10], 28), [23, 3], 'the id goes, and the name has its room');
  t.same(fitWidths(columns, [30, 3, 10], 5), [12], 'one column is always there');
  const isSound = (chance: Chance) => {
    const natural = Array.from({ length: chance.integer(1, 12) }, () => chance.integer(1, 90));
    const most = chance.integer(20, 200);
    const widths = fitWidths(
      natural.map(() => ({ title: 'x' })),
      natural,
      most,
    );
    const total = widths.reduce((sum, value) => sum + value, 2 * (widths.length - 1));
    return total <= most && widths.every((value, at) => value <= (natural[at] ?? 0));
  };
  t.ok(holdsAlways(isSound, 1_000), 'never wider than the terminal, no column wider than it needs');
  t.equal(
    drawTable(
      [{ title: 'a' }, { title: 'b', align: 'right' }],
      [
        ['x', '1'],
        ['long', '22'],
      ],
    ),
    'A      B\nx      1\nlong  22',
  );
  t.equal(drawTable([{ title: 'sda1', asIs: true }], []), 'sda1');
  t.match(
    drawTable(columns, [['x'.repeat(30), '1', 'y'.repeat(30)]], { width: 40, color: false }),
    /not shown for want of room: id$/,
  );
  t.equal(
    drawFacts(
      [
        ['Name', 'x'],
        ['Empty', ''],
        ['None', null],
        ['Longer', { text: 'y', tone: 'bad' }],
      ],
      { width: null, color: false },
    ),
    'Name    x\nLonger  y',
  );
});

t.test('color is for terminals, and NO_COLOR and FORCE_COLOR are heard', async (t) => {
  const colorOf = (isTTY: boolean, env: Record<string, string>) =>
    canvasOf(createFakeTerminal({ isTTY }).stdout, env).color;
  t.equal(colorOf(true, {}), true);
  t.equal(colorOf(false, {}), false);
  t.equal(colorOf(true, { NO_COLOR: '1' }), false);
  t.equal(colorOf(true, { NO_COLOR: '' }), true, 'empty says nothing (no-color.org)');
  t.equal(colorOf(true, { TERM: 'dumb' }), false);
  t.equal(colorOf(false, { FORCE_COLOR: '1' }), true);
  t.equal(colorOf(true, { FORCE_COLOR: '0' }), false);
  t.equal(
    canvasOf(createFakeTerminal({ isTTY: true, columns: 0 }).stdout, {}).width,
    80,
    'a terminal that does not say',
  );
  t.equal(canvasOf(createFakeTerminal().stdout, {}).width, null);
  t.equal(paint('x', 'bad', { width: null, color: true }), '\u001b[31mx\u001b[39m');
  t.equal(paint('x', 'bad', { width: null, color: false }), 'x');
});

t.test('progress is for who watches; work and failure come through', async (t) => {
  const work = { title: 'Reading devices', thing: 'device' };
  t.equal(formatProgress(work, 1500, 4312), 'Reading devices: 1,500 of 4,312 devices');
  t.equal(formatProgress(work, 5000, 4312), 'Reading devices: 4,312 of 4,312 devices');
  t.equal(formatProgress(work, 1), 'Reading devices: 1 device');
  const terminal = createFakeTerminal();
  t.equal(
    await withProgress(terminal, work, async (report) => {
      report(1);
      return 42;
    }),
    42,
  );
  t.equal(terminal.err(), '', 'a pipe is told nothing');
  await t.rejects(
    withProgress(terminal, work, async () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
});
