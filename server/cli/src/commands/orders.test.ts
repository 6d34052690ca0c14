// Tests of orders up to the signature, against answers the test chooses: what is known before a passphrase is asked for.
import { spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { sealKey } from '../keys/key-file.ts';
import { keyPath, writeKeyFile } from '../keys/key-folder.ts';
import { listRunningCommands } from '../platform/processes.ts';
import { runCommandLine } from '../run.ts';
import * as inventories from '../testing/inventory-samples.ts';
import * as orders from '../testing/orders.ts';
import * as samples from '../testing/samples.ts';
import { type Answer, type Asked, startServer } from '../testing/server.ts';
import { createFakeTerminal, type FakeOptions } from '../testing/terminal.ts';
import { describeStopped } from './quickstart.ts';

process.env.TZ = 'UTC';

const { web, nowMs } = samples;
const { contents, jobOf, script } = orders;
const job = jobOf({});

const folder = mkdtempSync(join(tmpdir(), 'muster-orders-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const home = { MUSTER_PROFILE: join(folder, 'profile.json') };

/** A workstation with the sealed key of a signer, and nobody at the keyboard: a question for its passphrase is a failure. */
async function makeWorkstation(name: keyof typeof orders.keys) {
  const env = { ...home, MUSTER_KEYS: join(folder, name) };
  const sealed = await sealKey(orders.keys[name], {
    name,
    passphrase: 'five words of a test',
    nowMs,
  });
  await writeKeyFile(keyPath(env, name), sealed);
  return env;
}
const anna = await makeWorkstation('anna');
const berta = await makeWorkstation('berta');
const nobodyToAsk = /nobody to ask for the passphrase/;

type Answers = Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>;

async function start(t: Test, more: Answers = {}) {
  const answers: Answers = {
    '/api/v1/trust/chain': { json: { envelopes: orders.trustChain } },
    '/api/v1/content': { json: { content: Object.values(contents) } },
    [`/api/v1/content/${contents.approved.digest}`]: { json: contents.approved },
    '/api/v1/halts': { json: { halts: orders.halts } },
    '/api/v1/devices': { json: { items: [web], next: null } },
    [`/api/v1/jobs/${job.id}`]: { json: job },
    ...more,
  };
  const server = await startServer((asked) => {
    const found = answers[asked.path.split('?')[0] ?? ''];
    return typeof found === 'function' && found.length === 1
      ? (found as (asked: Asked) => Answer)(asked)
      : (found as Answer);
  });
  t.teardown(server.stop);
  const run = async (line: string, env: Readonly<Record<string, string>> = anna) => {
    const at = { MUSTER_URL: server.url, MUSTER_TOKEN: 'mat1.test' };
    const terminal = createFakeTerminal({ now: () => nowMs, env: { ...at, ...env } });
    const words = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
    const code = await runCommandLine(words, terminal);
    return { code, out: terminal.out(), err: terminal.err() };
  };
  return { run, asked: server.asked, url: server.url };
}

const written = (asked: readonly Asked[]) => asked.filter(({ method }) => method !== 'GET');

t.test(
  'content that waits is no command yet: who must approve it is said before anything is signed',
  async (t) => {
    const { run, asked } = await start(t);
    t.match(await run('run script.run content=other.sh days=7 --device web-01 --yes'), {
      code: 4,
      out: '',
      err: 'other.sh is not approved yet: anna signed it, and berta must approve it with muster content approve other.sh. (E_CONTENT)\n',
    });
    t.same(written(asked), []);
    t.match(await run('run script.run content=clean.sh --device web-01 --yes'), {
      code: 2,
      err: /clean\.sh needs days=<integer>/,
    });

    // Whoever added it has left: his signature verifies for nobody any more.
    const stranger = orders.contentOf({ ...script, requester: 'carl', name: 'old.sh' }, ['anna', 'berta']);
    const bodiless = { ...contents.file, missing: 'body' };
    const other = await start(t, { '/api/v1/content': { json: { content: [stranger, bodiless] } } });
    t.match(await other.run('run script.run content=old.sh --device web-01 --yes'), {
      code: 4,
      err: /old\.sh was signed by carl with a key or a right that counts no more; .*\(E_CONTENT\)/,
    });
    t.match(await other.run('run file.put content=motd --device web-01 --yes'), {
      code: 4,
      err: /body of motd is not on the server.*\(E_CONTENT\)/,
    });
  },
);

t.test('of several contents of one name the newest is meant, and which one that is is said', async (t) => {
  const at = (minute: number) => `2026-11-22T11:0${minute}:00.000Z`;
  const made = (minute: number, signers: (keyof typeof orders.keys)[]) =>
    orders.contentOf({ ...script, at: at(minute) }, signers);
  const old = made(1, ['anna', 'berta']);
  const good = made(2, ['anna', 'berta']);
  const draft = made(3, ['anna']);
  const { run, asked } = await start(t, {
    '/api/v1/content': { json: { content: [old, draft, good] } },
    'POST /api/v1/targets': { status: 404, json: {} },
  });
  const said = async (line: string) => (await run(`${line} --json`)).err;
  const starts = (item: { digest: string }) => `digest ${item.digest.slice(0, 12)}.`;
  t.equal(
    (await said('run script.run content=clean.sh days=7 --device web-01')).split('\n')[0],
    `3 contents are called clean.sh; this is the newest that is approved, made 2026-11-22 11:02:00, ${starts(good)}`,
  );
  t.match(await said('content show clean.sh'), `the newest, made 2026-11-22 11:03:00, ${starts(draft)}`);
  t.match(
    await said('content approve clean.sh'),
    `waits for a signature, made 2026-11-22 11:03:00, ${starts(draft)}`,
  );
  t.equal(await said(`content show ${old.digest.slice(0, 8)}`), '', 'a digest names one');
  t.match(await said(`content show ${old.sha256.slice(0, 8)}`), /Several contents begin with .*clean\.sh \(/);
  t.ok(asked.some(({ path }) => path === '/api/v1/targets'));
});

t.test('who was interrupted before the old keys were gone runs the same command again', async (t) => {
  const { run } = await start(t);
  const old = join(folder, 'old');
  mkdirSync(old);
  const refusal = { code: 2, err: /^The mode is hardened already; / };
  t.match(await run(`trust harden --keys ${old} --yes`), refusal, 'there are none');
  for (const name of ['root.pem', 'signer.pem', 'server.pem'])
    writeFileSync(
      join(old, name),
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
  t.match(await run(`trust harden --keys ${old}`), {
    code: 2,
    err: /the old keys are still there[\s\S]*E_CONFIRM/,
  });
  t.equal(readdirSync(old).length, 3);
  t.match(await run(`trust harden --keys ${old} --yes`), { code: 0, err: /5\. Now move the root key away/ });
  t.same(readdirSync(old), ['server.pem']);
  // A key that the document in force names is not thrown away, whatever its file is called.
  const seed = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    orders.keys.anna.exportSeed(),
  ]);
  const inForce = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
  writeFileSync(join(old, 'signer.pem'), inForce.export({ type: 'pkcs8', format: 'pem' }));
  t.match(await run(`trust harden --keys ${old} --yes`), refusal);
  t.same(readdirSync(old), ['server.pem', 'signer.pem']);
  rmSync(join(old, 'signer.pem'));
  t.match(await run(`trust harden --keys ${old} --yes`), refusal);
});

t.test('what is approved already needs nobody: it is said, and no passphrase is asked for', async (t) => {
  const { run } = await start(t, {
    [`/api/v1/content/${contents.waiting.digest}/body`]: (_request, response) => response.end('echo clean\n'),
  });
  for (const line of ['content approve clean.sh', 'approve clean.sh'])
    t.match(await run(line, berta), {
      code: 0,
      out: '',
      err: 'clean.sh is approved already, signed by anna, berta; nothing is missing.\n',
    });
  const { out } = await run('content approve clean.sh --json', berta);
  t.equal(JSON.parse(out).digest, contents.approved.digest);
  t.match(await run('content approve other.sh --yes', anna), {
    code: 2,
    err: /anna has signed this already/,
  });
  const asking = await run('content approve other.sh --yes', berta);
  t.match(asking, { code: 2, err: nobodyToAsk }, 'the control: this one is to be signed');
  t.match(asking.err, /The body, 11 B:\n {2}\| echo clean\n(?! {2}\|)/, 'and its last line is no empty one');
});

t.test('a job that waits for nobody is not signed again', async (t) => {
  const as = async (more: Parameters<typeof jobOf>[0]) => {
    const { run } = await start(t, { [`/api/v1/jobs/${job.id}`]: { json: jobOf({ needed: 2, ...more }) } });
    return run(`approve ${job.id} --yes`, berta);
  };
  t.match(await as({ state: 'done', signers: ['anna', 'berta'] }), {
    code: 0,
    err: /has all its signatures, by anna, berta; it is done\.\n$/,
  });
  t.match(await as({ state: 'canceled' }), {
    code: 4,
    err: /is canceled; a signature changes nothing any more\. \(E_JOB_STATE\)\n$/,
  });
  const waiting = await as({ state: 'awaiting-signatures' });
  t.match(waiting, { code: 2, err: nobodyToAsk });
  t.match(
    waiting.err,
    /\nContent +clean\.sh, run by sh for at most 5m/,
    'whoever approves reads what the digest stands for',
  );
});

t.test('a server cannot show another content than the one that was signed', async (t) => {
  const { run } = await start(t, {
    [`/api/v1/jobs/${job.id}`]: { json: jobOf({ state: 'awaiting-signatures', needed: 2 }) },
    [`/api/v1/content/${contents.approved.digest}`]: { json: contents.file },
  });
  t.match(await run(`approve ${job.id} --yes`, berta), {
    code: 1,
    err: /another content than the one that the command names/,
  });
});

t.test('devices are meant by an expression or by name, not both', async (t) => {
  const { run, asked } = await start(t);
  t.match(await run(`run inventory.refresh --device web-01 --on 'cpu.count > 2' --yes`), {
    code: 2,
    err: `Say --on or --device, not both; an expression can name devices too: --on 'hostname in ["web-01"] && ...'. (E_USAGE)\n`,
  });
  t.match(await run('run inventory.refresh --yes'), { code: 2, err: /^Say which devices/ });
  t.same(asked, [], 'nothing was asked of the server');
});

t.test('every list has one form: items, and where it goes on', async (t) => {
  const many = Array.from({ length: 620 }, (_, at) => ({ ...job, id: `${job.id.slice(0, -3)}${at}` }));
  const paged =
    <T>(rows: readonly T[], name: string) =>
    ({ path }: Asked) => {
      const query = new URL(path, 'http://x').searchParams;
      const from = Number(query.get('after') ?? '0');
      const to = from + Number(query.get('limit') ?? '100');
      return { json: { [name]: rows.slice(from, to), next: to < rows.length ? String(to) : null } };
    };
  const { run } = await start(t, {
    '/api/v1/jobs': paged(many, 'jobs'),
    [`/api/v1/jobs/${job.id}/runs`]: paged([...orders.runs, ...Array(618).fill(orders.runs[0])], 'runs'),
    [`/api/v1/devices/${web.id}/diff`]: { json: { items: [] } },
    [`/api/v1/devices/${web.id}/metrics/series`]: { json: { items: [] } },
  });
  const sizes: Record<string, [rows: number, next: string | null]> = {
    halts: [3, null],
    'content list': [3, null],
    content: [3, null],
    jobs: [50, '50'],
    'jobs --limit 7': [7, '7'],
    'jobs --all': [620, null],
    [`job ${job.id} --runs all`]: [500, '500'],
    [`job ${job.id} --runs all --all`]: [620, null],
    'diff web-01 1d': [0, null],
    'metrics web-01': [0, null],
    keys: [1, null],
    facts: [20, null],
    devices: [1, null],
  };
  for (const [line, [rows, next]] of Object.entries(sizes)) {
    const { code, out } = await run(`${line} --json`);
    t.equal(code, 0, line);
    const page = JSON.parse(out);
    t.same([page.items.length, page.next], [rows, next], line);
  }
  t.match(await run('jobs'), { err: 'The newest 50 jobs; --all shows all.\n' });
  t.match(await run('jobs --limit 1'), { err: 'The newest job; --all shows all.\n' });
  t.match(await run(`job ${job.id} --runs all`), { err: 'The first 500 runs; --all shows all.\n' });
});

t.test('a job shows what each of its devices says', async (t) => {
  const { run } = await start(t, {
    [`/api/v1/jobs/${job.id}/runs`]: { json: { runs: orders.runs, next: null } },
  });
  const { out, err } = await run(`job ${job.id}`);
  t.match(out, /\nState +running\n[\s\S]*\nweb-01 +succeeded +exit code 0: Done\./);
  t.match(out, /\nDEVICE +FINGERPRINT +ID\n/, 'no column of states that nobody knows any more');
  t.match(err, /A halt of berta is in force/);
  const large = await start(t, {
    [`/api/v1/jobs/${job.id}`]: { json: jobOf({ targets: 4_312 }) },
    [`/api/v1/jobs/${job.id}/runs`]: { json: { runs: orders.runs, next: '25' } },
  });
  const shown = await large.run(`job ${job.id}`);
  t.notMatch(shown.out, 'exit code 0: Done');
  t.match(shown.err, /--runs all lists what each device says/);
});

t.test('the facts of a device: as an expression sees them, and as it writes them', async (t) => {
  const section = (name: string, items: object[]) => [
    `/api/v1/devices/${web.id}/inventory/${name}`,
    { json: { ...inventories.osVersion, name, items } },
  ];
  const held = [
    ...['os_version', 'cpu_info', 'system_info', 'mounts'].map((name) => ({ name, outcome: 'ok' })),
    { name: 'memory_info', outcome: 'error' },
  ];
  const { run, asked } = await start(t, {
    [`/api/v1/devices/${web.id}/inventory`]: { json: { ...inventories.inventory, sections: held } },
    ...Object.fromEntries([
      section('os_version', [{ platform: 'ubuntu', major: 24, minor: 4, arch: 'x86_64' }]),
      section('cpu_info', [{ logical_processors: 2 }, { logical_processors: 2 }]),
      section('system_info', [{ hostname: 'web-01', hardware_vendor: samples.hostile.hostname }]),
    ]),
  });
  const { out, err, code } = await run('facts web-01');
  t.equal(code, 0, err);
  for (const line of [
    /^os\.family +"debian" +device and server$/m,
    /^os\.version +"24\.4" /m,
    /^cpu\.count +4 /m,
    /^memory\.bytes +– /m,
    /^presence +"online" +server$/m,
    /^enrolled_at +timestamp\("2026-11-12T12:00:00.000Z"\) +server$/m,
    /^label\("role"\) +"web" +server$/m,
  ])
    t.match(out, line);
  t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  t.match(err, /^– is absent: web-01 has not said it/);
  t.notOk(
    asked.some(({ path }) => path.includes('mounts')),
    'only sections that facts come from are read',
  );
  const { items } = JSON.parse((await run('facts web-01 --json')).out);
  const itemOf = (name: string) => items.find((fact: { name: string }) => fact.name === name);
  t.match(itemOf('cpu.count'), { type: 'int', source: 'device', value: 4 });
  t.match(itemOf('memory.bytes'), { value: null });
  t.match(itemOf('seen_at'), { type: 'timestamp', value: samples.before(0) });
  t.match(itemOf('label("env")'), { value: 'prod' });
});

/** What is offered for the last word, without what stands beside it. */
async function completeIn(t: Test, options: FakeOptions, ...words: string[]): Promise<string[]> {
  const capture = t.capture(console, 'log', () => undefined);
  try {
    t.equal(await runCommandLine(['complete', '--', ...words], createFakeTerminal(options)), 0);
  } finally {
    capture.restore();
  }
  return capture()
    .map(({ args }) => String(args[0]).split('\t')[0] ?? '')
    .filter((line) => !line.startsWith(':'));
}

/** The same of a server that answers, as late as a busy machine does. */
const complete = (t: Test, env: Readonly<Record<string, string>>, ...words: string[]) =>
  completeIn(t, { env, namesWithinMs: 60_000 }, ...words);

t.test('completion knows jobs, halts and content, and offers nothing a shell would run', async (t) => {
  const evil = { ...contents.file, name: '$(reboot)' };
  const [running, waiting, , canceled] = orders.jobs;
  const { url, asked } = await start(t, {
    '/api/v1/jobs': { json: { jobs: orders.jobs, next: null } },
    '/api/v1/content': { json: { content: [...Object.values(contents), evil] } },
  });
  const env = { MUSTER_URL: url, MUSTER_TOKEN: 'mat1.test' };
  const ids = orders.jobs.map(({ id }) => id);
  const open = ids.filter((id) => id !== canceled?.id);
  t.same(await complete(t, env, 'job', ''), ids);
  t.same(await complete(t, env, 'job', 'cmd_a'), [running?.id]);
  t.same(await complete(t, env, 'cancel', ''), open);
  t.same(await complete(t, env, 'halt', '--job', ''), open);
  t.same(await complete(t, env, 'approve', ''), [waiting?.id, 'other.sh']);
  t.same(await complete(t, env, 'lift', ''), [orders.halts[0]?.id]);
  t.same(await complete(t, env, 'content', 'show', ''), ['clean.sh', 'other.sh', 'motd']);
  t.same(await complete(t, env, 'run', 'inventory.refresh', '--device', ''), ['web-01']);
  t.same(await complete(t, env, 'facts', 'w'), ['web-01']);
  const before = asked.length;
  t.ok((await complete(t, env, 'job', '--fol')).includes('--follow'));
  t.equal(asked.length, before, 'options are known here');
});

t.test('completion is silent when the server refuses, answers nonsense or is away', async (t) => {
  const { url } = await start(t, {
    '/api/v1/jobs': { json: { nonsense: true } },
    '/api/v1/halts': { status: 403, json: {} },
  });
  const env = { MUSTER_URL: url, MUSTER_TOKEN: 'mat1.test' };
  t.same(await complete(t, env, 'job', ''), []);
  t.same(await complete(t, env, 'lift', ''), []);
  t.same(await complete(t, { ...env, MUSTER_URL: 'http://127.0.0.1:9' }, 'job', ''), []);
  const hanging = await start(t, { '/api/v1/jobs': () => undefined });
  const never = { env: { ...env, MUSTER_URL: hanging.url } };
  t.same(await completeIn(t, never, 'job', ''), [], 'one that never answers');
});

t.test('the quick start says what goes on after it has stopped', async (t) => {
  t.match(describeStopped([]), /^Stopped\. Start again/);
  t.match(
    describeStopped(['cmd_a']),
    /^Stopped, but the job cmd_a goes on running .*muster cancel cmd_a stops it/,
  );
  t.match(
    describeStopped(['cmd_a', 'cmd_b']),
    /^Stopped, but 2 jobs go on running on this machine: cmd_a, cmd_b\./,
  );

  const executor = join(folder, 'agent', 'executor');
  t.same(await listRunningCommands(executor), []);
  const wait = 'setTimeout(() => undefined, 60_000)';
  const wrappers = ['cmd_b.1', 'cmd_a.2', 'cmd_a.1'].map((name) =>
    spawn(process.execPath, ['-e', wait, 'wrap', join(executor, 'dev', 'spool', name)]),
  );
  const other = spawn(process.execPath, [
    '-e',
    wait,
    'wrap',
    join(folder, 'agent', 'executor-of-others', 'cmd_c.1'),
  ]);
  const ended = [...wrappers, other].map((child) => new Promise((done) => child.once('close', done)));
  t.teardown(() => [...wrappers, other].map((child) => child.kill('SIGKILL')));
  for (let tries = 0; tries < 2_400 && (await listRunningCommands(executor)).length < 2; tries++)
    await sleep(25);
  t.same(await listRunningCommands(executor), ['cmd_a', 'cmd_b']);
  for (const child of [...wrappers, other]) child.kill('SIGKILL');
  await Promise.all(ended);
  t.same(await listRunningCommands(executor), []);
});
