// Tests of started processes, the probe with its real child, and the sections made of its answers elsewhere than on Linux.
import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBody, writeBody } from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { createFiles } from '../platform/files.ts';
import { createProbe, MAX_ANSWER_BYTES, PROBE_QUESTIONS } from '../platform/probe.ts';
import { type ProcessEnd, type ProcessOptions, startProcess } from '../platform/processes.ts';
import type { AnyCollector, CollectContext } from './collector.ts';
import { chooseCollectors, foreignCollectors } from './foreign.ts';

const LIMITS: ProcessOptions = { timeoutMs: 60_000, maxOutputBytes: 100_000 };
const SHELL = '/bin/sh';

// From source the child needs the same loader as this test; compiled, it needs nothing.
const isSource = import.meta.url.endsWith('.ts');
const scriptPath = fileURLToPath(
  new URL(isSource ? '../platform/probe-child.ts' : '../platform/probe-child.js', import.meta.url),
);
const nodeArgs = isSource ? ['--conditions=muster-source', '--import', import.meta.resolve('tsx')] : [];

function textOf(end: ProcessEnd): string {
  return end.outcome === 'exited' ? end.output.toString('utf8') : end.reason;
}

/** True while a process lives. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('a started process', async (t) => {
  t.test('gives its output and code, and sees nothing of the agent', async (t) => {
    const end = await startProcess(
      process.execPath,
      ['-e', 'console.log(JSON.stringify([process.env, process.cwd()])); process.exit(3)'],
      LIMITS,
    );
    t.match(end, { outcome: 'exited', exitCode: 3, errorOutput: '' });
    t.strictSame(JSON.parse(textOf(end)), [{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, '/']);
  });

  t.test('gets its arguments as they are, since no shell reads them', async (t) => {
    const args = ['$(id)', '; ls', '`x`', 'a b', '*', ''];
    const end = await startProcess(
      process.execPath,
      ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args],
      LIMITS,
    );
    t.strictSame(JSON.parse(textOf(end)), args);
  });

  t.test('that does not exist or has no absolute path is a reason, not an exception', async (t) => {
    t.match(await startProcess('/nonexistent/program', [], LIMITS), { outcome: 'failed', reason: /ENOENT/ });
    t.match(await startProcess('sh', [], LIMITS), { outcome: 'failed', reason: /not an absolute path/ });
  });

  t.test('that runs too long is ended with everything it started', async (t) => {
    const file = join(t.testdir({}), 'pid');
    const script = `sleep 600 & echo $! > ${file}; wait`;
    // On a slow machine the shell has not come so far in the first of these times.
    for (const timeoutMs of [2_000, 20_000, 60_000]) {
      writeFileSync(file, '');
      const end = await startProcess(SHELL, ['-c', script], { ...LIMITS, timeoutMs });
      t.match(end, { outcome: 'failed', reason: `It ran longer than ${timeoutMs} ms.` });
      if (readFileSync(file, 'utf8') !== '') break;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    t.ok(pid > 1);
    for (let i = 0; i < 1_500 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    t.notOk(isAlive(pid), 'the grandchild is gone');
  });

  t.test('that prints too much is ended', async (t) => {
    const end = await startProcess(SHELL, ['-c', 'while :; do echo more; done'], LIMITS);
    t.match(end, { outcome: 'failed', reason: 'It printed more than 100000 bytes.' });
    const loud = await startProcess(SHELL, ['-c', 'head -c 50000 /dev/zero >&2'], LIMITS);
    t.match(loud, { outcome: 'exited', exitCode: 0 });
    t.ok(
      loud.outcome === 'exited' && loud.errorOutput.length <= 4096,
      'of the error output only the begin is kept',
    );
  });

  t.test('can run as another user', { skip: process.getuid?.() !== 0 && 'not root here' }, async (t) => {
    const end = await startProcess(SHELL, ['-c', 'id -u; id -g'], { ...LIMITS, uid: 65_534, gid: 65_534 });
    t.equal(textOf(end), '65534\n65534\n');
  });
});

t.test('the probe', async (t) => {
  const probe = createProbe({
    startProcess,
    nodePath: process.execPath,
    scriptPath,
    nodeArgs,
    timeoutMs: 60_000,
  });

  t.test('answers its questions about this machine', async (t) => {
    const [os, memory, graphics] = await Promise.all([
      probe.ask('os'),
      probe.ask('memory'),
      probe.ask('graphics'),
    ]);
    t.match(os, { platform: process.platform, arch: process.arch });
    t.match(graphics, { controllers: Array });
    const total = /^MemTotal:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    t.match(memory, { totalBytes: Number(total) * 1024 });
  });

  t.test('refuses what is not on its list, before a process is started and in the child', async (t) => {
    for (const question of ['getAllData', 'versions', '', 'os; ls', '__proto__', 'constructor']) {
      await t.rejects(probe.ask(question), { message: `The probe has no question ${question}.` });
    }
    const end = await startProcess(process.execPath, [...nodeArgs, scriptPath, 'versions'], {
      ...LIMITS,
      timeoutMs: 60_000,
    });
    t.match(end, { outcome: 'exited', exitCode: 1, errorOutput: 'There is no such question.\n' });
  });

  t.test('works on while a question fails, one child at a time', async (t) => {
    let running = 0;
    let most = 0;
    const ends: ProcessEnd[] = [
      { outcome: 'exited', exitCode: 0, output: Buffer.from('{"a":'), errorOutput: '' },
      { outcome: 'exited', exitCode: 1, output: Buffer.alloc(0), errorOutput: 'no\n' },
      { outcome: 'failed', reason: 'It ran longer than 10000 ms.' },
      { outcome: 'exited', exitCode: 0, output: Buffer.from('null\n'), errorOutput: '' },
    ];
    const seen: (readonly string[])[] = [];
    const fake = createProbe({
      nodePath: '/node',
      scriptPath: '/probe.cjs',
      async startProcess(_file, args, { maxOutputBytes }) {
        t.equal(maxOutputBytes, MAX_ANSWER_BYTES);
        seen.push(args.slice(-2));
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return ends.shift() ?? { outcome: 'failed', reason: 'unexpected' };
      },
    });
    const results = await Promise.allSettled(
      ['os', 'cpu', 'disks', 'memory'].map((question) => fake.ask(question)),
    );
    t.match(results, [
      { reason: { message: /no readable answer to os/ } },
      { reason: { message: 'The probe failed at cpu: no' } },
      { reason: { message: 'The probe did not answer disks. It ran longer than 10000 ms.' } },
      { status: 'fulfilled', value: null },
    ]);
    t.equal(most, 1);
    t.strictSame(seen[0], ['/probe.cjs', 'os']);
  });

  t.test(
    'asks as nobody when the agent is root',
    { skip: process.getuid?.() !== 0 && 'not root here' },
    async (t) => {
      const secret = join(t.testdir({}), 'key');
      await writeFile(secret, 'only for root', { mode: 0o600 });
      // A child that is preloaded into the real one and looks around at its end.
      const spy = join(t.testdirName, 'spy.mjs');
      await writeFile(
        spy,
        `import { readFileSync } from 'node:fs';
       process.on('exit', () => {
         let read = true;
         try { readFileSync(${JSON.stringify(secret)}); } catch { read = false; }
         let back = true;
         try { process.setuid(0); } catch { back = false; }
         process.stderr.write(JSON.stringify([process.getuid(), process.geteuid(), process.getgroups().includes(0), read, back]));
       });`,
      );
      const end = await startProcess(process.execPath, [...nodeArgs, '--import', spy, scriptPath, 'memory'], {
        ...LIMITS,
        timeoutMs: 60_000,
      });
      t.match(end, { outcome: 'exited', exitCode: 0 });
      const [uid, euid, inRootGroup, read, back] = JSON.parse(
        end.outcome === 'exited' ? end.errorOutput : '[]',
      );
      t.ok(uid > 0 && euid > 0);
      t.strictSame([inRootGroup, read, back], [false, false, false]);
    },
  );
});

t.test('the sections of other systems', async (t) => {
  /** Answers as systeminformation gives them on a Mac and on a Windows server. */
  const systems: Record<string, Record<string, unknown>> = {
    mac: {
      os: {
        platform: 'darwin',
        distro: 'macOS',
        release: '14.5',
        codename: 'macOS Sonoma',
        arch: 'arm64',
        build: '23F79',
        serial: 'secret',
      },
      cpu: {
        manufacturer: 'Apple',
        brand: 'M2',
        speed: 2.4,
        speedMax: 2.4,
        cores: 8,
        physicalCores: 8,
        performanceCores: 4,
        efficiencyCores: 4,
        processors: 1,
      },
      memory: { totalBytes: 17_179_869_184, swapBytes: 0 },
      disks: [{ fs: '/dev/disk3s1s1', type: 'APFS', size: 494_384_795_648, mount: '/', rw: false }],
      network: [
        {
          iface: 'lo0',
          mac: '',
          internal: true,
          virtual: false,
          operstate: 'up',
          type: 'wired',
          mtu: 16_384,
          speed: null,
        },
        {
          iface: 'en0',
          mac: 'a4:83:e7:00:00:01',
          internal: false,
          virtual: false,
          operstate: 'up',
          type: 'wireless',
          mtu: 1500,
          speed: 866,
        },
      ],
    },
    windows: {
      os: {
        platform: 'Windows',
        distro: 'Microsoft Windows Server 2022 Standard',
        release: '10.0.20348',
        codename: '',
        arch: 'x64',
        build: '20348',
      },
      cpu: { manufacturer: 'Intel', brand: 'Xeon', speed: 2.1, cores: 32, physicalCores: 16, processors: 2 },
      memory: { totalBytes: 68_719_476_736, swapBytes: null },
      disks: [{ fs: 'C:', type: 'NTFS', size: 107_374_182_400, mount: 'C:', rw: true }],
      network: [
        {
          iface: 'Ethernet',
          mac: '00:15:5d:00:00:01',
          internal: false,
          virtual: true,
          operstate: 'up',
          type: 'wired',
          mtu: 1500,
          speed: 10_000,
        },
      ],
    },
  };
  const contextOf = (answers: Record<string, unknown>): CollectContext => ({
    files: createFiles('/nonexistent'),
    probe: { ask: async (question) => answers[question] },
    now: () => 0,
  });

  async function rowsOf(answers: Record<string, unknown>) {
    const all = new Map<string, unknown>();
    for (const collector of foreignCollectors) {
      const outcome = await collector.collect(contextOf(answers));
      checkBody(collector.section, JSON.parse(writeBody(collector.section, outcome)));
      all.set(collector.section.name, outcome.outcome === 'ok' ? outcome.rows : outcome.outcome);
    }
    return Object.fromEntries(all);
  }

  t.test('are filled from the probe of a Mac', async (t) => {
    const rows = await rowsOf(systems.mac ?? {});
    t.match(rows, {
      os_version: [
        {
          name: 'macOS',
          version: '14.5',
          major: 14,
          minor: 5,
          patch: null,
          platform: 'darwin',
          build: '23F79',
          arch: 'arm64',
        },
      ],
      cpu_info: [
        {
          device_id: 'CPU0',
          model: 'M2',
          logical_processors: 8,
          number_of_performance_cores: 4,
          max_clock_speed: 2400,
        },
      ],
      memory_info: [{ memory_total: 17_179_869_184, swap_total: 0 }],
      mounts: [{ path: '/', type: 'APFS', flags: 'ro', size: 494_384_795_648 }],
      interface_details: [
        { interface: 'lo0', type: 'loopback', mac: null },
        { interface: 'en0', type: 'wifi', link_speed: 866 },
      ],
    });
    t.notOk(JSON.stringify(rows).includes('secret'));
  });

  t.test('are filled from the probe of a Windows server with two processors', async (t) => {
    t.match(await rowsOf(systems.windows ?? {}), {
      os_version: [{ platform: 'windows', major: 10, minor: 0, patch: 20_348 }],
      cpu_info: [
        { device_id: 'CPU0', number_of_cores: 8, logical_processors: 16, max_clock_speed: 2100 },
        { device_id: 'CPU1' },
      ],
      memory_info: [{ swap_total: null }],
      mounts: [{ path: 'C:', device: 'C:', flags: 'rw' }],
      interface_details: [{ interface: 'Ethernet', type: 'virtual', link_speed: 10_000 }],
    });
  });

  t.test('stand in the places of the Linux ones, and only there', async (t) => {
    const own: AnyCollector = { ...(foreignCollectors[1] as AnyCollector), everyMs: 1 };
    const other: AnyCollector = { ...own, section: { ...own.section, name: 'other' } };
    t.strictSame(chooseCollectors('linux', [own, other]), [own, other]);
    t.strictSame(chooseCollectors('darwin', [own, other]), [foreignCollectors[1], other]);
  });

  t.test('are no data without a probe, and never a fault for answers of any other form', async (t) => {
    const without = await Promise.all(
      foreignCollectors.map((collector) => collector.collect({ ...contextOf({}), probe: null })),
    );
    t.ok(without.every(({ outcome }) => outcome === 'no-data'));
    const field = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null));
    const names = [
      'distro',
      'platform',
      'release',
      'cores',
      'processors',
      'totalBytes',
      'mount',
      'fs',
      'size',
      'iface',
      'speed',
      'type',
    ];
    const answer = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...names), field));
    const property = fc.asyncProperty(fc.oneof(answer, fc.array(answer, { maxLength: 3 })), async (value) => {
      await rowsOf(Object.fromEntries(PROBE_QUESTIONS.map((question) => [question, value])));
    });
    await t.resolves(fc.assert(property, { numRuns: 300 }));
  });
});
