// Installs what tests need and npm cannot bring (dnf, rpmbuild, systemd-analyze), where that is possible, and says so.
//
// A test file says what it needs in a comment, `// @needs dnf rpmbuild`, and skips itself, naming the command, where the
// program is not there. Only root on Debian or Ubuntu installs; everybody else is told the command.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Program → the Debian package that brings it. */
const packageOf = {
  'apt-get': 'apt',
  chromium: 'chromium',
  createrepo_c: 'createrepo-c',
  dnf: 'dnf',
  'dpkg-deb': 'dpkg',
  'dpkg-scanpackages': 'dpkg-dev',
  rpm: 'rpm',
  rpmbuild: 'rpm',
  setpriv: 'util-linux',
  'systemd-analyze': 'systemd',
  unshare: 'util-linux',
  zypper: 'zypper',
};
const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
/** Longest time one call of apt-get may take, ms. */
const TIMEOUT_MS = 300_000;

function isThere(program) {
  return folders.some((folder) => existsSync(`${folder}/${program}`));
}

/** Programs that these compiled test files say they need. */
function listNeeds(files) {
  const needs = files.flatMap(({ path }) =>
    [...readFileSync(path, 'utf8').matchAll(/^\/\/ @needs (.+)$/gm)].flatMap(([, words]) =>
      words.trim().split(/\s+/),
    ),
  );
  const unknown = needs.filter((program) => packageOf[program] === undefined);
  if (unknown.length > 0)
    throw new Error(`@needs names ${unknown.join(', ')}, which no package is known for`);
  return [...new Set(needs)];
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: TIMEOUT_MS,
  });
  return status === 0;
}

/** Sees to it that the programs are there, as far as that is possible. Never fails: tests skip what is missing. */
export function installNeeds(files) {
  const missing = listNeeds(files).filter((program) => !isThere(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => packageOf[program]))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && isThere('apt-get');
  if (!canInstall) {
    console.log(
      `tests: ${missing.join(', ')} not found, so tests that need it are skipped; on Debian: sudo ${command}`,
    );
    return;
  }
  console.log(`tests: installing what some tests need: ${command}`);
  const [, ...args] = command.split(' ');
  // the lists of a fresh machine are empty or old
  if (!aptGet(...args) && !(aptGet('update') && aptGet(...args)))
    console.log(`tests: that failed, so tests that need ${missing.join(', ')} are skipped`);
}
