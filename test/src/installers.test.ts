// The shipped service units: their exposure as systemd scores it, and that core and executor stay apart.
// @needs systemd-analyze
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findProgram, runProgram } from './support/processes.ts';
import { readUnit } from './support/separation.ts';

const folder = fileURLToPath(new URL('../../installers/linux/', import.meta.url));
/** Exposure that a unit may have; a unit without any hardening scores 9.6. */
const MOST_EXPOSED = 2.0;

const analyze = findProgram('systemd-analyze');
const skip = analyze === null ? 'systemd-analyze is not here: apt-get install -y systemd' : false;

for (const unit of ['muster-agent.service', 'muster-executor.service']) {
  t.test(`${unit} is hardened`, { skip }, async (t) => {
    const said = await runProgram(t, [analyze ?? '', 'security', '--offline=true', `${folder}${unit}`]);
    const score = Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(said)?.[1]);
    t.ok(score <= MOST_EXPOSED, `exposure ${score}, at most ${MOST_EXPOSED}`);
  });
}

t.test('the core has the network and no power, the executor the power and no network', (t) => {
  const core = readUnit('muster-agent.service');
  const executor = readUnit('muster-executor.service');
  t.equal(core.get('User'), 'muster');
  t.equal(core.get('CapabilityBoundingSet'), '');
  t.equal(executor.get('PrivateNetwork'), 'yes');
  t.equal(executor.get('RestrictAddressFamilies'), 'AF_UNIX');
  for (const unit of [core, executor]) {
    t.equal(unit.get('NoNewPrivileges'), 'yes');
    t.equal(unit.get('ProtectSystem'), 'strict');
  }
  const folders = [core, executor].map((unit) => unit.get('StateDirectory'));
  t.equal(new Set(folders).size, 2, 'each has a folder of its own');
  const socket = readUnit('muster-executor.socket');
  t.equal(socket.get('SocketMode'), '0660');
  t.equal(socket.get('SocketGroup'), 'muster');
  const [ofCore, ofExecutor] = [core, executor].map((unit) => unit.get('ExecStart') ?? '');
  const [coreFolder, executorFolder] = folders.map((name) => `/var/lib/${name}`);
  t.match(ofCore, ` --state-dir ${coreFolder} `);
  t.match(ofCore, ` --executor service --executor-socket ${socket.get('ListenStream')}`);
  t.match(ofExecutor, ` serve --state-dir ${coreFolder} --executor-dir ${executorFolder}`);
  t.match(core.get('ConditionPathExists'), `${coreFolder}/enrollment.json`);
  t.end();
});
