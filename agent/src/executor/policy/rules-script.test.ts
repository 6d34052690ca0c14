// Proves the kind of rule `script`: real programs on real files, their bounds, who may forbid them, and what a crash leaves of one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createDisk } from '../../platform/disk.ts';
import { readStartTicks } from '../../platform/process-table.ts';
import { makeContext, makeRoot } from '../kinds/testing/context.ts';
import { program } from '../testing/house.ts';
import { createFacts } from './facts.ts';
import { scriptOnDevice } from './rules/script.ts';
import { runScript } from './scripts.ts';
import { makeDevice, type TestDevice, wish } from './testing/machine.ts';
import { proveRefusal, proveRepair } from './testing/prove.ts';

const HOUR_MS = 3_600_000;
/** Longer than any test waits. */
const LONG = 'sleep 1000';

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Ids that a script wrote, one a line. */
function readPids(path: string): number[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number) : [];
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(readStartTicks))).every((ticks) => ticks === null);
}

const make = (t: Parameters<typeof makeDevice>[0], root: string) => makeDevice(t, root);
const script = (device: TestDevice, wanted: object, mode?: 'audit') =>
  device.one(wish({ script: { name: 'demo', ...wanted } }, mode));

/** The same wish for three interpreters: a file says "good". */
const languages = [
  {
    interpreter: '/bin/sh',
    check: (at: string) =>
      `read -r word < ${at}\n[ "$word" = good ] && exit 0\necho "it says $word"\nexit 1\n`,
    fix: (at: string) => `echo good > ${at}\n`,
  },
  {
    interpreter: '/bin/bash',
    check: (at: string) =>
      `if [[ $(< ${at}) == good ]]; then exit 0; fi\necho "it says $(< ${at})"; exit 1\n`,
    fix: (at: string) => `printf 'good\\n' > ${at}\n`,
  },
  {
    interpreter: '/usr/bin/python3',
    check: (at: string) =>
      `import sys\nword = open('${at}').read().strip()\nif word != 'good':\n    print('it says', word)\n    sys.exit(1)\n`,
    fix: (at: string) => `open('${at}', 'w').write('good\\n')\n`,
  },
];

for (const { interpreter, check, fix } of languages)
  t.test(
    `${interpreter}: found, repaired, good, and a second cycle changes nothing`,
    { skip: !existsSync(interpreter) && 'not here' },
    async (t) => {
      const root = makeRoot(t, { 'srv/word': 'bad\n' });
      const device = await make(t, root);
      const at = join(root, 'srv/word');
      const written = { script: { name: 'word', check: check(at), fix: fix(at), interpreter } };
      await proveRepair(t, device, { written, found: /^it says bad$/ });
      t.equal(readFileSync(at, 'utf8'), 'good\n');
    },
  );

t.test('each end means one thing', async (t) => {
  const root = makeRoot(t, { 'srv/a': 'x' });
  const device = await make(t, root);
  t.match(await script(device, { check: 'exit 0' }), { state: 'compliant', found: 'its check ended well' });
  t.match(await script(device, { check: 'exit 1' }, 'audit'), {
    state: 'drifted',
    code: '',
    found: /with 1$/,
  });
  t.match(await script(device, { check: 'echo no such thing >&2; exit 2' }), {
    ...{ state: 'error', code: 'E_RULE', reason: /The check of script demo ended with 2: no such thing/ },
  });
  const three = { check: 'echo odd; exit 3', driftedExit: 3 };
  t.match(await script(device, three, 'audit'), { state: 'drifted', found: 'odd' });
  t.match(await script(device, { ...three, check: 'exit 1' }), { state: 'error', code: 'E_RULE' });
  t.match(await script(device, { check: 'kill -9 $$' }), { state: 'error', reason: /was ended by SIGKILL/ });
  t.match(await script(device, { check: 'if' }), { state: 'error', code: 'E_RULE' }, 'no program at all');
  await proveRefusal(t, device, {
    written: { script: { name: 'nofix', check: 'exit 1' } },
    code: 'E_UNSUPPORTED',
  });
  t.match(await script(device, { check: 'exit 1', fix: 'echo tried; exit 4' }), {
    ...{ state: 'error', code: 'E_REPAIR', reason: /The fix of script demo ended with 4: tried/ },
  });
  t.match(await script(device, { check: 'exit 1', fix: 'exit 0' }), { state: 'error', code: 'E_UNVERIFIED' });
});

t.test('what it prints is told in part, and only what can be seen', async (t) => {
  const device = await make(t, makeRoot(t));
  const flood = 'i=0; while [ $i -lt 3000 ]; do echo "line $i of many"; i=$((i+1)); done; exit 1';
  const { found } = await script(device, { check: flood }, 'audit');
  t.equal(found.length, 512);
  const odd = await script(
    device,
    { check: `printf 'a\\033[2Jb\\000c\\tz\\n\\342\\200\\256d\\377'; exit 1` },
    'audit',
  );
  t.equal(odd.found, 'a?[2Jb?c z ?d\ufffd');
});

t.test('it starts with nothing of ours', async (t) => {
  const device = await make(t, makeRoot(t));
  process.env.MUSTER_TEST_SECRET = 'inherited';
  t.teardown(() => {
    delete process.env.MUSTER_TEST_SECRET;
  });
  const before = process.umask(0o077);
  const check = 'env | sed "s/=.*//" | grep -v "^_$" | sort | tr "\\n" " "; pwd; umask; cat; exit 1';
  const { found } = await script(device, { check }, 'audit');
  t.equal(process.umask(before), 0o077, 'ours is as it was');
  const names =
    'LANG MUSTER_COMMAND MUSTER_DEVICE MUSTER_POLICY_SCRIPT MUSTER_REASON MUSTER_REQUESTER PATH PWD';
  t.match(
    found
      .split(' ')
      .filter((one) => !['OLDPWD', 'SHLVL'].includes(one))
      .join(' '),
    `${names} / 0022`,
  );
});

t.test('what is not here is named', async (t) => {
  const root = makeRoot(t);
  const wanted = { name: 'a', check: 'exit 0', timeoutSeconds: 5, driftedExit: 1 };
  const facts = (changes: object) =>
    createFacts(makeContext(root, changes), { latest: [], services: [] }, async () => []);
  const runs = { runScript: async () => ({ exit: 0, signal: null, timedOut: false, output: '' }) };
  const absent = { ...wanted, interpreter: '/bin/absent' } as never;
  await t.rejects(scriptOnDevice.check(absent, facts(runs)), {
    code: 'E_UNSUPPORTED',
    message: /There is no \/bin\/absent/,
  });
  const here = { ...wanted, interpreter: '/bin/sh' } as const;
  await t.rejects(scriptOnDevice.check(here, facts({})), { code: 'E_UNSUPPORTED', message: /another root/ });
});

t.test('time is bounded, whatever it does about it, and a check leaves nothing behind', async (t) => {
  const root = makeRoot(t);
  const device = await make(t, root);
  const pids = join(root, 'pids');
  const stubborn = `trap '' TERM; echo $$ >> ${pids}; (trap '' TERM; ${LONG}) & echo $! >> ${pids}; setsid ${LONG} & echo $! >> ${pids}; wait; ${LONG}`;
  const late = await script(device, { check: stubborn, timeoutSeconds: 1 });
  t.match(late, { state: 'error', code: 'E_RULE', reason: /ran longer than 1 s and was ended/ });
  t.equal(readPids(pids).length, 3);
  t.ok(await areGone(readPids(pids)), 'nor its children, in its group or out of it');
  rmSync(pids);
  const leaving = `setsid ${LONG} > /dev/null 2>&1 & echo $! >> ${pids}; env -i ${LONG} & echo $! >> ${pids}; exit 0`;
  t.match(await script(device, { check: leaving }), { state: 'compliant' });
  t.equal(readPids(pids).length, 2);
  await until(() => areGone(readPids(pids)));
  rmSync(pids);
  const slow = `echo $$ >> ${pids}; ${LONG}`;
  const fixed = await script(device, { check: 'exit 1', fix: slow, timeoutSeconds: 1 });
  t.match(fixed, { state: 'error', code: 'E_REPAIR', reason: /The fix of script demo ran longer/ });
  t.ok(await areGone(readPids(pids)));
});

t.test('what a fix has started stays when the fix ended by itself, as a service does', async (t) => {
  const root = makeRoot(t);
  const device = await make(t, root);
  const at = join(root, 'pid');
  const fix = `setsid ${LONG} > /dev/null 2>&1 & echo $! > ${at}`;
  const wanted = { check: `[ -s ${at} ]`, fix };
  t.match(await script(device, wanted), { state: 'repaired' });
  t.match(await script(device, wanted), { state: 'compliant' }, 'another script ends it neither');
  const [pid = 0] = readPids(at);
  t.notOk(await areGone([pid]));
  process.kill(pid, 'SIGKILL');
});

t.test('who only looks repairs nothing, and whom the owner forbids it runs nothing', async (t) => {
  const root = makeRoot(t);
  const device = await make(t, root);
  const [ran, mended] = [join(root, 'ran'), join(root, 'mended')];
  const wanted = { check: `: > ${ran}; [ -e ${mended} ]`, fix: `: > ${mended}` };
  t.match(await script(device, wanted, 'audit'), { state: 'drifted', code: '' });
  t.ok(existsSync(ran));
  t.notOk(existsSync(mended));
  rmSync(ran);
  const denials = [
    { kinds: ['policy.*'] },
    { kinds: ['script.run'] },
    { kinds: ['policy.script'], names: ['demo'] },
  ];
  for (const rule of denials) {
    device.denyRules = [{ ...rule, reason: 'mine' }];
    for (const mode of ['audit', undefined] as const)
      t.match(await script(device, wanted, mode), { state: 'error', code: 'E_LOCAL_DENY', reason: /mine/ });
    t.notOk(existsSync(ran), JSON.stringify(rule));
  }
  device.denyRules = [{ kinds: ['policy.script'], names: ['other'], reason: 'another' }];
  t.match(await script(device, wanted), { state: 'repaired' });
});

t.test('somebody who undoes it is told, and another text begins from nothing', async (t) => {
  const root = makeRoot(t);
  const device = await make(t, root);
  const at = join(root, 'a');
  const wanted = { check: `[ -e ${at} ]`, fix: `: > ${at}` };
  for (let day = 0; day < 3; day++) {
    t.match(await script(device, wanted), { state: 'repaired' });
    rmSync(at);
    device.nowMs += HOUR_MS;
  }
  t.match(await script(device, wanted), { state: 'drifted', code: 'E_FLAPPING' });
  const other = { ...wanted, fix: `${wanted.fix}\n#${'-'.repeat(8_000)}` };
  t.match(await script(device, other), { state: 'repaired' });
  t.equal(device.memory.get('script.demo')?.wish.length, 43, 'of a long wish the hash is remembered');
});

t.test('one runs at a time', async (t) => {
  const root = makeRoot(t);
  const place = { folder: root, disk: createDisk(root) };
  const text = `mkdir ${root}/only || exit 9\nsleep 0.2\nrmdir ${root}/only\n`;
  const one = { interpreter: '/bin/sh', options: [], text, timeoutMs: 60_000, onlyLooks: true };
  const asked = { cmdId: 'policy', deviceId: 'local', requester: 'policy', reason: 'a test' };
  const ends = await Promise.all([1, 2, 3].map(() => runScript(place, one, asked)));
  t.same(
    ends.map(({ exit }) => exit),
    [0, 0, 0],
  );
});

t.test('of a cycle that was killed nothing is left once the next begins', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  const root = makeRoot(t);
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  const [at, done] = [join(root, 'pids'), join(root, 'done')];
  const hang = `echo $$ >> ${at}; setsid ${LONG} & echo $! >> ${at}; wait; : > ${done}`;
  const file = join(stateDir, 'resolved.json');
  const args = [...program, 'policy', 'apply', file, '--json', '--state-dir', stateDir];
  args.push('--deny-dir', join(stateDir, 'deny.d'));
  const apply = () => {
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return (JSON.parse(stdout) as { items: { state: string; code: string }[] }).items[0];
  };
  const begin = async (wanted: object) => {
    rmSync(at, { force: true });
    writeFileSync(file, JSON.stringify([wish({ script: { name: 'hang', ...wanted } })]));
    const first = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = once(first, 'exit');
    await until(() => readPids(at).length === 2);
    first.kill('SIGKILL');
    await ended;
    t.notOk(await areGone(readPids(at)), 'it outlives who started it');
  };
  await begin({ check: hang });
  writeFileSync(file, JSON.stringify([]));
  spawnSync(process.execPath, args);
  t.ok(await areGone(readPids(at)), 'also where the rule has gone');
  await begin({ check: `[ -e ${done} ]`, fix: hang });
  t.match(apply(), { state: 'error', code: 'E_INTERRUPTED' }, 'a repair that was cut off has failed');
  t.ok(await areGone(readPids(at)));
  t.notOk(existsSync(done), 'and was not begun a second time');
});
