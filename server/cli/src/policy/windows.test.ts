// Tests `muster policy windows` on files, and how openings are told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { formatMoment } from '../output/moments.ts';
import { runCommandLine } from '../run.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { describeOpening, describeStart } from '../views/openings.ts';

const head = (name: string) => `policy: ${name}\ntitle: A\nowner: me\nmode: enforce\n`;
const rules = 'rules:\n  - id: r\n    title: R\n    package: { name: nginx, state: installed }\n';
const weekly =
  'windows:\n  - start: 2026-01-10T22:00\n    zone: Europe/Berlin\n    every: FREQ=WEEKLY;BYDAY=SA\n    for: 4h\n    except: [2026-12-26]\n';
const once = 'windows:\n  - { start: 2026-01-10T22:00, zone: device, for: 30m }\nmissed: next-chance\n';

t.test('openings of files, to people and to programs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-windows-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, `${name}.yaml`), text);
  write('a', head('a') + weekly + rules);
  write('b', head('b') + once + rules);
  write('c', head('c') + rules);
  const run = async (...words: string[]) => {
    const terminal = createFakeTerminal({ env: { MUSTER_PROFILE: join(folder, 'none') } });
    const code = await runCommandLine(['policy', 'windows', folder, ...words], terminal);
    return { code, out: terminal.out(), err: terminal.err() };
  };
  const told = await run('--json', '--from', '2026-12-14T00:00Z', '--count', '2');
  t.same(JSON.parse(told.out).items, [
    {
      ...{ policy: 'a', opens: '2026-12-19T21:00:00.000Z', closes: '2026-12-20T01:00:00.000Z' },
      missed: 'next-window',
    },
    {
      ...{ policy: 'a', opens: '2027-01-02T21:00:00.000Z', closes: '2027-01-03T01:00:00.000Z' },
      missed: 'next-window',
    },
  ]);
  t.equal(
    told.err,
    'No window of b opens any more: nothing that it wants is repaired.\n1 policy has no windows: repairs start whenever they are due.\n',
  );
  const early = JSON.parse((await run('--json', '--from', '2026-01-01T00:00Z', '--zone', 'Asia/Tokyo')).out);
  t.equal(early.zone, 'Asia/Tokyo');
  t.match(early.items.at(-1), { policy: 'b', opens: '2026-01-10T13:00:00.000Z', missed: 'next-chance' });
  const drawn = await run('--from', '2026-12-14T00:00Z', '--count', '1');
  t.equal(drawn.code, 0);
  t.ok(drawn.out.includes(`a       ${formatMoment('2026-12-19T21:00:00Z')}`), drawn.out);
  t.match(drawn.out, /waits for the next window/);
  for (const words of [
    ['--zone', 'Mars/Crater'],
    ['--count', '0'],
    ['--count', '101'],
    ['--from', 'soon'],
  ])
    t.match(await run(...words), { code: 2, out: '', err: /E_USAGE/ }, words.join(' '));
  t.same(JSON.parse(told.out).freezes, []);
  const still =
    'freezes:\n  - { from: 2026-12-23T18:00+01:00, to: 2027-01-02, reason: Nobody is here., all: true }\n  - { from: 2026-01-01, to: 2026-01-02, reason: Over. }\n';
  write('c', head('c') + still + rules);
  const frozen = await run('--json', '--from', '2026-12-24T00:00Z');
  const freeze = { from: '2026-12-23T17:00:00Z', to: '2027-01-03T00:00:00Z', reason: 'Nobody is here.' };
  t.same(JSON.parse(frozen.out).freezes, [{ policy: 'c', ...freeze, all: true }], 'not those that are over');
  t.match(
    (await run('--from', '2026-12-24T00:00Z')).out,
    /\n\nFROZEN BY .*\nc .* every policy on its devices +Nobody/,
  );
  write('a', head('a') + weekly.replace('BYDAY=SA', 'BYDAY=SU') + rules);
  t.match(await run(), { code: 2, out: '', err: /a\.yaml:6:12: The rule does not give this time/ });
});

t.test('an opening in words', async (t) => {
  const window = {
    start: '2026-01-10T22:00',
    zone: 'UTC',
    every: 'FREQ=DAILY;COUNT=2',
    for: '2h',
    except: [],
  };
  const say = (now: string) => describeOpening({ windows: [window] }, Date.parse(now), 'UTC');
  const moment = (text: string) => formatMoment(`${text}:00Z`);
  t.equal(describeOpening({ windows: [] }, 0, 'UTC'), 'whenever it is due');
  t.equal(say('2026-01-10T22:00Z'), `now, until ${moment('2026-01-11T00:00')}`);
  t.equal(say('2026-01-11T00:00Z'), `from ${moment('2026-01-11T22:00')} to ${moment('2026-01-12T00:00')}`);
  t.equal(say('2026-01-12T00:00Z'), 'never: no window opens any more');
});

t.test('a freeze comes before every window', async (t) => {
  const freezes = [
    { policy: 'f', from: '2026-01-10T00:00:00Z', to: '2026-01-11T00:00:00Z', reason: 'A reason.', all: true },
  ];
  const startAt = (now: string) => describeStart({ windows: [], freezes }, Date.parse(now), 'UTC');
  t.equal(startAt('2026-01-09T23:59Z'), 'whenever it is due');
  t.equal(
    startAt('2026-01-10T00:00Z'),
    `not before ${formatMoment('2026-01-11T00:00:00Z')}, frozen by f: A reason.`,
  );
  t.equal(startAt('2026-01-11T00:00Z'), 'whenever it is due');
});
