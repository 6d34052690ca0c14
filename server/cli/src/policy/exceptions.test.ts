// Tests `muster policy exceptions` on files, and that an exception that could not be signed is refused at its place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommandLine } from '../run.ts';
import { createFakeTerminal } from '../testing/terminal.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number) => `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19)}Z`;
const head = 'policy: a\ntitle: A\nowner: me\n';
const rules = 'rules:\n  - id: r\n    title: R\n    package: { name: nginx, state: installed }\n';
const exception = (host: string, until: string) =>
  `  - { rule: r, on: hostname == "${host}", reason: It is old., approvedBy: anna, until: "${until}" }\n`;

t.test('exceptions of files, to people and to programs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-exceptions-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const write = (exceptions: string) => writeFileSync(join(folder, 'a.yaml'), head + exceptions + rules);
  const run = async (...words: string[]) => {
    const terminal = createFakeTerminal({
      env: { MUSTER_PROFILE: join(folder, 'none') },
      now: () => Date.now(),
    });
    const code = await runCommandLine(['policy', 'exceptions', folder, ...words], terminal);
    return { code, out: terminal.out(), err: terminal.err() };
  };
  const ends = { late: inDays(100), soon: inDays(3), over: inDays(-1) };
  const all = Object.entries(ends).map(([host, until]) => exception(host, until));
  write(`exceptions:\n${all.join('')}`);
  const told = await run('--json');
  t.match(JSON.parse(told.out).items, [
    { policy: 'a', rule: 'r', item: 'package.nginx', state: 'over', until: ends.over, approvedBy: 'anna' },
    { on: 'hostname == "soon"', state: 'ends-soon', reason: 'It is old.' },
    { on: 'hostname == "late"', state: 'holds' },
  ]);
  t.equal(told.err, '1 exception is over: take it out of the files.\n');
  t.match(JSON.parse((await run('--json', '--soon', '1h')).out).items, [{}, { state: 'holds' }, {}]);
  const drawn = await run();
  t.equal(drawn.code, 0);
  t.match(drawn.out, /a\/r +package\.nginx +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, over +hostname == "over" +anna/);
  t.match(await run('--soon', 'later'), { code: 2, out: '', err: /E_USAGE/ });
  write('');
  t.match(await run(), { code: 0, out: '', err: '1 policy without an exception.\n' });
  write(`exceptions:\n${exception('a', inDays(300))}${exception('b', inDays(400))}`);
  t.match(await run(), {
    code: 2,
    out: '',
    err: /a\.yaml:6:\d+: An exception ends at most 366 days from now/,
  });
});
