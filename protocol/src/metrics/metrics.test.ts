// Tests of the metric catalog and of the text form of series.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { findMetric, findMetricById, type Metric, metrics } from './catalog.ts';
import { formatSeries, isInstance, MAX_INSTANCE_CHARS, parseSeries, toInstance } from './series.ts';

const rows: readonly Metric[] = metrics;

t.test('ids and names are unique, in order, and fit the wire', async (t) => {
  t.same(
    rows.map((row) => row.id),
    rows.map((row) => row.id).toSorted((a, b) => a - b),
  );
  t.equal(new Set(rows.map((row) => row.id)).size, rows.length);
  t.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  for (const row of rows) {
    t.ok(Number.isInteger(row.id) && row.id >= 1 && row.id <= 65_535, `${row.name}: id fits u16`);
    t.match(row.name, /^(system|hw|muster)(\.[a-z0-9_]+)+$/);
    t.match(row.unit, /^(1|By|s|Cel|\{[a-z]+\})(\/s)?$/);
    t.equal(row.unit.endsWith('/s'), row.kind === 'rate', `${row.name}: a rate is per second`);
    t.match(row.description, /^[A-Z].*\.$/, `${row.name}: one sentence`);
    t.ok(Number.isInteger(Math.log10(row.step)), `${row.name}: the step is a power of ten`);
    t.equal(row.instances !== undefined, row.label === 'mode' || row.label === 'state');
  }
});

t.test('a metric is found by name and by id, an unknown one is not', async (t) => {
  for (const row of rows) {
    t.equal(findMetric(row.name), row);
    t.equal(findMetricById(row.id), row);
  }
  t.equal(findMetric('system.cpu.nothing'), undefined);
  t.equal(findMetric('toString'), undefined);
  t.equal(findMetricById(65_535), undefined);
});

t.test('every metric stands in the documentation with its unit and resolution', async (t) => {
  const page = readFileSync(new URL('../../../docs/architecture/metrics.md', import.meta.url), 'utf8');
  const documented = [
    ...page.matchAll(/^\| (\d+) \| `([^`]+)` \| `([^`]+)` \| ([^|]*) \| ([\d.]+) \| ([^|]+) \|$/gm),
  ];
  t.same(
    documented.map(([, id, name, unit, label, step, description]) => [
      id,
      name,
      unit,
      label,
      step,
      description,
    ]),
    rows.map((row) => [`${row.id}`, row.name, row.unit, row.label, `${row.step}`, row.description]),
  );
});

t.test('series have a stable text that can be read back', async (t) => {
  t.equal(
    formatSeries({ metric: 'system.disk.io.read', instance: 'sda' }),
    'system.disk.io.read{device=sda}',
  );
  t.equal(formatSeries({ metric: 'system.cpu.busy', instance: '' }), 'system.cpu.busy');
  t.same(parseSeries('system.filesystem.usage{mountpoint=/a}b{c=d\\}'), {
    metric: 'system.filesystem.usage',
    instance: '/a}b{c=d\\',
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...rows),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.nat(9),
      (row, text, pick) => {
        const named = toInstance(text === '' ? 'x' : text);
        const listed = row.instances?.[pick % row.instances.length] ?? named;
        const key = { metric: row.name, instance: row.label === '' ? '' : listed };
        t.same(parseSeries(formatSeries(key)), key);
      },
    ),
  );
});

t.test('the longest series fits the messages that name series', async (t) => {
  // `SeriesText` in messages/metrics.ts allows 192.
  for (const { name, label } of rows) {
    const instance = label === '' ? '' : 'x'.repeat(MAX_INSTANCE_CHARS);
    t.ok(formatSeries({ metric: name, instance }).length <= 192, name);
  }
});

t.test('a series that cannot exist is refused with a code', async (t) => {
  const wrong = [
    '',
    'system.cpu.busy{}',
    'system.cpu.busy{mode=user}',
    'system.cpu.nothing',
    'system.disk.io.read',
    'system.disk.io.read{device=}',
    'system.disk.io.read{interface=sda}',
    'system.disk.io.read{device=sda}x',
    'system.disk.io.read{device=a\nb}',
    `system.disk.io.read{device=${'x'.repeat(MAX_INSTANCE_CHARS + 1)}}`,
    '__proto__',
  ];
  for (const text of wrong) t.throws(() => parseSeries(text), { code: 'E_RANGE' }, text);
  t.throws(() => formatSeries({ metric: 'nothing', instance: '' }), { code: 'E_RANGE' });
  t.throws(() => formatSeries({ metric: 'system.cpu.busy', instance: 'x' }), { code: 'E_RANGE' });
});

t.test('any name becomes an instance, and different long names stay different', async (t) => {
  const disk = findMetric('system.disk.io.read');
  t.equal(toInstance('/mnt/a\nb\u2028'), '/mnt/a?b?');
  const long = [1, 2].map((n) => toInstance(`/srv/${'deep/'.repeat(40)}${n}`));
  t.not(long[0], long[1]);
  t.match(long[0], /^\/srv\/.*~[0-9a-f]{8}$/);
  const split = toInstance(`${'x'.repeat(MAX_INSTANCE_CHARS - 10)}😀 and more`);
  t.ok(isInstance(disk, split), 'a cut through a surrogate pair leaves no half');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), (name) =>
      isInstance(disk, toInstance(name)),
    ),
  );
});
