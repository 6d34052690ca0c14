// Small parts of the core: the event hub, ids, turns, the TLS identity, accounts and processes of the machine.
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import type { ServerMessage } from '@muster/protocol';
import t from 'tap';
import { fail } from '../errors.ts';
import { canReach, parsePasswd, readAccount, readServiceAccount } from '../platform/accounts.ts';
import { runToEnd } from '../platform/postgres.ts';
import {
  parseProcessStart,
  readBootId,
  readProcessFolder,
  readProcessStart,
  signalProcess,
} from '../platform/process.ts';
import { createAnswerDurable } from './agents/durable.ts';
import type { Session } from './agents/session.ts';
import { createEventHub } from './events.ts';
import { newId } from './ids.ts';
import { createLogger, silentLog } from './log.ts';
import { createTestClock } from './testing/clock.ts';
import { ensureOwnTls, readTlsFiles, spkiPinOf } from './tls.ts';
import { createTurns, inPieces, pause } from './turns.ts';

const DAY_MS = 86_400_000;

t.test('the event hub', async (t) => {
  await t.test('tells subscribers in order, each topic its own, until they leave', (t) => {
    const hub = createEventHub<{ changed: number; gone: string }>(silentLog);
    const seen: unknown[] = [];
    const leave = hub.subscribe('changed', (event) => seen.push(['first', event]));
    hub.subscribe('changed', (event) => seen.push(['second', event]));
    hub.subscribe('gone', (event) => seen.push(['gone', event]));
    hub.publish('changed', 1);
    leave();
    leave();
    hub.publish('changed', 2);
    hub.publish('gone', 'x');
    t.strictSame(seen, [
      ['first', 1],
      ['second', 1],
      ['second', 2],
      ['gone', 'x'],
    ]);
    t.equal(hub.count('changed'), 1);
    t.end();
  });

  await t.test('one that throws is logged and the others hear it; one may leave while it is told', (t) => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'info',
      destination: { write: (line: string) => void lines.push(line) },
    });
    const hub = createEventHub<{ changed: number }>(log);
    const seen: number[] = [];
    hub.subscribe('changed', () => {
      throw new Error('broken view');
    });
    const leave = hub.subscribe('changed', (event) => {
      seen.push(event);
      leave();
    });
    hub.subscribe('changed', (event) => seen.push(event));
    hub.publish('changed', 1);
    hub.publish('changed', 2);
    t.strictSame(seen, [1, 1, 2]);
    t.match(lines[0], /broken view/);
    t.end();
  });

  await t.test('has room for so many and no more', (t) => {
    const hub = createEventHub<{ changed: number }>(silentLog, 2);
    const listener = () => undefined;
    hub.subscribe('changed', listener);
    const leave = hub.subscribe('changed', listener);
    t.throws(() => hub.subscribe('changed', listener), { code: 'E_BUSY' });
    leave();
    hub.subscribe('changed', listener);
    t.equal(hub.count('changed'), 2);
    t.end();
  });
});

t.test('ids say what they are and do not repeat', (t) => {
  const ids = Array.from({ length: 1_000 }, () => newId('dev'));
  t.ok(ids.every((id) => /^dev_[a-z2-7]{26}$/.test(id)));
  t.equal(new Set(ids).size, 1_000);
  t.end();
});

t.test('the TLS identity of the server', async (t) => {
  const folder = join(t.testdir(), 'tls');
  const clock = createTestClock();
  const first = await ensureOwnTls(folder, { names: ['muster.example', '192.0.2.7'], clock });

  await t.test('is made on the first run, for all names, in files only the server may read', async (t) => {
    const leaf = new X509Certificate(first.cert);
    const ca = new X509Certificate(first.ca ?? '');
    for (const name of ['localhost', 'muster.example', hostname()]) t.ok(leaf.checkHost(name), name);
    for (const address of ['127.0.0.1', '::1', '192.0.2.7']) t.ok(leaf.checkIP(address), address);
    t.ok(leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
    t.ok(ca.ca && !leaf.ca);
    t.equal(first.spkiPin, spkiPinOf(first.cert));
    t.ok(Date.parse(leaf.validTo) - clock.now() <= 397 * DAY_MS);
    for (const file of ['ca.key', 'server.key'])
      t.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);
    t.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  await t.test('stays the same until it is due, and keeps its key when it is renewed', async (t) => {
    await clock.advance(300 * DAY_MS);
    t.equal((await ensureOwnTls(folder, { names: ['muster.example', '192.0.2.7'], clock })).cert, first.cert);
    await clock.advance(60 * DAY_MS);
    const renewed = await ensureOwnTls(folder, { names: ['muster.example', '192.0.2.7'], clock });
    t.not(renewed.cert, first.cert);
    t.equal(renewed.spkiPin, first.spkiPin, 'the pin that agents hold stays true');
    t.equal(renewed.ca, first.ca);
    const renamed = await ensureOwnTls(folder, { names: ['other.example'], clock });
    t.ok(new X509Certificate(renamed.cert).checkHost('other.example'));
    t.equal(renamed.spkiPin, first.spkiPin);
  });

  await t.test('can be files of the admin, which must belong together', async (t) => {
    const files = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server.key') };
    t.match(await readTlsFiles(files), { ca: null, spkiPin: first.spkiPin });
    const other = join(folder, 'other.key');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(other, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await t.rejects(readTlsFiles({ ...files, keyFile: other }), { code: 'E_TLS' });
    await t.rejects(readTlsFiles({ ...files, certFile: join(folder, 'missing.pem') }), { code: 'E_TLS' });
    await writeFile(other, 'no key');
    await t.rejects(readTlsFiles({ ...files, keyFile: other }), { code: 'E_TLS' });
  });
});

t.test('accounts of the machine', async (t) => {
  const passwd = join(
    t.testdir({
      passwd:
        'root:x:0:0::/root:/bin/sh\n\nbroken\nbad:x:y:1::\nnobody:x:65534:65534::/:\nmuster:x:990:991::/:\n',
    }),
    'passwd',
  );
  t.strictSame(
    parsePasswd(await readFile(passwd, 'utf8')).map(({ name }) => name),
    ['root', 'nobody', 'muster'],
  );
  t.strictSame(await readServiceAccount(passwd), { name: 'muster', uid: 990, gid: 991 });
  t.strictSame(await readAccount(65_534, passwd), { name: 'nobody', uid: 65_534, gid: 65_534 });
  t.equal(await readAccount(4_711, passwd), undefined);
  await writeFile(passwd, 'muster:x:0:0::/:\n');
  t.equal(await readServiceAccount(passwd), undefined, 'root under another name is still root');
  const stranger = { name: 'x', uid: 4_242_424, gid: 4_242_424 };
  const folder = t.testdir({ open: { closed: { file: '' } } });
  await chmod(join(folder, 'open', 'closed'), 0o700);
  t.notOk(await canReach(join(folder, 'open', 'closed', 'file'), stranger));
  t.ok(await canReach('/', stranger));
  await mkdir(join(folder, 'group'), { mode: 0o701 });
  await chmod(join(folder, 'group'), 0o701);
  const { gid } = await stat(join(folder, 'group'));
  t.notOk(
    await canReach(join(folder, 'group'), { ...stranger, gid }),
    'the group bits count for the group, not those of others',
  );
});

t.test('processes of the machine', async (t) => {
  const own = await readProcessStart(process.pid);
  t.ok(
    Math.abs((own ?? 0) / 100 - (uptime() - process.uptime())) < 10,
    'seconds after the boot of the machine',
  );
  t.equal(await readProcessFolder(process.pid), process.cwd());
  t.equal(await readProcessStart(2 ** 30), undefined);
  t.equal(await readProcessFolder(2 ** 30), undefined);
  t.match(await readBootId(), /^[0-9a-f-]{36}$/);
  t.ok(signalProcess(process.pid, 0));
  t.notOk(signalProcess(2 ** 30, 0));
  const fields = '1 1 0 -1 4194560 1 0 0 0 0 0 0 0 0 20 0 1 0 777 1000';
  t.equal(parseProcessStart(`12 (a) b (c)) S ${fields}`), 777);
  t.equal(parseProcessStart(`12 (gone) Z ${fields}`), undefined, 'a zombie has ended');
  for (const torn of ['', '12 (x) S', '12']) t.equal(parseProcessStart(torn), undefined);
});

t.test('a child gets none of our environment, and is ended when it takes too long', async (t) => {
  const options = { identity: undefined, folder: '/', timeoutMs: 10_000 };
  process.env.MUSTER_SECRET_OF_THE_TEST = 'x';
  t.teardown(() => delete process.env.MUSTER_SECRET_OF_THE_TEST);
  const { code, output } = await runToEnd(['/usr/bin/env'], options);
  t.equal(code, 0);
  t.strictSame(
    output
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort(),
    ['LC_ALL', 'PATH', 'TZ'],
  );
  t.match(await runToEnd(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'], options), {
    code: 3,
    output: /out\n/,
  });
  t.match(await runToEnd(['/bin/sleep', '60'], { ...options, timeoutMs: 50 }), { code: null });
  await t.rejects(runToEnd(['/nonexistent/program'], options), { code: 'ENOENT' });
});

t.test('what a device may send in a day', async (t) => {
  const KIB = 1024;
  const clock = createTestClock();
  const lines: string[] = [];
  const log = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
  const answerDurable = createAnswerDurable({ clock, log }, 100 * KIB);
  let seq = 0;
  let stored = 0;
  /** Sends a message of a device; what it is answered. */
  const send = async (idx: number, sizeBytes: number, work = async () => void stored++) => {
    const sent: ServerMessage[] = [];
    const session = {
      tenant: 1,
      idx,
      deviceId: `dev_${idx}`,
      send: (one: ServerMessage) => void sent.push(one),
    };
    seq += 1;
    await answerDurable(session as unknown as Session, { seq, sizeBytes }, work);
    return sent.map((one) => (one.type === 'nack' ? one.code : one.type)).join();
  };
  const refuse = (error: Error) => async () => {
    throw error;
  };

  t.equal(await send(1, 60 * KIB), 'ack');
  for (let again = 0; again < 5; again++)
    t.equal(await send(1, 40 * KIB, refuse(fail('E_UNAVAILABLE'))), '', 'the database is away: no answer');
  t.equal(await send(1, 40 * KIB), 'ack', 'and it costs the device nothing');
  t.equal(stored, 2);
  t.equal(await send(1, 1), 'E_QUOTA', 'the smallest message counts as a row');
  t.equal(await send(1, 1, refuse(fail('E_UNAVAILABLE'))), 'E_QUOTA', 'what is over is not even tried');
  t.equal(stored, 2, 'nor stored');
  t.equal(await send(2, 100 * KIB), 'ack', 'others do not notice');
  t.equal(await send(100_000, 100 * KIB), 'ack', 'whatever their number');
  t.equal(lines.length, 1, 'the log says so once');
  t.match(lines[0], /"deviceId":"dev_1"/);
  await clock.advance(DAY_MS);
  t.equal(await send(1, 100 * KIB), 'ack', 'a new day is a new share');
  t.equal(await send(1, 10, refuse(fail('E_SHAPE'))), 'E_QUOTA');
  t.equal(await send(3, 98 * KIB, refuse(fail('E_SHAPE'))), 'E_SHAPE');
  t.equal(await send(3, 98 * KIB), 'E_QUOTA', 'rubbish counts as well');
});

t.test('long work by turns', async (t) => {
  await t.test('is done one at a time, in order for each key, keys by turns', async (t) => {
    const turns = createTurns<object>();
    const [greedy, modest] = [{}, {}];
    const done: string[] = [];
    let atOnce = 0;
    const work = (name: string) => async () => {
      atOnce += 1;
      t.equal(atOnce, 1, `${name} is alone`);
      await pause();
      atOnce -= 1;
      done.push(name);
      return name;
    };
    const all = ['a', 'b', 'c', 'd'].map((name) => turns.run(greedy, work(name)));
    t.equal(await turns.run(modest, work('m')), 'm');
    t.same(done, ['a', 'm'], 'who asks for little waits for one piece of who asks for much');
    await Promise.all(all);
    t.same(done, ['a', 'm', 'b', 'c', 'd']);
    await pause();
    t.equal(await turns.run(greedy, work('e')), 'e', 'and begins anew after a rest');
  });

  await t.test('one that fails tells who asked, and the next goes on', async (t) => {
    const turns = createTurns<object>();
    const key = {};
    const first = turns.run(key, () => {
      throw new Error('no');
    });
    const second = turns.run(key, () => 2);
    await t.rejects(first, { message: 'no' });
    t.equal(await second, 2);
  });

  await t.test('lets others go first between the pieces of a list', async (t) => {
    const seen: (number | string)[] = [];
    const visited = inPieces([1, 2, 3, 4, 5], 2, (piece) => void seen.push(...piece));
    setImmediate(() => seen.push('other'));
    await visited;
    t.same(seen, [1, 2, 3, 4, 'other', 5]);
  });
});
