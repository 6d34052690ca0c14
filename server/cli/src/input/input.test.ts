// Tests of what people type: times, spans, labels, versions, columns, counts, near words, answers and secrets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { holdsAlways } from '../testing/chance.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { canAsk, confirm, readSecret } from './ask.ts';
import { parseMoment, parseSpan } from './moments.ts';
import { nearest } from './nearest.ts';
import { parseColumns, parseCount, parseLabel, parseLabelChanges, parseVersionMatch } from './words.ts';

process.env.TZ = 'UTC';

const nowMs = Date.UTC(2026, 10, 22, 12);
const usage = { code: 'E_USAGE' };

t.test('times: now, that long ago, dates, and full RFC 3339', async (t) => {
  const times: Record<string, string> = {
    now: '2026-11-22T12:00:00.000Z',
    '3h': '2026-11-22T09:00:00.000Z',
    '90 s ago': '2026-11-22T11:58:30.000Z',
    '7d': '2026-11-15T12:00:00.000Z',
    '2026-11-20': '2026-11-20T00:00:00.000Z',
    '2026-11-20 08:30': '2026-11-20T08:30:00.000Z',
    '2026-11-20T08:30:05Z': '2026-11-20T08:30:05.000Z',
    '2026-11-20T08:30:05+02:00': '2026-11-20T06:30:05.000Z',
  };
  for (const [text, expected] of Object.entries(times)) t.equal(parseMoment(text, nowMs), expected, text);
  for (const text of ['', 'yesterday', '3', '3y', '2026-13-01', '20.11.2026', '-3h', '999999999w', 'now; x'])
    t.throws(() => parseMoment(text, nowMs), usage, text);
  const words = [
    '3',
    '90',
    'h',
    ' ',
    'ago',
    '2026-11-20',
    'T',
    '08:30',
    'Z',
    '+02:00',
    '-',
    'w',
    '0',
  ] as const;
  t.ok(
    holdsAlways((chance) => {
      const text = Array.from({ length: chance.integer(0, 4) }, () => chance.pick(words)).join('');
      try {
        return !Number.isNaN(Date.parse(parseMoment(text, nowMs)));
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'E_USAGE';
      }
    }, 3_000),
    'a time, or a usage error, whatever is typed',
  );
});

t.test('spans', async (t) => {
  t.same(
    ['90s', '30m', '30min', '1h', '7d', '2w'].map(parseSpan),
    [90_000, 1_800_000, 1_800_000, 3_600_000, 604_800_000, 1_209_600_000],
  );
  for (const text of ['', '0h', '1', 'h', '1.5h', '-1h', '1 hour'])
    t.throws(() => parseSpan(text), usage, text);
});

t.test('labels are set, removed and kept', async (t) => {
  t.same(parseLabel('role=web=1'), ['role', 'web=1']);
  t.same(parseLabel('empty='), ['empty', '']);
  for (const word of ['role', 'Role=web', '1a=b', '=x', 'a=\u0007', `a=${'x'.repeat(129)}`])
    t.throws(() => parseLabel(word), usage, word);
  const changes = parseLabelChanges(['role=web', 'old-', 'x=a-']);
  t.same(changes, { role: 'web', x: 'a-', old: null });
  t.throws(() => parseLabelChanges(['a=1', 'a-']), usage);
  t.throws(() => parseLabelChanges(['a-', 'a=1']), usage);
  t.throws(() => parseLabelChanges(['-']), usage);
});

t.test('versions with a sign', async (t) => {
  t.same(parseVersionMatch('<3.0.14'), { op: 'lt', version: '3.0.14' });
  t.same(parseVersionMatch('>= 1:2.0~rc1-1'), { op: 'ge', version: '1:2.0~rc1-1' });
  t.same(parseVersionMatch('3.0'), { op: 'eq', version: '3.0' });
  t.same(parseVersionMatch('==3.0'), { op: 'eq', version: '3.0' });
  for (const text of ['', '<', '<>3', '=<3', '< 3 4']) t.throws(() => parseVersionMatch(text), usage, text);
});

t.test('columns and counts', async (t) => {
  t.same(parseColumns('b, a', ['a', 'b'] as const), ['b', 'a']);
  t.throws(() => parseColumns('a,c', ['a', 'b']), {
    code: 'E_USAGE',
    message: 'There is no column "c"; there are a, b.',
  });
  t.equal(parseCount('5', { min: 1, max: 5 }), 5);
  for (const text of ['0', '6', '', '1e1', '-1', '1.0', ' 1'])
    t.throws(() => parseCount(text, { min: 1, max: 5 }), usage, text);
});

t.test('the word that was meant', async (t) => {
  const words = ['approve', 'release', 'retire'];
  t.same(
    ['aprove', 'retrie', 'relase', 'Approve'].map((word) => nearest(word, words)),
    ['approve', 'retire', 'release', 'approve'],
  );
  t.equal(nearest('xyz', words), undefined);
  t.equal(nearest('', words), undefined);
  for (const word of words) t.equal(nearest(word, words), word);
});

t.test('a confirmation takes the right word, from a person, and nothing else', async (t) => {
  const question = { consequence: 'web-01 will be retired.', word: 'web-01' };
  const good = createFakeTerminal({ isTTY: true });
  good.type('web-01\n');
  await confirm(good, question, true);
  t.equal(good.err(), 'web-01 will be retired.\nType the word web-01 to go on: ');
  t.equal(good.out(), '', 'a question is no data');
  for (const answer of ['\n', 'y\n', 'yes\n', '\u0003', 'web-0\n']) {
    const terminal = createFakeTerminal({ isTTY: true });
    terminal.type(answer);
    await t.rejects(
      confirm(terminal, question, true),
      {
        code: 'E_CONFIRM',
        message: answer === '\u0003' ? 'Nothing was done.' : /only the word web-01 is a yes/,
      },
      JSON.stringify(answer),
    );
  }
  const hostile = createFakeTerminal({ isTTY: true });
  hostile.type('x\n');
  await t.rejects(confirm(hostile, { consequence: 'a\u001b[2J', word: 'b\u001b[2J' }, true));
  t.notMatch(hostile.err(), '\u001b', 'a name in a question cannot steer the terminal');
  await t.rejects(
    confirm(createFakeTerminal({ isTTY: true }), question, false),
    { code: 'E_CONFIRM' },
    '--no-input',
  );
  await t.rejects(
    confirm(createFakeTerminal({ input: 'web-01\n' }), question, true),
    { code: 'E_CONFIRM' },
    'no terminal',
  );
  t.equal(canAsk(createFakeTerminal({ isTTY: true }), true), true);
});

t.test('a secret comes from a file, a pipe, or unseen keys', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'token');
  writeFileSync(file, 'mat1.abc\n');
  const ask = { question: 'Token: ', mayAsk: true };
  t.equal(await readSecret(createFakeTerminal(), { ...ask, file }), 'mat1.abc');
  t.equal(await readSecret(createFakeTerminal({ input: ' mat1.x \n' }), { ...ask, file: '-' }), 'mat1.x');
  t.equal(await readSecret(createFakeTerminal({ input: 'mat1.y' }), { ...ask, file: undefined }), 'mat1.y');
  await t.rejects(
    readSecret(createFakeTerminal({ input: 'x'.repeat(5000) }), { ...ask, file: '-' }),
    usage,
    'too long',
  );
  await t.rejects(readSecret(createFakeTerminal(), { ...ask, file: folder }), { code: 'E_FILE' });
  const typed = createFakeTerminal({ isTTY: true });
  typed.type('mat1.q');
  typed.type('\u007fz\r');
  t.equal(await readSecret(typed, { ...ask, file: undefined }), 'mat1.z');
  t.equal(typed.err(), 'Token: \n', 'no letter of it is shown');
  t.same(typed.rawModes, [true, false]);
});
