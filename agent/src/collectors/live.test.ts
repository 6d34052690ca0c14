// Tests of the live collectors: processes and their command lines, listening ports, sessions, the agent's budget, graphics.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  agentBudgetSection,
  type Columns,
  checkBody,
  listeningPortsSection,
  loggedInUsersSection,
  processesSection,
  type RowOf,
  type Section,
  videoInfoSection,
  writeBody,
} from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { createFiles } from '../platform/files.ts';
import { startProcess } from '../platform/processes.ts';
import { createAgentBudget } from './agent_budget.ts';
import type { CollectContext, Collector, Probe } from './collector.ts';
import { listeningPorts, parseAddress, parseSockets } from './listening_ports.ts';
import { loggedInUsers, parseUtmp } from './logged_in_users.ts';
import { HIDDEN, redactCommand } from './processes/redact.ts';
import { parseCommandLine, parseProcessStat, pickLeaders, processes } from './processes.ts';
import { parseGraphics, videoInfo } from './video_info.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/live/', import.meta.url));

function contextOf(root: string, probe: Probe | null = null): CollectContext {
  return { files: createFiles(root), probe, now: () => Date.now() };
}

/** Rows of a section, after its body has passed the check that the server makes. */
async function rowsOf<C extends Columns>(
  collector: Collector<C>,
  context: CollectContext,
): Promise<readonly RowOf<Section<C>>[]> {
  const outcome = await collector.collect(context);
  checkBody(collector.section, JSON.parse(writeBody(collector.section, outcome)));
  if (outcome.outcome !== 'ok') throw new Error(`${collector.section.name}: ${outcome.reason}`);
  return outcome.rows;
}

t.test('processes', async (t) => {
  t.test('of a Debian server, with users and without secrets', async (t) => {
    const rows = await rowsOf(processes, contextOf(join(FIXTURES, 'debian-12')));
    t.strictSame(
      rows.map(({ pid }) => pid).sort((a, b) => a - b),
      [1, 2, 612, 613, 700, 1432],
    );
    const backup = rows.find(({ pid }) => pid === 1432);
    t.strictSame(backup, {
      pid: 1432,
      name: 'backup) S 1 (x',
      cmdline: `/usr/bin/backup --repository https://${HIDDEN}@backup.example.org/repo --password=${HIDDEN} /home/ada`,
      state: 'D',
      uid: 1000,
      username: 'ada',
      parent: 1,
      start_time: '2025-05-31T14:15:00.000Z',
      cpu_used_ratio: 0,
      resident_size: 3600 * 1024,
      disk_bytes_read: 50003968,
      disk_bytes_written: 88080384,
      threads: 3,
    });
    const kernel = rows.find(({ pid }) => pid === 2);
    t.match(kernel, { cmdline: null, resident_size: 0, username: 'root', parent: 0 });
  });

  t.test('of an Alpine container, where io may not be read', async (t) => {
    const rows = await rowsOf(processes, contextOf(join(FIXTURES, 'alpine-3.20')));
    t.match(
      rows.find(({ pid }) => pid === 201),
      { name: 'dropbear', disk_bytes_read: null, start_time: '2025-05-23T11:33:23.000Z' },
    );
  });

  t.test('are no data where there is no /proc', async (t) => {
    t.match(await processes.collect(contextOf(t.testdir({}))), { outcome: 'no-data' });
  });

  t.test('take nothing for a process that is none', async (t) => {
    for (const text of ['', '1', '1 (a', '1 (a) ', '1 (a) S x', ') (', '1 (a) S 0 0 0 0'])
      t.equal(parseProcessStat(text), null, text);
  });

  t.test('leaders of every kind share the places', async (t) => {
    const one = (pid: number, cpuUsedRatio: number, residentPages: number, read: number | null) => ({
      stat: { pid, name: '', state: 'S', parent: 0, cpuTicks: 0, threads: 1, startTicks: 0, residentPages },
      cpuUsedRatio,
      io: { read, written: null },
    });
    const all = [
      one(1, 0, 0, null),
      one(2, 0.9, 1, 1),
      one(3, 0.1, 900, 2),
      one(4, 0, 2, 5000),
      one(5, 0.8, 3, 3),
      one(6, 0, 4, 4),
    ];
    const pids = (limit: number) => pickLeaders(all, limit).map(({ stat }) => stat.pid);
    t.strictSame(pids(3), [2, 3, 4]);
    t.equal(pids(100).length, 6);
    t.ok(pids(4).includes(5));
  });

  t.test('of this machine hold this one, and a child that keeps a processor busy', async (t) => {
    const script = 'const end = Date.now() + 120000; while (Date.now() < end);';
    const startedMs = [Date.now()];
    const child = startProcess(process.execPath, ['-e', script, '--', '--api-token', 'very-secret'], {
      timeoutMs: 120_000,
      maxOutputBytes: 10,
    });
    startedMs.push(Date.now());
    const look = async () => {
      const rows = await rowsOf(processes, contextOf('/'));
      const isBusy = ({ parent, cmdline }: (typeof rows)[number]) =>
        parent === process.pid && cmdline?.includes('while (Date.now()') === true;
      return { rows, busy: rows.find(isBusy) };
    };
    let { rows, busy } = await look();
    // Between the two looks of a collection a full machine may have given it no time at all.
    for (let more = 0; more < 40 && busy?.cpu_used_ratio === 0; more++) ({ rows, busy } = await look());
    const me = rows.find(({ pid }) => pid === process.pid);
    t.ok(me, 'this process is listed');
    t.ok((me?.resident_size ?? 0) > 10_000_000);
    t.equal(me?.uid, process.getuid?.());
    t.ok((busy?.cpu_used_ratio ?? 0) > 0, 'the child uses processor time');
    const [before = 0, after = 0] = startedMs;
    const startMs = Date.parse(busy?.start_time ?? '');
    t.ok(startMs > before - 5_000 && startMs < after + 5_000, 'with its time of start');
    t.match(busy?.cmdline, /--api-token \*\*\*$/);
    t.ok(
      rows.length <= 200 && rows.every(({ cpu_used_ratio, threads }) => cpu_used_ratio >= 0 && threads >= 0),
    );
    if (busy !== undefined) process.kill(busy.pid);
    t.match(await child, { outcome: 'failed', reason: /SIGTERM/ });
  });
});

t.test('a command line', async (t) => {
  t.test('loses its secrets and keeps the rest', async (t) => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['mysql', '-u', 'root', '-phunter2', 'shop'], 'mysql -u root -p*** shop'],
      [['/usr/bin/sshpass', '-p', 'x y', 'ssh', 'host'], '/usr/bin/sshpass -p *** ssh host'],
      [
        ['sudo', 'curl', '-u', 'ada:pw', 'https://example.org/a?b=c'],
        'sudo curl -u *** https://example.org/a?b=c',
      ],
      [
        ['curl', '-H', 'Authorization: Bearer abc.def', '-o', 'x'],
        'curl -H *** -o x'.replace('***', 'Authorization: ***'),
      ],
      [['curl', 'https://ada:p@ss/w@example.org/x'], 'curl https://***@example.org/x'],
      [['app', '--db-password', 'x', '--verbose'], 'app --db-password *** --verbose'],
      [['app', '--password-file=/run/secrets/db'], 'app --password-file=/run/secrets/db'],
      [
        ['java', '-Djavax.net.ssl.keyStorePassword=changeit', '-jar', 'a.jar'],
        'java -Djavax.net.ssl.keyStorePassword=*** -jar a.jar',
      ],
      [
        ['env', 'PGPASSWORD=x', 'AWS_SECRET_ACCESS_KEY=y', 'psql'],
        'env PGPASSWORD=*** AWS_SECRET_ACCESS_KEY=*** psql',
      ],
      [['sh', '-c', 'mount -o user=ada,password=x y,rw //nas /mnt'], 'sh -c mount -o user=ada,password=***'],
      [['worker', '{"user":"ada","apiKey":"k"}'], 'worker {"user":"ada","apiKey":***'],
      [['muster-agent', 'enroll', 'mst1.id.seed.hash'], 'muster-agent enroll ***'],
      [['nginx: worker process'], 'nginx: worker process'],
      [['/usr/bin/python3', '-m', 'http.server', '8000'], '/usr/bin/python3 -m http.server 8000'],
      [['tar', '-p', '-xf', 'a.tar'], 'tar -p -xf a.tar'],
      [['git', 'log', '--author=ada', '--pretty=oneline'], 'git log --author=ada --pretty=oneline'],
    ];
    for (const [args, wanted] of cases) t.equal(redactCommand(args), wanted, args.join(' '));
  });

  t.test('never shows a secret, wherever it stands', async (t) => {
    // A secret that holds dividers of every kind, marked so that its parts are found too.
    const secret = fc.stringMatching(/^Q7[a-zA-Z0-9!@#$%^&*,;:=/+ -]{0,10}Q7$/);
    const templates: readonly ((secret: string) => string[])[] = [
      (s) => ['app', '--password', s],
      (s) => ['app', `--password=${s}`],
      (s) => ['app', `--client-secret:${s}`],
      (s) => ['app', '-token', s, 'more'],
      (s) => ['env', `GITHUB_TOKEN=${s}`, 'make'],
      (s) => ['env', `AZURE_STORAGE_KEY=${s}`],
      (s) => ['mysqldump', `-p${s}`, 'db'],
      (s) => ['bash', '-c', `run --passphrase ${s} && other`],
      (s) => ['curl', '-H', `X-Api-Key: ${s}`],
      (s) => ['redis-cli', '-a', s],
      (s) => ['app', `host=db,pwd=${s}`],
    ];
    const property = fc.property(
      secret,
      fc.constantFrom(...templates),
      (text, template) => !redactCommand(template(text)).includes('Q7'),
    );
    t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
  });

  t.test('is cut to 512 characters, and is null where there is none', async (t) => {
    t.equal(parseCommandLine(`a\0${'b'.repeat(5000)}\0`)?.length, 512);
    t.equal(parseCommandLine(''), null);
    t.equal(parseCommandLine('\0\0'), null);
  });
});

t.test('listening ports', async (t) => {
  t.test('of a Debian server, each with the first process that holds it', async (t) => {
    const rows = await rowsOf(listeningPorts, contextOf(join(FIXTURES, 'debian-12')));
    t.strictSame(
      rows.map(({ protocol, family, address, port, pid, name }) =>
        [protocol, family, address, port, pid, name].join(' '),
      ),
      [
        'tcp ipv4 0.0.0.0 22 1 systemd',
        'tcp ipv4 0.0.0.0 80 612 nginx',
        'tcp ipv4 127.0.0.1 5432 700 postgres',
        'tcp ipv6 :: 80 612 nginx',
        'tcp ipv6 ::ffff:127.0.0.1 8080  ',
        'tcp ipv6 fe80::20a:ff:fe1b:5afe 546  ',
        'udp ipv4 0.0.0.0 68  ',
      ],
    );
  });

  t.test('of an Alpine container, which has no IPv6', async (t) => {
    const rows = await rowsOf(listeningPorts, contextOf(join(FIXTURES, 'alpine-3.20')));
    t.match(rows, [{ address: '0.0.0.0', port: 22, pid: 201, name: 'dropbear', socket: 501 }]);
  });

  t.test('are no data without /proc/net, and lines of another form are passed over', async (t) => {
    t.match(await listeningPorts.collect(contextOf(t.testdir({}))), { outcome: 'no-data' });
    const table = { protocol: 'tcp', family: 'ipv4', state: '0A' } as const;
    t.strictSame(
      parseSockets('head\n\n 0: zz:0016 0:0 0A\n 1: 0100007F:00 x 0A 1 2 3 4 5 6\nrubbish\n', table),
      [],
    );
    t.equal(parseAddress('0100007'), null);
    t.equal(parseAddress('B80D0120000000000000000001000000'), '2001:db8::1');
  });

  t.test('of this machine hold a server of this test with its process', async (t) => {
    const server = createServer();
    t.teardown(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const rows = await rowsOf(listeningPorts, contextOf('/'));
    const mine = rows.filter(
      (row) => row.protocol === 'tcp' && row.port === port && row.address === '127.0.0.1',
    );
    t.match(mine, [{ protocol: 'tcp', family: 'ipv4', pid: process.pid, name: /^(node|MainThread)/ }]);
    t.ok(rows.every((row) => row.port >= 0 && row.port <= 65_535 && row.socket >= 0));
  });
});

t.test('signed-in users', async (t) => {
  t.test('of systemd: people, neither greeters nor closing sessions', async (t) => {
    t.strictSame(await rowsOf(loggedInUsers, contextOf(join(FIXTURES, 'debian-12'))), [
      {
        type: 'tty',
        user: 'ada',
        tty: 'pts/0',
        host: '192.0.2.17',
        time: '2025-05-31T17:25:45.678Z',
        pid: 1432,
      },
    ]);
  });

  const root = {
    type: 'user',
    user: 'root',
    tty: 'pts/0',
    host: '198.51.100.4',
    time: '2025-05-23T11:43:20.000Z',
    pid: 211,
  };

  t.test('of utmp, with short and with long records', async (t) => {
    t.strictSame(await rowsOf(loggedInUsers, contextOf(join(FIXTURES, 'alpine-3.20'))), [root]);
    // 24 long records are as long as 25 short ones.
    const long = Buffer.alloc(400 * 24);
    for (let at = 0; at < long.length; at += 400) {
      long.writeInt16LE(at === 0 ? 7 : 8, at);
      long.writeInt32LE(211, at + 4);
      long.write('pts/0', at + 8);
      long.write('root', at + 44);
      long.write('198.51.100.4', at + 76);
      long.writeBigInt64LE(1_748_000_600n, at + 344);
    }
    t.strictSame(parseUtmp(long), [root]);
    t.strictSame(parseUtmp(Buffer.alloc(0)), []);
    const property = fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) =>
      Array.isArray(parseUtmp(bytes)),
    );
    t.doesNotThrow(() => fc.assert(property));
  });

  t.test('are an empty list where nobody is, and no data where no list is kept', async (t) => {
    t.strictSame(
      await rowsOf(loggedInUsers, contextOf(t.testdir({ run: { systemd: { sessions: {} } } }))),
      [],
    );
    t.match(await loggedInUsers.collect(contextOf(t.testdir({}))), { outcome: 'no-data' });
    const here = await loggedInUsers.collect(contextOf('/'));
    checkBody(loggedInUsersSection, JSON.parse(writeBody(loggedInUsersSection, here)));
    t.not(here.outcome, 'error');
  });
});

t.test('the budget of the agent is measured on itself', async (t) => {
  const budget = createAgentBudget(() => ({ items: 3, dropped: 1 }));
  const [row] = await rowsOf(budget, contextOf('/'));
  t.match(row, { pid: process.pid, outbox_items: 3, outbox_dropped: 1 });
  t.ok((row?.cpu_seconds ?? 0) > 0 && (row?.cpu_seconds ?? 0) < 600);
  t.ok((row?.resident_size ?? 0) > (row?.heap_used ?? 0));
  t.ok((row?.open_files ?? 0) > 2);
  t.ok((row?.event_loop_delay_p99 ?? -1) >= 0);
  const [alone] = await rowsOf(
    createAgentBudget(() => null),
    contextOf(t.testdir({})),
  );
  t.match(alone, { outbox_items: null, outbox_dropped: null, open_files: null });
});

t.test('graphics cards', async (t) => {
  const probeOf = (answer: unknown): Probe => ({ ask: async () => answer });
  const controllers = [
    {
      vendor: 'Intel Corporation',
      model: 'UHD Graphics 630',
      bus: 'Onboard',
      busAddress: '00:02.0',
      vram: 256,
      vramDynamic: false,
    },
    { vendor: 'NVIDIA', model: 'T400', busAddress: '01:00.0', driverVersion: '550.54', vram: 2048 },
    { vendor: 'x', model: '' },
    null,
  ];
  t.strictSame(await rowsOf(videoInfo, contextOf('/', probeOf({ controllers, displays: [] }))), [
    {
      manufacturer: 'Intel Corporation',
      model: 'UHD Graphics 630',
      bus_address: '00:02.0',
      driver_version: null,
      video_memory: 256 * 1024 ** 2,
    },
    {
      manufacturer: 'NVIDIA',
      model: 'T400',
      bus_address: '01:00.0',
      driver_version: '550.54',
      video_memory: 2048 * 1024 ** 2,
    },
  ]);
  t.match(await videoInfo.collect(contextOf('/', probeOf({ controllers: [] }))), { outcome: 'no-data' });
  t.match(await videoInfo.collect(contextOf('/', probeOf('text'))), { outcome: 'error' });
  t.match(await videoInfo.collect(contextOf('/')), { outcome: 'no-data', reason: /not available/ });
  t.equal(parseGraphics({ controllers: 'none' }), null);
});

t.test('every live section is one', async (t) => {
  for (const section of [
    processesSection,
    listeningPortsSection,
    loggedInUsersSection,
    agentBudgetSection,
    videoInfoSection,
  ]) {
    t.equal(section.kind, 'live', section.name);
  }
});
