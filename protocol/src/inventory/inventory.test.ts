// Tests of inventory bodies, package parts, the root and the list of sections.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { isMusterError } from '../errors.ts';
import { MAX_SLICE_ROWS, MAX_SLICES, MAX_VALUE_CHARS, PACKAGE_PARTS } from '../limits.ts';
import { checkBody, writeBody } from './body.ts';
import { partOf, splitIntoParts } from './parts.ts';
import { rootInput } from './root.ts';
import { defineSection, type Outcome, type RowOf } from './section.ts';
import { findSection, liveSections, sections, sliceSections } from './sections.ts';

const sample = defineSection({
  name: 'sample',
  title: 'Sample',
  description: 'A section with every type of column.',
  kind: 'slice',
  key: ['name', 'count'],
  columns: {
    name: { type: 'text', required: true, description: 'Name.' },
    count: { type: 'integer', description: 'Count.' },
    share: { type: 'real', description: 'Share.' },
    on: { type: 'boolean', description: 'State.' },
    at: { type: 'time', description: 'Time.' },
  },
});
type Row = RowOf<typeof sample>;

const row: Row = { name: 'a', count: 1, share: 0.5, on: true, at: '2026-11-22T18:00:00.000Z' };

function ok(rows: readonly Row[]): Outcome<Row> {
  return { outcome: 'ok', rows };
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'no error';
  } catch (error) {
    return isMusterError(error) ? error.code : String(error);
  }
}

/** A body as a foreign device might send it. */
function bodyWith(changes: Record<string, unknown>): Record<string, unknown> {
  return { ...JSON.parse(writeBody(sample, ok([row]))), ...changes };
}

const anyRow: fc.Arbitrary<Row> = fc.record({
  // Few names, so that keys collide and the tie is tested.
  name: fc.oneof(fc.constantFrom('a', 'b', 'null', ''), fc.string({ unit: 'binary' })),
  count: fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 2 }), fc.maxSafeInteger()),
  share: fc.oneof(fc.constant(null), fc.double()),
  on: fc.oneof(fc.constant(null), fc.boolean()),
  at: fc.constantFrom(null, '2026-11-22T18:00:00.000Z', '2026-11-22T18:00:00Z'),
});

t.test('a body', async (t) => {
  t.test('is the same text whatever the order of the rows', async () => {
    const shuffled = fc
      .array(anyRow, { maxLength: 12 })
      .chain((rows) =>
        fc.tuple(
          fc.constant(rows),
          fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([rows, other]) => writeBody(sample, ok(rows)) === writeBody(sample, ok(other))),
      { numRuns: 300 },
    );
  });

  t.test('written here is accepted there, and strict JSON', async () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 8 }), (rows) => {
        const text = writeBody(sample, ok(rows));
        const body = checkBody(sample, JSON.parse(text));
        return body.rows.length === rows.length && JSON.stringify(body) === text && text.isWellFormed();
      }),
      { numRuns: 300 },
    );
  });

  t.test('puts numbers in the order of numbers and null before everything', async (t) => {
    const rows = [10, 9, null, -1].map((count) => ({ ...row, count }));
    t.same(
      checkBody(sample, JSON.parse(writeBody(sample, ok(rows)))).rows.map((values) => values[1]),
      [null, -1, 9, 10],
    );
  });

  t.test('tells null and the text "null" apart in its order', async (t) => {
    const keyed = defineSection({ ...sample, key: ['at'], columns: { at: sample.columns.name } });
    const rows = [{ at: 'null' }, { at: null as unknown as string }];
    t.equal(
      writeBody(keyed, { outcome: 'ok', rows }),
      writeBody(keyed, { outcome: 'ok', rows: rows.toReversed() }),
    );
  });

  t.test('is bounded and clean, whatever a device holds', async (t) => {
    const hostile: Row = {
      name: `<img src=x onerror=alert(1)>'; DROP TABLE device; --\u0000\u001b[31m\ud800`,
      count: Number.NaN,
      share: Number.POSITIVE_INFINITY,
      on: null,
      at: null,
    };
    const text = writeBody(sample, ok([hostile, { ...row, name: 'x'.repeat(10_000_000) }]));
    t.ok(text.length < 3 * MAX_VALUE_CHARS, 'ten megabytes became one bounded value');
    const { rows } = checkBody(sample, JSON.parse(text));
    t.equal(rows[0]?.[0], `<img src=x onerror=alert(1)>'; DROP TABLE device; --\ufffd\ufffd[31m\ufffd`);
    t.same(rows[0]?.slice(1), [null, null, null, null], 'numbers that are not finite are no data');
    t.ok(String(rows[1]?.[0]).endsWith('x…'));
    t.equal(String(rows[1]?.[0]).length, MAX_VALUE_CHARS);
  });

  t.test('cut in the middle of a pair of surrogates stays well-formed', async (t) => {
    const text = writeBody(sample, ok([{ ...row, name: `${'x'.repeat(MAX_VALUE_CHARS - 2)}😀😀` }]));
    t.ok(text.isWellFormed());
    t.equal(
      codeOf(() => checkBody(sample, JSON.parse(text))),
      'no error',
    );
  });

  t.test('without rows carries a bounded, clean reason', async (t) => {
    for (const outcome of ['no-data', 'error'] as const) {
      const text = writeBody(sample, { outcome, reason: `gone\u0000${'y'.repeat(100_000)}` });
      const body = checkBody(sample, JSON.parse(text));
      t.equal(body.outcome, outcome);
      t.match(body.reason, /^gone\ufffdy+…$/);
      t.same([body.columns, body.rows], [[], []]);
    }
  });

  t.test('of a newer agent may have columns unknown here', async (t) => {
    const body = bodyWith({ columns: ['name', 'constructor', 'hue'], rows: [['a', 'text', 7]] });
    t.same(checkBody(sample, body).rows, [['a', 'text', 7]]);
  });

  const refused: readonly [string, string, Record<string, unknown>][] = [
    ['another section', 'E_SCHEMA', { section: 'other' }],
    ['an unknown field', 'E_SCHEMA', { extra: 1 }],
    ['an unknown outcome', 'E_SCHEMA', { outcome: 'fine' }],
    ['a reason of the wrong type', 'E_SCHEMA', { reason: 7 }],
    ['a reason over the limit', 'E_SCHEMA', { reason: 'x'.repeat(MAX_VALUE_CHARS + 1) }],
    ['rows beside an error', 'E_SCHEMA', { outcome: 'error' }],
    ['columns that are no list', 'E_SCHEMA', { columns: {} }],
    ['a column twice', 'E_SCHEMA', { columns: ['name', 'name'], rows: [] }],
    ['a column name over the limit', 'E_SCHEMA', { columns: ['name', 'x'.repeat(65)], rows: [] }],
    ['a missing required column', 'E_SCHEMA', { columns: ['count'], rows: [[1]] }],
    ['a required fact that is null', 'E_SCHEMA', { columns: ['name'], rows: [[null]] }],
    ['a row of another length', 'E_SCHEMA', { rows: [['a']] }],
    ['a row that is no list', 'E_SCHEMA', { rows: ['abcde'] }],
    ['a number for a text', 'E_SCHEMA', { columns: ['name'], rows: [[1]] }],
    ['a text for a number', 'E_SCHEMA', { columns: ['name', 'count'], rows: [['a', '1']] }],
    ['a fraction for an integer', 'E_SCHEMA', { columns: ['name', 'count'], rows: [['a', 1.5]] }],
    ['an integer beyond 2^53', 'E_SCHEMA', { columns: ['name', 'count'], rows: [['a', 2 ** 60]] }],
    ['a boolean for a number', 'E_SCHEMA', { columns: ['name', 'share'], rows: [['a', true]] }],
    ['a text that is no time', 'E_SCHEMA', { columns: ['name', 'at'], rows: [['a', 'yesterday']] }],
    ['an object as a value', 'E_SCHEMA', { columns: ['name'], rows: [[{}]] }],
    ['an object in an unknown column', 'E_SCHEMA', { columns: ['name', 'hue'], rows: [['a', []]] }],
    ['a value over the limit', 'E_SCHEMA', { columns: ['name'], rows: [['x'.repeat(MAX_VALUE_CHARS + 1)]] }],
    ['a control character', 'E_SCHEMA', { columns: ['name'], rows: [['a\u0000b']] }],
    ['a lone surrogate', 'E_SCHEMA', { columns: ['name'], rows: [['\ud800']] }],
    ['too many rows', 'E_RANGE', { columns: ['name'], rows: new Array(MAX_SLICE_ROWS + 1).fill(['a']) }],
  ];
  t.test('is refused with its code for each fault', async (t) => {
    for (const [fault, code, changes] of refused) {
      t.equal(
        codeOf(() => checkBody(sample, bodyWith(changes))),
        code,
        fault,
      );
    }
    for (const value of [null, 'text', 7, []])
      t.equal(
        codeOf(() => checkBody(sample, value)),
        'E_SCHEMA',
      );
  });
});

t.test('package parts', async (t) => {
  t.test('hold every row once, in the part of its name, in the order given', async () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), n: fc.nat() })), (rows) => {
        const parts = splitIntoParts(rows);
        const inPlace = parts.every((part, at) => part.every((entry) => partOf(entry.name) === at));
        const kept = rows.every((entry) => {
          const part = parts[partOf(entry.name)] ?? [];
          const mine = rows.filter((other) => partOf(other.name) === partOf(entry.name));
          return part.length === mine.length && part.every((other, at) => other === mine[at]);
        });
        return parts.length === PACKAGE_PARTS && inPlace && kept;
      }),
    );
  });

  t.test('never move between versions of the protocol', async (t) => {
    // A server keeps sets by part; another division would look like every package changed.
    t.same(['bash', 'libc6', 'openssl', 'ümlaut', ''].map(partOf), [31, 49, 49, 40, 5]);
  });

  t.test('spread real names evenly enough', async (t) => {
    const names = Array.from({ length: 2000 }, (_, i) => `lib${(i * 7919).toString(36)}-dev`);
    const sizes = splitIntoParts(names.map((name) => ({ name }))).map((part) => part.length);
    t.ok(Math.max(...sizes) < 3 * (2000 / PACKAGE_PARTS), `largest part has ${Math.max(...sizes)}`);
  });
});

t.test('the root', async (t) => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  t.test('has the documented form', async (t) => {
    const slices = [
      { name: 'users', hash: 'U' },
      { name: 'cpu', hash: 'C' },
      { name: 'cpu2', hash: 'D' },
    ];
    t.equal(text(rootInput(slices, ['P', 'Q'])), 'cpu2=D\ncpu=C\nusers=U\npackages/00=P\npackages/01=Q');
    t.equal(text(rootInput([], [])), '');
  });

  t.test('does not depend on the order of slices, but on every hash and on the order of parts', async () => {
    const hash = fc.base64String({ minLength: 44, maxLength: 44 });
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
    const slices = fc.uniqueArray(fc.record({ name, hash }), {
      selector: (slice) => slice.name,
      minLength: 1,
      maxLength: 8,
    });
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    fc.assert(
      fc.property(slices, fc.array(hash, { maxLength: 4 }), fc.nat(), (list, parts, at) => {
        const root = sha(rootInput(list, parts));
        const changed = list.map((slice, i) =>
          i === at % list.length ? { ...slice, hash: `${slice.hash.slice(1)}!` } : slice,
        );
        return (
          root === sha(rootInput(list.toReversed(), parts)) &&
          root !== sha(rootInput(changed, parts)) &&
          root !== sha(rootInput(list.slice(1), parts)) &&
          root !== sha(rootInput(list, [...parts, 'x']))
        );
      }),
    );
  });
});

t.test('the list of sections', async (t) => {
  t.test('names each section once and finds it again', async (t) => {
    t.equal(new Set(sections.map((section) => section.name)).size, sections.length);
    for (const section of sections) t.equal(findSection(section.name), section);
    t.equal(findSection('constructor'), undefined);
    t.equal(findSection(''), undefined);
  });

  t.test('fits the wire', async (t) => {
    t.ok(sliceSections.length <= MAX_SLICES);
    for (const section of sections) t.match(section.name, /^[a-z][a-z0-9_]{0,47}$/);
  });

  t.test('keeps slices and live sections apart', async (t) => {
    t.ok(sliceSections.every((section) => section.kind === 'slice'));
    t.ok(liveSections.every((section) => section.kind === 'live'));
  });

  t.test('is described well enough for docs and console', async (t) => {
    for (const section of sections) {
      const columns = Object.entries(section.columns);
      t.ok(section.title.length > 0 && section.description.endsWith('.'), section.name);
      t.ok(
        section.key.every((name) => Object.hasOwn(section.columns, name)),
        `${section.name}: key names columns`,
      );
      t.ok(
        columns.some(([, column]) => column.required),
        `${section.name} has a required fact`,
      );
      for (const [name, column] of columns) {
        t.match(name, /^[a-z][a-z0-9_]{0,63}$/, section.name);
        t.match(column.description, /\S.*[.…]$/, `${section.name}.${name}: a sentence`);
        if (column.unit !== undefined)
          t.ok(column.type === 'integer' || column.type === 'real', `${section.name}.${name}: unit`);
      }
    }
  });
});
