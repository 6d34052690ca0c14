// Proves the kinds of rule about accounts and groups with the real usermod in throw-away roots.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeRoot, plant } from '../kinds/testing/context.ts';
import { hasAll } from '../kinds/testing/repositories.ts';
import { makeDevice, type TestDevice, wish } from './testing/machine.ts';
import { proveRefusal, proveRepair } from './testing/prove.ts';

const PASSWD = [
  'root:x:0:0::/root:/bin/bash',
  'ann:x:1000:1000::/home/ann:/bin/bash',
  'ben:x:1001:1001::/home/ben:/bin/bash',
  'games:x:5:60::/usr/games:/bin/sh',
  'mail:x:8:8::/var/mail:/usr/sbin/nologin',
  'muster:x:990:990::/:/usr/sbin/nologin',
];
const SHADOW = [
  'root:$6$r$r:19000:0:99999:7:::',
  'ann:$6$a$b:19000:0:99999:7:::',
  'ben:$6$c$d:19000:0:99999:7:::',
  'games:*:19000:0:99999:7:::',
  'mail:*:19000:0:99999:7:::',
  'muster:!:19000::::::',
];
const GROUP = [
  'root:x:0:',
  'sudo:x:27:ann,ben',
  'adm:x:4:ann',
  'docker:x:998:ben,muster',
  'games:x:60:',
  'muster:x:990:ann',
  'ghosts:x:70:nobody-here',
];

function makeAccounts(t: Test): Promise<TestDevice> {
  const root = makeRoot(t, {
    'etc/passwd': `${PASSWD.join('\n')}\n`,
    'etc/group': `${GROUP.join('\n')}\n`,
    'usr/sbin/nologin': '#!/bin/false\n',
  });
  plant(root, 'etc/shadow', `${SHADOW.join('\n')}\n`, 0o600);
  return makeDevice(t, root);
}

const lineOf = ({ root }: TestDevice, file: string, name: string) =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`));

const skip = !(process.getuid?.() === 0 && hasAll(['usermod'])) && 'not root, or no usermod';

t.test('accounts: locked, unlocked and without a shell', { skip }, async (t) => {
  const device = await makeAccounts(t);
  await proveRepair(t, device, {
    written: { user: { name: 'ben', locked: true } },
    found: /^has a password, shell \/bin\/bash$/,
  });
  t.match(lineOf(device, 'etc/shadow', 'ben'), /^ben:!\$6\$c\$d:.*:1:$/, 'password and end');
  await proveRepair(t, device, {
    written: { user: { name: 'ben', locked: false } },
    found: /^no password fits, has ended, shell \/bin\/bash$/,
  });
  await proveRepair(t, device, {
    written: { user: { name: 'games', shell: 'none', locked: true } },
    found: /^no password fits, shell \/bin\/sh$/,
  });
  t.match(lineOf(device, 'etc/passwd', 'games'), /:\/usr\/sbin\/nologin$/);
  t.match(await device.one(wish({ user: { name: 'mail', locked: true, shell: 'none' } })), {
    state: 'compliant',
  });
  t.equal(device.programs.length, 0, 'files answer');
  t.match(await device.one(wish({ user: { name: 'ann', shell: '/bin/bash' } })), { state: 'compliant' });
  t.match(await device.one(wish({ user: { name: 'nobody-here', locked: true } })), {
    state: 'not-applicable',
  });
  const told = JSON.stringify(
    (await device.cycle(wish({ user: { name: 'ann', locked: true } }, 'audit'))).items,
  );
  t.notMatch(told, /\$6\$/, 'nothing of a password is told');
});

t.test('accounts that are found otherwise, and are not touched', { skip }, async (t) => {
  const device = await makeAccounts(t);
  const refused = (user: object, code: string) => proveRefusal(t, device, { written: { user }, code });
  await refused({ name: 'root', locked: true }, 'E_PROTECTED');
  await refused({ name: 'root', shell: 'none' }, 'E_PROTECTED');
  await refused({ name: 'muster', locked: false }, 'E_PROTECTED');
  await refused({ name: 'mail', shell: '/bin/bash' }, 'E_PROTECTED');
  await refused({ name: 'mail', locked: false }, 'E_UNSUPPORTED');
  await refused({ name: 'games', shell: '/bin/false' }, 'E_NOT_FOUND');
  device.denyRules = [{ kinds: ['user.lock'], names: ['ben'], reason: 'ben is on duty' }];
  await refused({ name: 'ben', shell: 'none' }, 'E_LOCAL_DENY');
  device.denyRules = [];
  t.match(await device.one(wish({ user: { name: 'ben', locked: true } })), { state: 'repaired' });
  await refused({ name: 'ann', locked: true }, 'E_PROTECTED');
  await refused({ name: 'ann', shell: 'none' }, 'E_PROTECTED');
});

t.test('groups: people are taken out, and nobody is put in', { skip }, async (t) => {
  const device = await makeAccounts(t);
  await proveRepair(t, device, {
    written: { group: { name: 'sudo', atMost: 'ann' } },
    found: /^ann, ben$/,
  });
  t.match(lineOf(device, 'etc/group', 'sudo'), /:ann$/);
  t.match(lineOf(device, 'etc/group', 'docker'), /:ben,muster$/, 'his other groups stay');
  await proveRepair(t, device, { written: { group: { name: 'adm', members: '' } }, found: /^ann$/ });
  t.match(await device.one(wish({ group: { name: 'sudo', members: 'ann' } })), { state: 'compliant' });
  t.match(await device.one(wish({ group: { name: 'sudo', atMost: 'ann carl' } })), { state: 'compliant' });
  t.match(await device.one(wish({ group: { name: 'wheel', members: '' } })), { state: 'not-applicable' });
  const refused = (group: object, code: string) => proveRefusal(t, device, { written: { group }, code });
  await refused({ name: 'sudo', members: '' }, 'E_PROTECTED');
  await refused({ name: 'sudo', members: 'ann ben' }, 'E_PROTECTED');
  await refused({ name: 'muster', members: '' }, 'E_PROTECTED');
  await refused({ name: 'docker', members: 'ben' }, 'E_PROTECTED');
  await refused({ name: 'games', members: '' }, 'E_UNSUPPORTED');
  await refused({ name: 'ghosts', members: '' }, 'E_NOT_FOUND');
  device.denyRules = [{ kinds: ['policy.group'], reason: 'groups are ours' }];
  await refused({ name: 'docker', atMost: 'muster' }, 'E_LOCAL_DENY');
});
