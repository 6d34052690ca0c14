// Tests of commands against a server whose answers the test chooses: paging, choices, refusals, damage, and the live table.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSample } from '../api/live-values.ts';
import { joinRanges, splitRange } from '../api/metric-windows.ts';
import type { Device } from '../api/types.ts';
import { runCommandLine } from '../run.ts';
import * as inventories from '../testing/inventory-samples.ts';
import * as samples from '../testing/samples.ts';
import { type Answer, type Asked, problem, startServer } from '../testing/server.ts';
import { createFakeTerminal, type FakeOptions, type FakeTerminal } from '../testing/terminal.ts';

process.env.TZ = 'UTC';

const { web, pending, clone, nowMs } = samples;

/** Runs a line against answers by path; `asked` is what the server saw. */
async function start(t: Test, answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>) {
  const server = await startServer((asked) => {
    const [path = ''] = asked.path.split('?');
    const found = answers[`${asked.method} ${path}`] ?? answers[path];
    return typeof found === 'function' && found.length === 1
      ? (found as (asked: Asked) => Answer)(asked)
      : (found as Answer);
  });
  t.teardown(server.stop);
  const run = async (line: string, options: FakeOptions = {}, before?: (terminal: FakeTerminal) => void) => {
    const env = { MUSTER_URL: server.url, MUSTER_TOKEN: 'mat1.test', ...options.env };
    const terminal = createFakeTerminal({ now: () => nowMs, ...options, env });
    before?.(terminal);
    const words = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
    const code = await runCommandLine(words, terminal);
    return { code, out: terminal.out(), err: terminal.err(), terminal };
  };
  return { server, run, asked: server.asked };
}

const devicesOf = (...items: Device[]) => ({ json: { items, next: null } });

t.test('a list reads page by page, and --json is one page of it all', async (t) => {
  const many = Array.from({ length: 1234 }, (_, at) => ({
    ...web,
    hostname: `h${String(at).padStart(4, '0')}`,
  }));
  const { run, asked } = await start(t, {
    '/api/v1/devices': ({ path }: Asked) => {
      const query = new URL(path, 'http://x').searchParams;
      const from = Number(query.get('cursor') ?? '0');
      const to = from + Number(query.get('limit'));
      const count = query.has('on') ? { count: many.length } : {};
      return { json: { items: many.slice(from, to), next: to < many.length ? String(to) : null, ...count } };
    },
  });
  const first = await run('devices');
  t.equal(first.code, 0);
  t.equal(first.out.trim().split('\n').length, 101);
  t.equal(first.err, 'The first 100 devices; --all shows all.\n');
  const all = await run('devices --all --json');
  t.match(JSON.parse(all.out), { items: { length: 1234 }, next: null });
  t.equal(all.err, '');
  const some = await run('devices --limit 700 --json');
  t.match(JSON.parse(some.out), { items: { length: 700 }, next: '700' });
  t.same(
    asked.map(({ path }) => new URL(path, 'http://x').searchParams.get('limit')),
    ['100', '500', '500', '500', '500', '200'],
  );
  t.ok(asked.every(({ authorization }) => authorization === 'Bearer mat1.test'));
  await run('devices --columns name,seen --state pending --hostname h');
  t.equal(
    asked.at(-1)?.path,
    '/api/v1/devices?state=pending&hostname=h&fields=hostname,presence,lastSeenAt&limit=100',
  );
  const fitting = await run('devices --on \'label("env") == "prod"\' --sort -seen --columns name');
  const query = new URL(asked.at(-1)?.path ?? '', 'http://x').searchParams;
  t.same([query.get('on'), query.get('sort')], ['label("env") == "prod"', '-seen']);
  t.equal(fitting.err, 'The first 100 devices; --all shows all 1,234.\n', 'where the server counted');
  t.match(await run('devices --sort owner'), { code: 2, err: /Allowed choices are hostname/ });
});

t.test(
  'find shows, counts and exports what an expression holds for, and points at what is wrong',
  async (t) => {
    const devices = [web, { ...pending, hostname: '=db,01' }];
    const hostile = { ...web, hostname: 'a\u009b31mb' };
    const { run, asked } = await start(t, {
      '/api/v1/devices': { json: { items: devices, next: null, count: 2 } },
    });
    const found = await run(`find 'within("10.0.0.0/8")' --sort -seen --columns name,id`);
    t.match(found, { code: 0, err: '' });
    t.same(
      found.out.split('\n').map((line) => line.split(/ +/)[0]),
      ['NAME', web.hostname, '=db,01', ''],
    );
    const query = new URL(asked.at(-1)?.path ?? '', 'http://x').searchParams;
    t.same(Object.fromEntries(query), {
      on: 'within("10.0.0.0/8")',
      sort: '-seen',
      fields: 'hostname,id',
      limit: '100',
    });
    t.match(await run('find virtual --count'), { code: 0, out: '2\n', err: '' });
    t.same(JSON.parse((await run('find virtual --count --json')).out), { count: 2 });
    t.same(JSON.parse((await run('find virtual --json')).out).items, devices);
    t.match(await run('find virtual --csv --columns name,state'), {
      code: 0,
      out: `name,state\r\n${web.hostname},online\r\n"'=db,01",pending\r\n`,
    });
    const { run: runHostile } = await start(t, {
      '/api/v1/devices': { json: { items: [hostile], next: null, count: 1 } },
    });
    t.notMatch((await runHostile('find virtual --csv --columns name')).out, /[\u0080-\u009f]/);
    const before = asked.length;
    t.match(await run(`find 'virtual && within("10.0.0.0")'`), {
      code: 2,
      out: '',
      err:
        'A subnet has a length; for this address alone write "10.0.0.0/32". (E_EXPRESSION)\n' +
        '1:19 | virtual && within("10.0.0.0")\n                         ^\n',
    });
    t.match(await run('find os.name==debian'), {
      code: 2,
      err: /^There is no fact "debian"\. Write "debian" in/,
    });
    t.match(await run('find virtual --count --all'), { code: 2, err: /cannot be used with/ });
    t.equal(asked.length, before, 'the server is not asked about what is wrong');
  },
);

t.test(
  'a device is found by name, by first label, by id and by its beginning; otherwise all candidates are named',
  async (t) => {
    const old = { ...web, id: 'dev_zzzzzzzzzzzzzzzzzzzzzzzzzz', state: 'retired' as const };
    const twin = { ...clone, id: 'dev_ccccccccccccccccccccccccc2', hostname: 'db-01' };
    const all = [old, web, pending, clone, twin];
    const { run } = await start(t, {
      '/api/v1/devices': ({ path }: Asked) => {
        const query = new URL(path, 'http://x').searchParams;
        const [name, start] = [query.get('hostname') ?? '', query.get('id') ?? ''];
        return devicesOf(
          ...all.filter(({ hostname, id }) => hostname.startsWith(name) && id.startsWith(start)),
        );
      },
      [`/api/v1/devices/${web.id}`]: { json: web },
      '/api/v1/devices/dev_nnnnnnnnnnnnnnnnnnnnnnnnnn': problem(
        404,
        'E_NOT_FOUND',
        'There is no device with that id.',
      ),
    });
    const idOf = async (name: string) => JSON.parse((await run(`label ${name} --json`)).out).id;
    t.equal(await idOf('web-01'), web.id, 'the one that is not retired');
    t.equal(await idOf('web-02'), pending.id, 'web-02.example.com');
    t.equal(await idOf(web.id), web.id);
    t.equal(await idOf('dev_bbb'), pending.id);
    t.match(await run('label db-01'), {
      code: 4,
      out: '',
      err: /^Several devices fit db-01: dev_c{26} \(db-01, quarantined\), dev_c{25}2 \(db-01, quarantined\); .*\(E_AMBIGUOUS\)\n$/,
    });
    t.match(await run('label dev_cc'), { code: 4, err: /E_AMBIGUOUS/ });
    t.match(await run('label web'), {
      code: 4,
      err: 'No device is called web; muster devices lists all. (E_NO_MATCH)\n',
    });
    t.match(await run('label dev_q'), { code: 4, err: /E_NO_MATCH/ });
    t.match(await run('label dev_nnnnnnnnnnnnnnnnnnnnnnnnnn'), {
      code: 4,
      err: 'There is no device with that id. (E_NOT_FOUND)\n',
    });
  },
);

t.test('of labels only what changes is sent', async (t) => {
  const { run, asked } = await start(t, {
    '/api/v1/devices': devicesOf(web),
    [`PATCH /api/v1/devices/${web.id}`]: ({ body }: Asked) => {
      const { labels } = body as { labels: Record<string, string | null> };
      const left = Object.entries({ ...web.labels, ...labels }).filter(([, value]) => value !== null);
      return { json: { ...web, labels: Object.fromEntries(left) } };
    },
  });
  t.match(await run('label web-01 role- floor=3'), { code: 0, out: 'env=prod floor=3\n', err: '' });
  t.same(asked.at(-1)?.body, { labels: { role: null, floor: '3' } });
  t.match(await run('label web-01'), { out: 'env=prod role=web\n' });
  t.equal(asked.at(-1)?.method, 'GET', 'without changes nothing is written');
  t.match(await run('label web-01 role- env-'), { out: '', err: 'web-01 has no labels.\n' });
});

t.test('decisions: what is for good is asked about, and refused where nobody can answer', async (t) => {
  const { run, asked } = await start(t, {
    '/api/v1/devices': devicesOf(web),
    [`POST /api/v1/devices/${web.id}/decisions`]: { json: { ...web, state: 'retired' } },
    'DELETE /api/v1/enrollment-tokens/tok_x': { json: samples.tokens[0] },
  });
  const decisions = () => asked.filter(({ method }) => method !== 'GET').length;
  t.match(await run('devices retire web-01'), { code: 2, out: '', err: /--yes.*\(E_CONFIRM\)/ });
  t.match(await run('devices retire web-01 --no-input', { isTTY: true }), { code: 2, err: /E_CONFIRM/ });
  t.match(await run('devices retire web-01', { isTTY: true }, (terminal) => terminal.type('yes\n')), {
    code: 2,
    err: /Nothing was done/,
  });
  t.match(await run('tokens revoke tok_x'), { code: 2, err: /E_CONFIRM/ });
  t.equal(decisions(), 0, 'nothing was sent');
  const typed = await run('devices retire web-01', { isTTY: true }, (terminal) => terminal.type('web-01\n'));
  t.match(typed, {
    code: 0,
    out: '',
    err: /cannot be undone[\s\S]*Type the word web-01 to go on: web-01 is retired\. Its key: svwe-/,
  });
  t.match(await run('devices retire web-01 --yes --json'), { code: 0, out: /"state": "retired"/ });
  t.match(await run('devices approve web-01'), {
    code: 0,
    out: '',
    err: /web-01 is approved\. Its key: svwe-/,
  });
  t.match(await run('devices release web-01'), { code: 0, err: /web-01 is released/ });
  t.match(await run('tokens revoke tok_x --yes'), {
    code: 0,
    out: '',
    err: 'The token web servers is revoked; 18 uses of it were left.\n',
  });
  t.same(
    asked.filter(({ method }) => method === 'POST').map(({ body }) => body),
    ['retire', 'retire', 'approve', 'release'].map((decision) => ({ decision })),
  );
});

t.test('a new token: the command alone on standard output', async (t) => {
  const [token] = samples.tokens;
  const command = 'echo mst1.x | muster-agent enroll --server https://m --token-file -';
  const made = { token, text: 'mst1.x', command };
  const { run, asked } = await start(t, {
    'POST /api/v1/enrollment-tokens': { status: 201, json: made },
    'GET /api/v1/enrollment-tokens': { json: { items: samples.tokens, next: null } },
  });
  const { code, out, err } = await run(
    "tokens create --name 'web servers' --uses 20 --expires 8h --approve-automatically --label role=web --label env=prod",
  );
  t.equal(code, 0);
  t.equal(out, `${made.command}\n`);
  t.match(err, /shown this once/);
  t.notMatch(err, 'mst1', 'the secret stands where the command stands');
  t.same(asked[0]?.body, {
    name: 'web servers',
    uses: 20,
    expiresInMs: 28_800_000,
    autoApprove: true,
    labels: { role: 'web', env: 'prod' },
  });
  t.same(JSON.parse((await run('tokens create --json')).out), made);
  t.match(asked[1]?.body, { uses: 1, expiresInMs: 3_600_000, autoApprove: false });
  t.equal((await run('tokens')).out, (await run('tokens list')).out);
});

t.test('alerts are acknowledged and given back by their numbers', async (t) => {
  const [open, other] = samples.alerts;
  const held = { by: 'Anna Adler', at: new Date(samples.nowMs).toISOString(), comment: '', isYours: true };
  const mine = { ...open, acknowledged: held };
  const { run, asked } = await start(t, {
    'POST /api/v1/alerts/acknowledge': { json: { items: [mine], refused: [] } },
    'POST /api/v1/alerts/give-back': {
      json: { items: [open], refused: [{ id: 8, code: 'E_ALERT_OVER', detail: 'The alert is over.' }] },
    },
    'GET /api/v1/alerts': { json: { items: [mine, other], next: null } },
  });
  t.match(await run("alerts acknowledge 7 7 --comment 'a new disk'"), {
    code: 0,
    out: '',
    err: 'You have alert 7 system.filesystem.utilization{mountpoint=/var} on web-01.\n',
  });
  t.match(await run('alerts give-back 7 8'), {
    code: 4,
    out: '',
    err: /^Nobody has alert 7 [^\n]+\nAlert 8: The alert is over\.\n1 alert of 2 .*\(E_PARTLY\)\n$/,
  });
  t.same(
    asked.map(({ body }) => body),
    [{ alerts: [7], comment: 'a new disk' }, { alerts: [{ id: 7 }, { id: 8 }] }],
  );
  t.match(JSON.parse((await run('alerts acknowledge 7 --json')).out), { items: [{ id: 7 }], refused: [] });
  t.match((await run('alerts --unacknowledged')).out, /yours .*\n.*with Anna Adler /);
  t.match(asked.at(-1)?.path, /state=open&acknowledged=false/);
  for (const line of [
    'alerts acknowledge',
    'alerts acknowledge x',
    'alerts give-back 0',
    'alerts acknowlege 7',
  ])
    t.match(await run(line), { code: 2, err: /E_USAGE/ }, line);
});

t.test('a rule that tells nothing is listed with the reason and with what helps', async (t) => {
  const rule = {
    ...{ id: 'nrl_a', name: 'Night', on: null, severities: ['critical'], ways: ['way_a'], tellEnds: true },
    ...{ waitSeconds: 30, everySeconds: 300, quiet: null, enabled: true, reach: 'person-disabled' },
    ...{ createdBy: 'Anna Adler', changedAt: samples.before(samples.DAY), sentAt: null },
  };
  const rules = [
    rule,
    { ...rule, name: 'Day', reach: 'all', on: 'label.env == "prod"', sentAt: samples.before(samples.HOUR) },
    { ...rule, name: 'Parts', reach: 'some' },
    { ...rule, name: 'Blind', reach: 'none' },
    { ...rule, name: 'Off', enabled: false },
  ];
  const { run } = await start(t, {
    '/api/v1/notifications/rules': { json: { rules } },
    '/api/v1/notifications/ways': { json: { ways: [{ id: 'way_a', name: 'Pager' }] } },
  });
  const { code, out, err } = await run('alerts rules');
  t.equal(code, 0);
  t.match(out, /^Night +silent +critical +every device +Pager +not yet$/m);
  t.match(out, /^Day +on +critical +label\.env == "prod" +Pager +1 h ago$/m);
  t.match(out, /^Parts +in part .*\nBlind +silent .*\nOff +off /m);
  const [disabled, some, none, ...rest] = err.trim().split('\n');
  t.match(
    disabled,
    /^Rule Night tells nothing: Anna Adler, .* is disabled\. It tells again once he is enabled\./,
  );
  t.match(some, /^Rule Parts tells of some devices only: Anna Adler, /);
  t.match(none, /^Rule Blind tells nothing: Anna Adler, .* may see no alerts now\./);
  t.same(rest, [], 'one that tells all needs no words, nor one that was switched off');
  t.match(JSON.parse((await run('alerts rules --json')).out), { items: [{ reach: 'person-disabled' }, {}] });
  const empty = await start(t, {
    '/api/v1/notifications/rules': { json: { rules: [] } },
    '/api/v1/notifications/ways': { json: { ways: [] } },
  });
  t.match(await empty.run('alerts rules'), { code: 0, out: '', err: /nobody is told of alerts/ });
});

t.test('what the server says is passed on, with the exit code that fits', async (t) => {
  const refusals: [Answer, number, RegExp][] = [
    [problem(401, 'E_SIGNED_OUT', 'send a valid token'), 3, /run muster login again\. \(E_SIGNED_OUT\)/],
    [problem(403, 'E_FORBIDDEN', 'You may not.'), 4, /^You may not\. \(E_FORBIDDEN\)\n$/],
    [problem(409, 'E_DEVICE_STATE', 'Not in this state.'), 4, /E_DEVICE_STATE/],
    [problem(429, 'E_RATE', 'Too many.'), 5, /E_RATE/],
    [
      problem(503, 'E_UNAVAILABLE', 'The device is offline.'),
      5,
      /^The device is offline\. \(E_UNAVAILABLE\)\n$/,
    ],
    [problem(500, 'E_INTERNAL', 'Something went wrong.'), 1, /E_INTERNAL/],
    [problem(400, 'E_\u001b[31m', 'Bad \u001b]0;x\u0007\u202ename.'), 4, /^Bad [^\u001b\u202e]*\n$/],
    [{ status: 502, json: '<html>' }, 1, /status 502.*\(E_ANSWER\)/],
    [(_request, response) => response.destroy(), 5, /E_CONNECT/],
    [
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '99' });
        response.write('{"items"', () => response.destroy());
      },
      5,
      /E_CONNECT/,
    ],
  ];
  for (const [answer, exitCode, expected] of refusals) {
    const { run } = await start(t, { '/api/v1/alerts': answer });
    const { code, out, err } = await run('alerts');
    t.match(err, expected);
    t.equal(code, exitCode, err);
    t.equal(out, '');
  }
});

t.test('a server that is gone, or is none', async (t) => {
  const gone = await start(t, {});
  await gone.server.stop();
  t.match(await gone.run('alerts'), {
    code: 5,
    out: '',
    err: /nothing listens at that address.*\(E_CONNECT\)\n$/,
  });
  const { run, server } = await start(t, {});
  const env = { MUSTER_URL: server.url.replace('http:', 'https:') };
  t.match(await run('alerts', { env }), { code: 5, err: /\(E_CONNECT\)\n$/ });
});

t.test('login keeps a sign-in only when the server takes it, and only for its owner', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const profile = join(folder, 'deep', 'profile.json');
  const { run, server } = await start(t, {
    '/api/v1/trust': ({ authorization }: Asked) =>
      authorization === 'Bearer mat1.good' ? { json: samples.trust } : problem(401, 'E_SIGNED_OUT', 'No.'),
  });
  const login = (input: string) =>
    run(`login --url ${server.url} --token-file -`, { env: { MUSTER_PROFILE: profile }, input });
  t.match(await login('mat1.bad'), { code: 3, err: /E_SIGNED_OUT/ });
  t.throws(() => statSync(profile), 'nothing was kept');
  t.match(await login('mat1.good\n'), {
    code: 0,
    out: '',
    err: /^Signed in to http:\/\/127\.0\.0\.1:\d+, organization Example\. Kept in /,
  });
  t.equal(statSync(profile).mode & 0o777, 0o600);
  t.match(JSON.parse(readFileSync(profile, 'utf8')), { url: server.url, token: 'mat1.good', ca: null });
});

t.test('an empty list says why on standard error, and --json still answers', async (t) => {
  const empty = { json: { items: [], next: null } };
  const { run } = await start(t, {
    '/api/v1/devices': empty,
    '/api/v1/alerts': empty,
    '/api/v1/enrollment-tokens': empty,
    '/api/v1/top': { json: { at: samples.before(0), online: 0, items: [] } },
    '/api/v1/software': { json: { devices: 0, versions: [], items: [], next: null } },
  });
  t.match(await run('devices'), { code: 0, out: '', err: /no devices yet; muster tokens create/ });
  t.match(await run('devices --state pending'), { out: '', err: 'No device fits --state pending.\n' });
  t.match(await run('alerts'), { code: 0, out: '', err: 'No alert is open.\n' });
  t.match(await run('alerts --all'), { err: 'There are no alerts.\n' });
  t.match(await run('tokens'), { out: '', err: /muster tokens create/ });
  t.match(await run('top'), { out: '', err: 'No device is online.\n' });
  t.match(await run("who-has nginx --version '<1.26'"), {
    code: 0,
    out: '',
    err: 'No device has nginx <1.26.\n',
  });
  for (const line of ['devices', 'alerts', 'tokens', 'top', 'who-has x'])
    t.ok(JSON.parse((await run(`${line} --json`)).out), line);
});

t.test('who-has asks with the operator that was typed', async (t) => {
  const { run, asked } = await start(t, { '/api/v1/software': { json: inventories.holders } });
  t.match(await run("who-has openssl --version '<3.0.14' --ecosystem deb"), {
    code: 0,
    err: '3 devices have openssl <3.0.14, in 2 versions.\n',
    out: /web-01/,
  });
  t.equal(asked[0]?.path, '/api/v1/software?name=openssl&op=lt&version=3.0.14&ecosystem=deb&limit=100');
  t.match(await run('who-has openssl --versions'), { out: /^VERSION/ });
  t.same(JSON.parse((await run('who-has openssl --json')).out), inventories.holders);
});

t.test('long ranges are read in windows that a server can answer, and joined without a seam', async (t) => {
  const hour = 3_600_000;
  t.equal(splitRange({ fromMs: 0, toMs: hour, stepMs: 60_000 }).length, 1);
  for (const stepMs of [60_000, 300_000, 900_000, hour, 24 * hour]) {
    const windows = splitRange({ fromMs: 12_345, toMs: 400 * 24 * hour, stepMs });
    for (const [at, { fromMs, toMs }] of windows.entries()) {
      t.ok((toMs - fromMs) / stepMs <= 2_000 && (stepMs >= hour || toMs - fromMs <= 384 * hour));
      t.equal(fromMs % stepMs, 0);
      if (at > 0) t.equal(windows[at - 1]?.toMs, fromMs);
    }
  }
  const [series] = samples.range.series;
  if (series === undefined) throw new Error('no sample');
  const part = (name: string, ...mean: (number | null)[]) => ({ ...series, series: name, mean, max: mean });
  const range = { from: samples.before(0), stepMs: 60_000, count: 2 };
  const joined = joinRanges([
    { ...range, series: [part('a', 1, 2)] },
    { ...range, series: [part('b', 3, 4)] },
    { ...range, series: [part('a', 5, 6), part('b', 7, 8)] },
  ]);
  t.equal(joined.count, 6);
  t.same(
    joined.series.map(({ mean }) => mean),
    [
      [1, 2, null, null, 5, 6],
      [null, null, 3, 4, 7, 8],
    ],
  );
  t.match(joinRanges([]), { count: 0, series: [] });

  const { run, asked } = await start(t, {
    '/api/v1/devices': devicesOf(web),
    [`/api/v1/devices/${web.id}/metrics`]: ({ path }: Asked) => {
      const query = new URL(path.replaceAll('+', '%2B'), 'http://x').searchParams;
      const from = Date.parse(query.get('from') ?? '');
      const count = Math.ceil((Date.parse(query.get('to') ?? '') - from) / 60_000);
      const values = Array.from({ length: count }, (_, at) => at);
      return {
        json: {
          from: new Date(from).toISOString(),
          stepMs: 60_000,
          count,
          series: [{ ...series, mean: values, max: values }],
        },
      };
    },
  });
  const { code, out } = await run('metrics web-01 system.cpu.busy --from 3d --csv');
  t.equal(code, 0);
  const lines = out.split('\r\n');
  t.equal(lines[0], 'time,system.cpu.busy mean,system.cpu.busy max');
  t.equal(lines.length, 3 * 1440 + 2, 'a line for each minute of three days');
  t.equal(new Set(lines).size, lines.length, 'none of them twice');
  t.equal(asked.filter(({ path }) => path.includes('/metrics')).length, 3);
});

t.test('a live stream: samples as lines, until it ends', async (t) => {
  t.equal(readSample({ event: 'state', data: { online: true } }), null);
  t.equal(readSample({ event: 'sample', data: 'x' }), null);
  t.same(readSample({ event: 'sample', data: { at: 'x', values: { a: 1, b: 'no' } } }), {
    at: 'x',
    values: { a: 1 },
  });
  const sample = {
    at: samples.before(0),
    values: {
      'system.cpu.busy': 0.5,
      'system.disk.io.read{device=sda}': 2048,
      'system.disk.io.read{device=sdb}': 0,
    },
  };
  const { run } = await start(t, {
    '/api/v1/devices': devicesOf(web),
    [`/api/v1/devices/${web.id}/metrics/live`]: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`retry: 3000\n\nevent: state\ndata: {"online":false}\n\n: \n\n`);
      response.end(`event: sample\ndata: ${JSON.stringify(sample)}\n\n`);
    },
  });
  t.match(await run('metrics web-01 --live'), {
    code: 0,
    err: 'The device is offline; its values come when it is back.\n',
    out: '2026-11-22 12:00:00  system.cpu.busy 50 %  system.disk.io.read{device=sda} 2.0 KiB/s  system.disk.io.read{device=sdb} 0 B/s\n',
  });
  t.match(await run('metrics web-01 system.disk.io.read --live'), {
    out: /^2026-11-22 12:00:00 {2}system\.disk\.io\.read\{device=sda\} 2\.0 KiB\/s {2}system\.disk\.io\.read\{device=sdb\}/,
  });
  t.same(JSON.parse((await run('metrics web-01 --live --json')).out), sample, 'one document a line');
});

t.test('the live table: drawn, sorted by keys, and the terminal given back however it ends', async (t) => {
  let isWell = true;
  const { run, asked } = await start(t, {
    '/api/v1/top': (_asked: Asked) =>
      isWell ? { json: samples.top } : problem(503, 'E_UNAVAILABLE', 'The database is gone.'),
    '/api/v1/devices/dev_e/metrics/live': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const data = {
        at: samples.before(0),
        values: { 'system.cpu.busy': 0.01, 'system.memory.utilization': 0.02 },
      };
      response.write(`event: sample\ndata: ${JSON.stringify(data)}\n\n`);
    },
  });
  const until = async (fits: () => boolean) => {
    for (let tries = 0; !fits() && tries < 2_400; tries++) await new Promise((next) => setTimeout(next, 25));
    t.ok(fits(), 'it came');
  };
  const { code, out, terminal } = await run('top', { isTTY: true }, (terminal) => {
    void (async () => {
      await until(() => /app-01\S* +\S*1 %/.test(terminal.out()));
      terminal.type('m');
      await until(
        () => /▾MEMORY/.test(terminal.out()) && asked.some(({ path }) => path.includes('sort=memory')),
      );
      isWell = false;
      await until(() => /The database is gone\. \(E_UNAVAILABLE\) Data from/.test(terminal.out()));
      terminal.type('q');
    })();
  });
  t.equal(code, 0);
  t.ok(out.startsWith('\u001b[?1049h\u001b[?25l'), 'a screen of its own');
  t.ok(out.endsWith('\u001b[?25h\u001b[?1049l'), 'and back');
  t.same(terminal.rawModes, [true, false]);
  t.ok(
    asked.some(({ path }) => path === '/api/v1/devices/dev_e/metrics/live?everyMs=2000'),
    'what is on the screen is followed live',
  );

  const refused = await start(t, { '/api/v1/top': problem(403, 'E_FORBIDDEN', 'You may not.') });
  const ended = await refused.run('top', { isTTY: true });
  t.match(ended, { code: 4, err: 'You may not. (E_FORBIDDEN)\n' });
  t.ok(ended.out.endsWith('\u001b[?25h\u001b[?1049l'), 'also after a refusal');
  t.same(ended.terminal.rawModes, [true, false]);
  isWell = true;
  t.match(
    await run('top --sort name --limit 2'),
    { code: 0, out: /^NAME/, err: 'The first 3 devices of 3 online.\n'.replace(/.*\n/, '') },
    'a pipe gets one table',
  );
  t.same(JSON.parse((await run('top --json', { isTTY: true })).out), samples.top);
});
