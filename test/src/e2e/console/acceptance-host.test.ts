// What people do on a device itself, points 10 and 11 of the acceptance list: the install script below a throw-away root, and the doctor.
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeAgent } from '../../support/agent.ts';
import { readModes } from '../../support/proc.ts';
import { findFreePort, findProgram, root, startProgram } from '../../support/processes.ts';
import { readTlsKey, startRelay } from '../../support/relay.ts';
import { makeFolder, startTestServer } from '../../support/server.ts';
import { FILE_PATIENCE_MS } from '../../support/wait.ts';

t.setTimeout(2 * FILE_PATIENCE_MS);

const script = join(root, 'installers/linux/install.sh');
/** Everything that is installed. */
const installed = [
  'etc/systemd/system/muster-agent.service',
  'etc/systemd/system/muster-executor.service',
  'etc/systemd/system/muster-executor.socket',
  'usr/bin/muster-agent',
  'usr/lib/muster/muster-agent.cjs',
  'usr/lib/muster/muster-executor.cjs',
  'usr/lib/muster/node',
  'usr/lib/muster/probe.cjs',
  'usr/lib/sysusers.d/muster.conf',
];

/** Runs a program to its end. */
async function run(t: Test, words: readonly string[]) {
  const program = startProgram(t, words);
  const code = await program.ended;
  return { code, output: program.output() };
}

/** Every path below a folder with kind and mode; and when each file was last written. */
async function look(folder: string) {
  const modes = await readModes(folder);
  const files = [...modes].filter(([, mode]) => mode.startsWith('file'));
  const times = await Promise.all(files.map(async ([path]) => (await stat(join(folder, path))).mtimeMs));
  return { modes, paths: files.map(([path]) => path).sort(), times };
}

/** A runtime that costs no hundred megabytes to copy; it is this one all the same. */
async function makeRuntime(t: Test, version = ''): Promise<string> {
  const path = join(await makeFolder(t, 'runtime'), 'node');
  const says =
    version === '' ? '' : `[ "$1" != --version ] || { echo ${version}; exit 0; }\n[ "$1" != -e ] || exit 1\n`;
  await writeFile(path, `#!/bin/sh\n${says}exec ${process.execPath} "$@"\n`, { mode: 0o755 });
  return path;
}

t.test('10: the install script', { skip: process.platform !== 'linux' && 'for Linux' }, async (t) => {
  const place = await makeFolder(t, 'root');
  const node = await makeRuntime(t);
  const install = (...words: readonly string[]) =>
    run(t, ['/bin/sh', script, '--root', place, '--node', node, ...words]);

  await t.test('--dry-run tells everything and does nothing', async (t) => {
    const { code, output } = await install('--dry-run');
    t.equal(code, 0, output);
    for (const path of installed) t.match(output, `would write   /${path}`);
    t.same([...(await look(place)).paths], [], 'nothing is there');
  });

  await t.test('it installs what runs, and says what to do next', async (t) => {
    const { code, output } = await install();
    t.equal(code, 0, output);
    const { modes, paths } = await look(place);
    t.same(paths, installed);
    t.equal(modes.get('usr/lib/muster/muster-agent.cjs'), 'file 755');
    t.equal(modes.get('etc/systemd/system/muster-agent.service'), 'file 644');
    t.match(output, /Installed: the agent \d+\.\d+\.\d+/);
    t.match(output, /muster-agent enroll --server https:.* --token-file -/);
    const unit = await readFile(join(place, 'etc/systemd/system/muster-agent.service'), 'utf8');
    for (const [, path = ''] of unit.matchAll(/(\/usr\/lib\/muster\/[\w.-]+)/g))
      t.ok(paths.includes(path.slice(1)), `${path}, which the unit starts, is there`);
    const socket = /--executor-socket (\S+)/.exec(unit)?.[1] ?? 'none';
    const command = await readFile(join(place, 'usr/bin/muster-agent'), 'utf8');
    t.match(command, `MUSTER_AGENT_EXECUTOR=service MUSTER_AGENT_EXECUTOR_SOCKET=${socket}\n`);
  });

  await t.test('a second time it changes nothing; what was changed is mended alone', async (t) => {
    const before = await look(place);
    const again = await install();
    t.equal(again.code, 0, again.output);
    t.notMatch(again.output, /written|made/);
    t.same(await look(place), before, 'not even a time of a file');
    await writeFile(join(place, 'usr/lib/muster/probe.cjs'), '// changed\n');
    const mended = await install();
    t.same(mended.output.match(/^written.*$/gm), ['written       /usr/lib/muster/probe.cjs']);
    t.same((await look(place)).paths, before.paths, 'no draft is left');
    const unfinished = join(place, 'usr/lib/muster/.unfinished');
    await writeFile(unfinished, '');
    t.equal((await install()).code, 0);
    t.same((await look(place)).paths, before.paths, 'a run that was cut off is brought to its end');
  });

  await t.test(
    '--uninstall takes it away and keeps what is the device’s; --purge takes that too',
    async (t) => {
      const state = join(place, 'var/lib/muster-agent');
      await run(t, ['/bin/mkdir', '-p', state]);
      await writeFile(join(state, 'identity.json'), '{}');
      const dry = await install('--uninstall', '--dry-run');
      t.equal(dry.code, 0, dry.output);
      t.equal((await look(place)).paths.length, installed.length + 1, 'a dry run removes nothing');
      const { code, output } = await install('--uninstall');
      t.equal(code, 0, output);
      t.same((await look(place)).paths, ['var/lib/muster-agent/identity.json']);
      t.match(output, 'kept          /var/lib/muster-agent');
      const again = await install('--uninstall');
      t.equal(again.code, 0);
      t.match(again.output, /Nothing of the agent is installed/);
      t.equal((await install('--uninstall', '--purge')).code, 0);
      t.same((await look(place)).paths, []);
    },
  );

  await t.test('what is in the way ends it with one plain sentence and a code', async (t) => {
    const empty = await makeFolder(t, 'nothing');
    const old = await makeRuntime(t, 'v18.20.0');
    const tools = await makeFolder(t, 'tools');
    await writeFile(join(tools, 'ldd'), '#!/bin/sh\necho libnode.so.108\n', { mode: 0o755 });
    const leaning = await run(t, [
      '/usr/bin/env',
      `PATH=${tools}:${process.env.PATH}`,
      '/bin/sh',
      script,
      '--root',
      place,
      '--node',
      node,
    ]);
    t.equal(leaning.code, 1);
    t.match(leaning.output, /needs the libnode of this system/);
    const blocked = await makeFolder(t, 'blocked');
    await writeFile(join(blocked, 'usr'), '');
    const cases = [
      [['--from', empty], 1, /muster-agent\.cjs is not there; build the checkout first/],
      [['--node', old], 1, /is v18\.20\.0, and the agent needs 20\.19 or newer/],
      [['--node', '/nowhere/node'], 1, /no Node\.js at \/nowhere\/node/],
      [['--root', '/nowhere'], 1, /\/nowhere is no folder; make it first/],
      [['--root', blocked], 1, /cannot make .*\/usr/],
      [['--what'], 2, /--what is no option/],
      [['--root'], 2, /--root needs a value/],
      [['--purge'], 2, /--purge goes with --uninstall only/],
    ] as const;
    for (const [words, code, why] of cases) {
      const end = await install(...words);
      t.equal(end.code, code, words.join(' '));
      t.match(end.output, why);
      t.equal(
        end.output
          .trim()
          .split('\n')
          .filter((line) => line.startsWith('install.sh: ')).length,
        1,
      );
    }
    t.same((await look(place)).paths, [], 'and nothing was begun');
  });

  // Never as root without --root: where systemd runs, that would install.
  const setpriv = findProgram('setpriv');
  const isRoot = process.geteuid?.() === 0;
  const skip = isRoot && setpriv === null ? 'setpriv is not here: apt-get install -y util-linux' : false;
  await t.test('whoever is not root is told so', { skip }, async (t) => {
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const as = isRoot ? [setpriv ?? '', ...nobody] : [];
    const { code, output } = await run(t, [...as, '/bin/sh', script]);
    t.equal(code, 1);
    t.match(output, /only root can install services; run it with sudo, or try --dry-run/);
  });
});

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly said: string;
  readonly fix: string | null;
}

t.test(
  '11: the doctor checks DNS, TCP, TLS, clock, trust, disk and permissions, with a fix for each',
  async (t) => {
    const server = await startTestServer(t);
    const stranger = await startTestServer(t);
    const agent = await makeAgent(t);

    async function examine(...words: readonly string[]) {
      const { code, output } = await agent.command('doctor', '--json', ...words);
      const findings: readonly Finding[] = JSON.parse(output);
      const named = Object.fromEntries(findings.map((finding) => [finding.check, finding]));
      return { code, named, verdicts: findings.map(({ check, verdict }) => `${check} ${verdict}`) };
    }
    /** What fails has a fix, and the exit code says so. */
    async function fails(
      t: Test,
      check: string,
      { words = [], said, fix }: { words?: string[]; said: RegExp; fix: RegExp },
    ) {
      const { code, named } = await examine(...words);
      t.equal(code, 1);
      t.match(named[check], { verdict: 'fail', said, fix });
    }

    await t.test('before the enrollment it looks at the server that is named', async (t) => {
      const nowhere = await examine();
      t.match(nowhere.named, {
        DNS: { verdict: 'skip' },
        Agent: { verdict: 'warn', fix: /muster-agent enroll/ },
      });
      t.equal(nowhere.code, 0);
      const { code, verdicts } = await examine('--server', server.url);
      t.equal(code, 0);
      t.match(verdicts, [
        'DNS ok',
        'TCP ok',
        'TLS ok',
        'Clock ok',
        'Trust skip',
        /^Disk/,
        'Permissions warn',
        'Agent warn',
      ]);
    });

    const id = await agent.enroll(server);
    await t.test('enrolled and running, all is well, and the session is not disturbed', async (t) => {
      t.match((await examine()).named.Agent, { verdict: 'warn', fix: /systemctl start muster-agent/ });
      const program = agent.start();
      const before = await agent.status('it is online', ({ connection }) => connection.state === 'online');
      const { code, verdicts } = await examine();
      t.equal(code, 0);
      t.match(verdicts, [
        'DNS ok',
        'TCP ok',
        'TLS ok',
        'Clock ok',
        'Trust ok',
        /^Disk/,
        'Permissions ok',
        'Agent ok',
      ]);
      t.same((await agent.status('still', () => true)).connection, before.connection);
      const statusFile = join(agent.stateDir, 'status.json');
      await writeFile(statusFile, JSON.stringify({ ...before, pid: before.pid + 1 }));
      t.match((await examine()).named.Agent, { verdict: 'ok', said: /is connecting/ });
      const { output } = await agent.command('doctor');
      t.match(
        output,
        /^ok {4}Trust {8}Trust document \d+ of org_\w+ holds, and the server shows its key\.$/m,
      );
      program.signal('SIGTERM');
      await program.ended;
      t.equal((await server.device(id)).id, id);
    });

    await t.test(
      'a name, a port, a protocol that are wrong: the first that fails is named, what follows is not guessed',
      async (t) => {
        // No label of a name may be so long: it is refused here, and no name server is asked.
        const words = ['--server', `https://${'a'.repeat(70)}.invalid`];
        await fails(t, 'DNS', { words, said: /has no address/, fix: /DNS|resolv|getent/ });
        const closed = ['--server', `https://127.0.0.1:${await findFreePort()}`];
        await fails(t, 'TCP', {
          words: closed,
          said: /ECONNREFUSED/,
          fix: /start the server, or correct the port/,
        });
        t.same((await examine(...closed)).verdicts.slice(0, 3), ['DNS ok', 'TCP fail', 'TLS skip']);
        const plain = createServer((_, response) => response.end('hello'));
        await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
        t.teardown(() => new Promise((resolve) => plain.close(resolve)));
        const { port } = plain.address() as AddressInfo;
        await fails(t, 'TLS', {
          words: ['--server', `https://127.0.0.1:${port}`],
          said: /No TLS 1\.3/,
          fix: /pass TLS 1\.3 through/,
        });
        await fails(t, 'TLS', {
          words: ['--server', `http://127.0.0.1:${port}`],
          said: /Nothing protects/,
          fix: /https/,
        });
      },
    );

    await t.test('another organization, and a man in the middle, are no server of this device', async (t) => {
      const words = ['--server', stranger.url];
      await fails(t, 'Trust', { words, said: /another organization/, fix: /name of the server leads to/ });
      const tls = await readTlsKey(stranger.dataDir);
      const relay = await startRelay(t, server.url, { tls });
      await fails(t, 'Trust', {
        words: ['--server', relay.url],
        said: /not the one pinned/,
        fix: /ends TLS/,
      });
    });

    await t.test('keys that others can read, and files that were changed, are found', async (t) => {
      const keys = join(agent.stateDir, 'identity.json');
      await chmod(keys, 0o644);
      await fails(t, 'Permissions', {
        said: /identity\.json is open to others/,
        fix: /^chmod 600 \S+identity\.json$/,
      });
      await chmod(keys, 0o600);
      await chmod(agent.stateDir, 0o777);
      await fails(t, 'Permissions', { said: /can be written by others/, fix: /^chmod 700 / });
      await chmod(agent.stateDir, 0o700);
      const words = ['--executor', 'service', '--executor-socket', join(agent.stateDir, 'none.sock')];
      await fails(t, 'Permissions', { words, said: /No executor listens/, fix: /muster-executor\.socket/ });
      const deny = await makeFolder(t, 'deny');
      await writeFile(join(deny, 'one.json'), 'no rules');
      t.match((await examine('--deny-dir', deny)).named.Permissions, {
        verdict: 'warn',
        said: /Every command is denied/,
      });
      const path = join(agent.stateDir, 'enrollment.json');
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        text.replace(/(?<="trustHash": ")./, (first) => (first === 'A' ? 'B' : 'A')),
      );
      await fails(t, 'Trust', { said: /does not hold/, fix: /backup|enroll again/ });
      await writeFile(path, text);
      t.equal((await examine()).code, 0);
    });

    await t.test('a --server that is no address is a mistake of the command line', async (t) => {
      t.match(await agent.command('doctor', '--server', 'muster'), {
        code: 2,
        output: /Name the server by --server/,
      });
    });
  },
);
