// Documents of policies: what the example says, every fault with its place, and that nothing makes the check throw.
import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import {
  checkPolicies,
  checkPolicy,
  describeWanted,
  isRuleKind,
  MAX_POLICIES,
  MAX_RULES,
  normalizeItem,
  type Policy,
  type PolicyFault,
  policySchema,
  type RuleKindName,
  ruleKindNames,
  ruleKinds,
  type Wanted,
} from './index.ts';
import { formatWanted } from './rule-kind.ts';
import { certificateRule } from './rules/certificate.ts';
import { fileRule } from './rules/file.ts';
import { groupRule } from './rules/group.ts';
import { kernelModuleRule } from './rules/kernel-module.ts';
import { lineRule } from './rules/line.ts';
import { mountOptionRule } from './rules/mount-option.ts';
import { packageRule } from './rules/package.ts';
import { scriptRule } from './rules/script.ts';
import { serviceRule } from './rules/service.ts';
import { findSshOption, sshOptionNames } from './rules/ssh/options.ts';
import { sshRule } from './rules/ssh.ts';
import { sysctlRule } from './rules/sysctl.ts';
import { userRule } from './rules/user.ts';

const rule = {
  id: 'no-root',
  title: 'Root does not sign in',
  ssh: { option: 'PermitRootLogin', value: 'no' },
};
const good = { policy: 'ssh-baseline', title: 'Remote shells', owner: 'security@example.com', rules: [rule] };
/** The example of docs/architecture/policies.md. */
const example = {
  policy: 'ssh-baseline',
  title: 'Remote shells of servers',
  owner: 'security@example.com',
  mode: 'enforce',
  priority: 100,
  on: 'label("role") == "server"',
  except: 'hostname == "bastion"',
  rules: [
    {
      id: 'no-root',
      title: 'Root does not sign in over SSH',
      why: 'Whoever guesses one password would own the machine, and nobody would know who it was.',
      severity: 'high',
      references: ['CIS Debian 12 5.1.20'],
      remediation: 'Set PermitRootLogin to no and reload sshd.',
      when: 'os.family == "debian"',
      mode: 'audit',
      override: true,
      ssh: { option: 'PermitRootLogin', value: 'no' },
    },
  ],
};

function faultsOf(value: unknown): readonly PolicyFault[] {
  const checked = checkPolicy(value);
  return 'faults' in checked ? checked.faults : [];
}

function policyOf(value: unknown): Policy {
  const checked = checkPolicy(value);
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

/** `rules.0.ssh.value: sentence`, as short to read as to write. */
function show({ path, message, offset }: PolicyFault): string {
  return `${path.join('.')}${offset === undefined ? '' : `@${offset}`}: ${message}`;
}

/** The example with one rule of a kind. */
const withWanted = (kind: string, wanted: unknown, change: object = {}) => ({
  ...good,
  rules: [{ id: 'a', title: 'A', [kind]: wanted, ...change }],
});

t.test('a policy is read with its defaults, and everything in its one spelling', async (t) => {
  const { rules, ...head } = example;
  const { policy: name, ...rest } = head;
  t.same(policyOf(example), {
    ...{ ...rest, name, windows: [], missed: 'next-window', freezes: [], exceptions: [] },
    rules: rules.map(({ ssh, ...words }) => ({
      ...words,
      ...{ kind: 'ssh', wanted: ssh, item: 'ssh.PermitRootLogin' },
    })),
  });
  const [short] = policyOf(good).rules;
  t.same(policyOf({ ...good, rules: [{ ...rule, ssh: { option: 'permitrootlogin', value: ' NO ' } }] }), {
    ...{ name: 'ssh-baseline', title: good.title, owner: good.owner },
    ...{ mode: 'audit', priority: 100, on: 'true', except: 'false', rules: [short] },
    ...{ windows: [], missed: 'next-window', freezes: [], exceptions: [] },
  });
  t.same(short, {
    ...{ id: 'no-root', title: rule.title, why: '', severity: 'medium', references: [], remediation: '' },
    ...{ when: 'true', mode: 'audit', override: false, kind: 'ssh', wanted: rule.ssh },
    item: 'ssh.PermitRootLogin',
  });
  t.equal(
    policyOf({ ...good, mode: 'enforce' }).rules[0]?.mode,
    'enforce',
    'a rule enforces as its policy does',
  );
});

/** What is wrong, and where; the words of a sentence that matter. */
const faulty: readonly (readonly [says: string, value: unknown, faults: readonly RegExp[]])[] = [
  ['no document', null, [/^: Write keys with their values here\.$/]],
  ['a list', [], [/^: Write keys with their values here\.$/]],
  ['nothing in it', {}, [/^policy: Add the key/, /^title: Add/, /^owner: Add/, /^rules: Add/]],
  ['an unknown key', { ...good, priorty: 1 }, [/^priorty: .*"priorty" here; perhaps "priority" is meant\.$/]],
  ['a key like nothing', { ...good, xyz: 1 }, [/^xyz: There is no key "xyz" here\.$/]],
  ['a wrong type', { ...good, title: 4 }, [/^title: Write it as text, in quotes: "4"\.$/]],
  ['a name with capitals', { ...good, policy: 'SSH' }, [/^policy: Write a name of a-z/]],
  ['a title of two lines', { ...good, title: 'a\nb' }, [/^title: Write it on one line/]],
  ['an empty owner', { ...good, owner: '' }, [/^owner: Write something/]],
  ['a long title', { ...good, title: 'x'.repeat(257) }, [/^title: Write at most 256 characters/]],
  [
    'an unknown mode',
    { ...good, mode: 'enforced' },
    [/^mode: Write one of audit, enforce; perhaps "enforce"/],
  ],
  ['a priority beyond the end', { ...good, priority: 1001 }, [/^priority: Write a number from 0 to 1000/]],
  ['a priority below', { ...good, priority: -1 }, [/^priority: Write a number from 0 to 1000/]],
  ['half a priority', { ...good, priority: 1.5 }, [/^priority: Write a whole number/]],
  ['no rule', { ...good, rules: [] }, [/^rules: Add at least one/]],
  ['rules that are no list', { ...good, rules: { a: 1 } }, [/^rules: Write a list/]],
  [
    'too many rules, which are not looked at',
    { ...good, rules: Array(MAX_RULES + 1).fill(0) },
    [/^rules: This list has 1001 entries; it may have at most 1000/],
  ],
  ['a rule that is a text', { ...good, rules: ['no-root'] }, [/^rules\.0: Write keys/]],
  [
    'an empty rule',
    { ...good, rules: [rule, {}] },
    [/^rules\.1\.id: Add/, /^rules\.1\.title: Add/, /^rules\.1: Say what is wanted.*package, service, file/],
  ],
  [
    'an unknown kind',
    withWanted('pakage', {}),
    [/^rules\.0\.pakage: .*"package"/, /^rules\.0: Say what is wanted/],
  ],
  [
    'two kinds',
    { ...good, rules: [{ ...rule, sysctl: { key: 'a.b', value: '1' } }] },
    [/^rules\.0\.ssh: A rule has one kind; move "ssh"/],
  ],
  [
    'an unknown key in a kind',
    withWanted('ssh', { option: 'Port', vlaue: '22' }),
    [/^rules\.0\.ssh\.value: Add the key "value"/, /^rules\.0\.ssh\.vlaue: .*"value" is meant/],
  ],
  [
    'an unknown severity',
    { ...good, rules: [{ ...rule, severity: 'hgh' }] },
    [/^rules\.0\.severity: .*"high"/],
  ],
  [
    'references that are a text',
    { ...good, rules: [{ ...rule, references: 'CIS' }] },
    [/^rules\.0\.references: .*list/],
  ],
  [
    'a reference of a number',
    { ...good, rules: [{ ...rule, references: ['x', 5] }] },
    [/^rules\.0\.references\.1: .*"5"/],
  ],
  [
    'a rule that enforces where the policy only looks',
    { ...good, rules: [{ ...rule, mode: 'enforce' }] },
    [/^rules\.0\.mode: The policy only looks/],
  ],
  [
    'override of a text',
    { ...good, rules: [{ ...rule, override: 'yes' }] },
    [/^rules\.0\.override: Write true or false/],
  ],
  ['an expression', { ...good, on: 'os.famly == "debian"' }, [/^on@0: There is no fact "os.famly"; perhaps/]],
  [
    'an expression, further on',
    { ...good, except: 'virtual &&\n"😀" = os.name' },
    [/^except@16: .*compare with ==/],
  ],
  ['an empty expression', { ...good, on: '' }, [/^on@0: The expression is empty/]],
  ['an expression that is none', { ...good, on: true }, [/^on: Write it as text, in quotes: "true"/]],
  [
    'a condition that no device could judge',
    { ...good, rules: [{ ...rule, when: 'virtual && label("a") == "b"' }] },
    [/^rules\.0\.when@11: A device cannot judge "label"/],
  ],
  [
    'two rules of an id, and the same item twice in other words',
    {
      ...good,
      rules: [
        { ...rule, when: 'virtual' },
        { ...rule, when: '(virtual)', ssh: { option: 'permitrootlogin', value: 'yes' } },
        { ...rule, id: 'other' },
      ],
    },
    [/^rules\.1\.id: Rule 1 has the id "no-root" too/, /^rules\.1: Rule 1 is about the same thing/],
  ],
  ['what cannot be seen', { ...good, title: 'a\u202eb' }, [/^title@1: Remove the character U\+202E/]],
  [
    'the same in a rule',
    { ...good, rules: [{ ...rule, why: 'no-\u200bbreak' }] },
    [/^rules\.0\.why@3: .*U\+200B/],
  ],
  [
    'the same in what is wanted',
    withWanted('ssh', { option: 'Banner', value: 'a\u00a0b' }),
    [/^rules\.0\.ssh\.value@1: /],
  ],
  ['what is inherited', Object.create(good), [/^policy: Add/, /^title: Add/, /^owner: Add/, /^rules: Add/]],
  // One line a kind and rule of it
  [
    'package: a version of another state',
    withWanted('package', { name: 'a', state: 'held', version: '1' }),
    [/^rules\.0\.package\.version: A version goes only with "installed"/],
  ],
  [
    'package: an option for a name',
    withWanted('package', { name: '-y', state: 'absent' }),
    [/^rules\.0\.package\.name: /],
  ],
  [
    'package: no state',
    withWanted('package', { name: 'a' }),
    [/^rules\.0\.package\.state: Add the key "state"/],
  ],
  ['package: a text', withWanted('package', 'openssl'), [/^rules\.0\.package: Write keys/]],
  ['service: nothing wanted', withWanted('service', { name: 'a' }), [/^rules\.0\.service: Say "running"/]],
  [
    'service: yes',
    withWanted('service', { name: 'a', running: 'yes' }),
    [/^rules\.0\.service\.running: Write true or false/],
  ],
  ['file: nothing wanted', withWanted('file', { path: '/a' }), [/^rules\.0\.file: Say "mode"/]],
  [
    'file: absent with a mode',
    withWanted('file', { path: '/a', state: 'absent', mode: '0600', owner: 'root' }),
    [/^rules\.0\.file\.mode: A file that is absent/, /^rules\.0\.file\.owner: /],
  ],
  [
    'file: two spellings',
    withWanted('file', { path: '/etc/../b//', mode: '0600' }),
    [/^rules\.0\.file\.path: .*perhaps "\/b" is meant/],
  ],
  [
    'file: a relative path',
    withWanted('file', { path: 'etc', mode: '0600' }),
    [/^rules\.0\.file\.path: Write an absolute path/],
  ],
  [
    'file: a number for a mode',
    withWanted('file', { path: '/a', mode: 644 }),
    [/^rules\.0\.file\.mode: .*in quotes/],
  ],
  [
    'sysctl: no key',
    withWanted('sysctl', { key: 'a..b', value: '1' }),
    [/^rules\.0\.sysctl\.key: Write the key as sysctl has it/],
  ],
  ['sysctl: a number', withWanted('sysctl', { key: 'a.b', value: 0 }), [/^rules\.0\.sysctl\.value: .*"0"/]],
  [
    'ssh: an option that is none',
    withWanted('ssh', { option: 'PermitRotLogin', value: 'no' }),
    [/^rules\.0\.ssh\.option: .*perhaps "PermitRootLogin" is meant/],
  ],
  [
    'ssh: neither yes nor no',
    withWanted('ssh', { option: 'usepam', value: 'on' }),
    [/^rules\.0\.ssh\.value: UsePAM is "yes" or "no"/],
  ],
  [
    'ssh: a block',
    withWanted('ssh', { option: 'Match', value: 'all' }),
    [/^rules\.0\.ssh\.option: sshd has no option "Match"/],
  ],
  [
    'ssh: a blank',
    withWanted('ssh', { option: 'Port', value: ' ' }),
    [/^rules\.0\.ssh\.value: Write the value/],
  ],
  [
    'kernel-module: a path',
    withWanted('kernel-module', { name: '../a', state: 'absent' }),
    [/^rules\.0\.kernel-module\.name: /],
  ],
  ['user: nothing wanted', withWanted('user', { name: 'ann' }), [/^rules\.0\.user: Say "locked"/]],
  [
    'user: an option, and no path',
    withWanted('user', { name: '-r', shell: 'bash' }),
    [/^rules\.0\.user\.name: /, /^rules\.0\.user\.shell: /],
  ],
  ['group: nothing wanted', withWanted('group', { name: 'sudo' }), [/^rules\.0\.group: Say either/]],
  [
    'group: two things wanted',
    withWanted('group', { name: 'sudo', members: 'ann', atMost: 'ann ben' }),
    [/^rules\.0\.group: Say either/],
  ],
  [
    'group: a comma',
    withWanted('group', { name: 'sudo', members: 'ann,ben' }),
    [/^rules\.0\.group\.members: Write names/],
  ],
  [
    'mount-option: another option, and a way up',
    withWanted('mount-option', { path: '/tmp', options: 'nodev,ro' }),
    [/^rules\.0\.mount-option\.options: /],
  ],
  [
    'mount-option: a way up',
    withWanted('mount-option', { path: '/tmp/..', options: 'nodev' }),
    [/^rules\.0\.mount-option\.path: .*perhaps "\/" is meant/],
  ],
  ['line: two lines', withWanted('line', { path: '/etc/x', line: 'a\nb' }), [/^rules\.0\.line\.line: /]],
  ['line: nothing', withWanted('line', { path: '/etc/x', line: ' ' }), [/^rules\.0\.line\.line: /]],
  [
    'line: of another word',
    withWanted('line', { path: '/etc/x', line: 'UMASKS 027', key: 'UMASK' }),
    [/^rules\.0\.line\.key: .*"UMASK"/],
  ],
  [
    'certificate: no number',
    withWanted('certificate', { path: '/etc/x.pem', daysLeft: '30' }),
    [/^rules\.0\.certificate\.daysLeft: /],
  ],
  [
    'script: no check, and a shell of its own',
    withWanted('script', { name: 'a', interpreter: '/tmp/sh', fix: 'x' }),
    [/^rules\.0\.script\.check: Add the key "check"/, /^rules\.0\.script\.interpreter: /],
  ],
  [
    'script: nothing in it, bounds, a path for a name',
    withWanted('script', { name: '../a', check: ' \n', timeoutSeconds: 201, driftedExit: 0 }),
    [
      /^rules\.0\.script\.name: Write a name/,
      /^rules\.0\.script\.check: Write the program/,
      /^rules\.0\.script\.timeoutSeconds: /,
      /^rules\.0\.script\.driftedExit: /,
    ],
  ],
  [
    'script: more bytes than characters',
    withWanted('script', { name: 'a', check: 'x', fix: 'ü'.repeat(8_193) }),
    [/^rules\.0\.script\.fix: The program has 16386 bytes, and 16 KiB are the most; shorten it\.$/],
  ],
  [
    'script: too many characters',
    withWanted('script', { name: 'a', check: 'x'.repeat(16_385) }),
    [/^rules\.0\.script\.check: /],
  ],
  [
    'script: what turns the direction of writing',
    withWanted('script', { name: 'a', check: 'exit 0\n# \u202e x' }),
    [/^rules\.0\.script\.check@9: Remove the character U\+202E/],
  ],
];

t.test('every fault is told with its place, and none hides another', async (t) => {
  t.same(faultsOf(good), []);
  for (const [says, value, wanted] of faulty) {
    const faults = faultsOf(value).map(show);
    t.equal(faults.length, wanted.length, `${says}: ${faults.join(' | ')}`);
    for (const pattern of wanted)
      t.ok(
        faults.some((fault) => pattern.test(fault)),
        `${says}: ${pattern} in ${faults}`,
      );
    for (const { message } of faultsOf(value))
      t.match(message, /^[^\n]+\.$/, 'one line that ends in a full stop');
  }
  // All at once: two documents' worth of faults in one
  const all = {
    ...good,
    mode: 'x',
    on: '=',
    rules: [{ ...rule, id: 'No' }, 7, { ...rule, ssh: { option: 'Port' } }],
  };
  t.same(
    faultsOf(all)
      .map(({ path }) => path.join('.'))
      .toSorted(),
    ['mode', 'on', 'rules.0.id', 'rules.1', 'rules.2.ssh.value'],
  );
});

t.test('two files of a name, and more than may be, are told', async (t) => {
  t.same(checkPolicies([{ name: 'a' }, { name: 'b' }]), []);
  t.match(checkPolicies([{ name: 'a' }, { name: 'b' }, { name: 'a' }, { name: 'a' }]), [
    { path: [2, 'policy'], message: /"a"/ },
    { path: [3, 'policy'] },
  ]);
  const many = Array.from({ length: MAX_POLICIES + 1 }, (_, at) => ({ name: `p${at}` }));
  t.match(checkPolicies(many), [{ path: [MAX_POLICIES], message: /more than 1000 policies/ }]);
  t.equal(checkPolicies(many).length, 1);
});

/** Kind, what is written, the item, the clause for people, and other spellings of the same. */
const spellings: readonly (readonly [RuleKindName, object, string, string, readonly object[]])[] = [
  [
    'package',
    { name: 'openssl', state: 'installed', version: '3.0.14-1' },
    'package.openssl',
    'openssl is installed in version 3.0.14-1',
    [],
  ],
  ['package', { name: 'telnetd', state: 'absent' }, 'package.telnetd', 'telnetd is not installed', []],
  ['package', { name: 'curl', state: 'latest' }, 'package.curl', 'curl is the latest that is offered', []],
  ['package', { name: 'curl', state: 'held' }, 'package.curl', 'curl is held at its version', []],
  [
    'service',
    { name: 'nginx', running: true, enabled: false },
    'service.nginx.service',
    'nginx.service runs and does not start with the machine',
    [{ enabled: false, name: 'nginx.service', running: true }],
  ],
  [
    'service',
    { name: 'php8.2-fpm', enabled: true },
    'service.php8.2-fpm.service',
    'php8.2-fpm.service starts with the machine',
    [{ name: 'php8.2-fpm.service', enabled: true }],
  ],
  ['service', { name: 'cups.socket', running: false }, 'service.cups.socket', 'cups.socket does not run', []],
  [
    'file',
    { path: '/etc/shadow', mode: '640', owner: 'root', group: 'shadow' },
    'file./etc/shadow',
    '/etc/shadow has mode 0640, owner root and group shadow',
    [{ path: '/etc/shadow', state: 'present', group: 'shadow', owner: 'root', mode: '0640' }],
  ],
  [
    'file',
    { path: '/etc/hosts.equiv', state: 'absent' },
    'file./etc/hosts.equiv',
    '/etc/hosts.equiv is not there',
    [],
  ],
  [
    'sysctl',
    { key: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456' },
    'sysctl.net.ipv4.tcp_rmem',
    'net.ipv4.tcp_rmem is 4096 131072 6291456',
    [{ key: 'net/ipv4/tcp_rmem', value: ' 4096\t131072\t6291456 ' }],
  ],
  [
    'sysctl',
    { key: 'net/ipv4/conf/eth0.7/forwarding', value: '0' },
    'sysctl.net.ipv4.conf.eth0/7.forwarding',
    'net.ipv4.conf.eth0/7.forwarding is 0',
    [{ key: 'net.ipv4.conf.eth0/7.forwarding', value: '0' }],
  ],
  [
    'ssh',
    { option: 'PermitRootLogin', value: 'prohibit-password' },
    'ssh.PermitRootLogin',
    'PermitRootLogin is prohibit-password',
    [{ option: 'PERMITROOTLOGIN', value: 'Without-Password' }],
  ],
  [
    'ssh',
    { option: 'AllowTcpForwarding', value: 'yes' },
    'ssh.AllowTcpForwarding',
    'AllowTcpForwarding is yes',
    [{ option: 'AllowTcpForwarding', value: 'all' }],
  ],
  [
    'ssh',
    { option: 'Compression', value: 'yes' },
    'ssh.Compression',
    'Compression is yes',
    [{ option: 'Compression', value: 'delayed' }],
  ],
  [
    'ssh',
    { option: 'LogLevel', value: 'DEBUG' },
    'ssh.LogLevel',
    'LogLevel is debug',
    [{ option: 'LogLevel', value: 'DEBUG1' }],
  ],
  [
    'ssh',
    { option: 'LoginGraceTime', value: '90' },
    'ssh.LoginGraceTime',
    'LoginGraceTime is 90',
    [
      { option: 'logingracetime', value: '1m30s' },
      { option: 'LoginGraceTime', value: '1M30' },
    ],
  ],
  [
    'ssh',
    { option: 'ChallengeResponseAuthentication', value: 'no' },
    'ssh.KbdInteractiveAuthentication',
    'KbdInteractiveAuthentication is no',
    [{ option: 'kbdinteractiveauthentication', value: 'NO' }],
  ],
  [
    'ssh',
    { option: 'AllowUsers', value: 'Eve  bob' },
    'ssh.AllowUsers',
    'AllowUsers is Eve bob',
    [{ option: 'AllowUsers', value: 'Eve bob' }],
  ],
  [
    'kernel-module',
    { name: 'usb-storage', state: 'absent' },
    'kernel-module.usb_storage',
    'usb_storage is not loaded',
    [{ state: 'absent', name: 'usb_storage' }],
  ],
  [
    'user',
    { name: 'games', locked: true, shell: 'none' },
    'user.games',
    'games is locked and has no shell to sign in with',
    [{ shell: 'none', name: 'games', locked: true }],
  ],
  ['user', { name: 'root', shell: '/bin/bash' }, 'user.root', 'root has the shell /bin/bash', []],
  [
    'group',
    { name: 'sudo', atMost: 'ben ann' },
    'group.sudo',
    'sudo has nobody but ann ben',
    [{ name: 'sudo', atMost: 'ann ben ann' }],
  ],
  ['group', { name: 'shadow', members: '' }, 'group.shadow', 'shadow has no members', []],
  ['group', { name: 'adm', members: 'ann' }, 'group.adm', 'adm has exactly ann', []],
  [
    'mount-option',
    { path: '/dev/shm', options: 'nosuid nodev' },
    'mount-option./dev/shm',
    '/dev/shm is mounted with nodev, nosuid',
    [{ path: '/dev/shm', options: 'nodev nosuid nodev' }],
  ],
  [
    'line',
    { path: '/etc/login.defs', line: 'UMASK\t\t027', key: 'UMASK' },
    'line./etc/login.defs:UMASK',
    '/etc/login.defs has the line UMASK 027',
    [{ path: '/etc/login.defs', line: ' UMASK 027 ', key: 'UMASK' }],
  ],
  [
    'line',
    { path: '/etc/x.conf', line: 'minlen = 14' },
    'line./etc/x.conf:minlen=14',
    '/etc/x.conf has the line minlen=14',
    [{ path: '/etc/x.conf', line: 'minlen= 14' }],
  ],
  [
    'certificate',
    { path: '/etc/ssl/web.pem', daysLeft: 30 },
    'certificate./etc/ssl/web.pem',
    '/etc/ssl/web.pem is good for 30 days or more',
    [],
  ],
  [
    'script',
    { name: 'web-root', check: 'exit 0\n' },
    'script.web-root',
    'web-root passes its check',
    [
      {
        ...{ check: 'exit 0', name: 'web-root', driftedExit: 1 },
        ...{ interpreter: '/bin/sh', timeoutSeconds: 60 },
      },
    ],
  ],
  [
    'script',
    { name: 'web-root', check: ' exit 0', fix: 'x' },
    'script.web-root',
    'web-root passes its check',
    [{ name: 'web-root', check: ' exit 0\n\n', fix: 'x\n' }],
  ],
];

t.test('kinds: one item and one wish for all spellings, and a clause for people', async (t) => {
  for (const [kind, written, item, says, others] of spellings) {
    const [first] = policyOf(withWanted(kind, written)).rules;
    if (first === undefined) throw new Error(says);
    t.equal(first.item, item);
    t.equal(describeWanted(first), says);
    t.equal(ruleKinds[kind].item(written), item, 'the item of what was written is that of what is wanted');
    t.same(ruleKinds[kind].normalize(first.wanted), first.wanted, 'normalizing twice changes nothing');
    for (const other of others) {
      const [same] = policyOf(withWanted(kind, other)).rules;
      t.equal(same?.item, item, JSON.stringify(other));
      t.equal(
        same && formatWanted(same.wanted),
        formatWanted(first.wanted),
        `${JSON.stringify(other)} is ${says}`,
      );
    }
  }
  const wishes = spellings.map(([kind, written]) =>
    formatWanted(ruleKinds[kind].normalize(written) as Wanted),
  );
  t.equal(new Set(wishes).size, wishes.length, 'different wishes are different');
  // Case counts where sshd lets it count
  const banner = (value: string) => formatWanted(sshRule.normalize({ option: 'Banner', value }));
  t.not(banner('/A'), banner('/a'));
  t.same(
    [
      'ssh.permitrootlogin',
      'service.nginx',
      'file./etc//x',
      'sysctl.a/b',
      'ssh',
      'ssh.',
      'disk.x',
      'constructor.x',
      'line./etc/a//b:c = d = e:f',
    ].map(normalizeItem),
    [
      ...['ssh.PermitRootLogin', 'service.nginx.service', 'file./etc/x', 'sysctl.a.b'],
      ...[null, null, null, null, 'line./etc/a/b:c=d = e:f'],
    ],
  );
  // Each kind is reached by its name, and its key is one that must be there
  const listed = {
    package: packageRule,
    service: serviceRule,
    file: fileRule,
    sysctl: sysctlRule,
    ssh: sshRule,
    'kernel-module': kernelModuleRule,
    user: userRule,
    group: groupRule,
    'mount-option': mountOptionRule,
    line: lineRule,
    certificate: certificateRule,
    script: scriptRule,
  };
  t.same(ruleKindNames, Object.keys(listed));
  t.ok(ruleKindNames.every(isRuleKind));
  for (const [kind, found] of Object.entries(listed)) {
    t.equal(isRuleKind(kind) && ruleKinds[kind], found, kind);
    t.match(
      found.schema,
      { required: new RegExp(found.key), properties: { [found.key]: { type: 'string' } } },
      kind,
    );
  }
});

t.test('sshd has each of its options once', async (t) => {
  t.equal(new Set(sshOptionNames.map((name) => name.toLowerCase())).size, sshOptionNames.length);
  for (const name of sshOptionNames) t.equal(findSshOption(name.toUpperCase())?.name, name);
  t.equal(findSshOption('KeepAlive')?.name, 'TCPKeepAlive', 'an older name is the newer');
});

t.test(
  'the schema for editors is JSON Schema 2020-12, describes every key, and lets the example pass',
  async (t) => {
    const ajv = new Ajv2020.default({ strict: false, unicodeRegExp: true });
    t.ok(ajv.validateSchema(policySchema), 'it is a schema');
    const fits = ajv.compile(JSON.parse(JSON.stringify(policySchema)));
    t.ok(fits(example), JSON.stringify(fits.errors));
    for (const [kind, written] of spellings)
      t.ok(fits(withWanted(kind, written)), JSON.stringify(fits.errors));
    t.notOk(fits({ ...good, rules: [{ ...rule, sysctl: { key: 'a.b', value: '1' } }] }), 'two kinds');
    t.notOk(fits({ ...good, rules: [{ id: 'a', title: 'A' }] }), 'no kind');
    t.notOk(fits({ ...good, x: 1 }), 'an unknown key');
    const bare: string[] = [];
    JSON.stringify(policySchema, (key, value) => {
      if (key === 'properties')
        for (const [name, field] of Object.entries<{ description?: string }>(value))
          if (!/^[A-Za-z].*\.$/.test(field.description ?? '')) bare.push(name);
      return value;
    });
    t.same(bare, [], 'each key says what it is for');
  },
);

/** Values near to a policy: keys that are known, with anything under them. */
const keyName = fc.constantFrom(
  ...[
    'policy',
    'title',
    'owner',
    'mode',
    'priority',
    'on',
    'except',
    'rules',
    'id',
    'why',
    'when',
    'references',
  ],
  ...[...ruleKindNames, 'name', 'state', 'value', 'option', 'path', 'key', '__proto__', 'constructor', 'x'],
);
/** The unit `binary` of fast-check takes more than a second to make; these are the characters that matter. */
const characters = fc.constantFrom(
  'a',
  'Z',
  '0',
  ' ',
  '-',
  '/',
  '"',
  '\n',
  '\t',
  '\0',
  '\u202e',
  '\u00a0',
  '😀',
  '\ud800',
);
const leaf = fc.oneof(
  fc.array(characters, { maxLength: 20 }).map((all) => all.join('')),
  fc.constantFrom(
    'a',
    'audit',
    'enforce',
    'virtual',
    '/a',
    'absent',
    '0',
    'yes',
    'PermitRootLogin',
    'label("a")',
    '=',
  ),
  fc.constantFrom<unknown>(true, null, 1, -1, Number.NaN, [], {}, undefined),
);
const { near } = fc.letrec<{ near: unknown }>((tie) => ({
  near: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('near'), { maxLength: 4 }),
    fc.array(fc.tuple(keyName, tie('near')), { maxLength: 6 }).map((pairs) => {
      const made: Record<string, unknown> = {};
      for (const [key, value] of pairs)
        Object.defineProperty(made, key, { value, enumerable: true, configurable: true });
      return made;
    }),
  ),
}));
/** A policy that is right but for one thing. */
const nearly = fc
  .tuple(keyName, near, fc.boolean())
  .map(([key, value, inRule]) =>
    inRule ? { ...example, rules: [{ ...example.rules[0], [key]: value }] } : { ...example, [key]: value },
  );

/** Policies with nothing wrong. */
const right = fc
  .record(
    {
      mode: fc.constantFrom('audit', 'enforce'),
      priority: fc.nat({ max: 1_000 }),
      on: fc.constantFrom('virtual', 'label("a") == "b"'),
      except: fc.constantFrom('false', 'cpu.count > 4'),
    },
    { requiredKeys: [] },
  )
  .chain((head) =>
    fc.uniqueArray(fc.constantFrom(...spellings), { selector: ([, , item]) => item }).map((kinds) => ({
      ...{ ...good, ...head },
      rules: [
        rule,
        ...kinds.map(([kind, written], at) => ({
          id: `r${at}`,
          title: 'R',
          when: `cpu.count > ${at}`,
          [kind]: written,
        })),
      ],
    })),
  );

t.test('whatever a document says, checking it ends, throws nothing, and says something of use', async (t) => {
  const counts = { right: 0, wrong: 0 };
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.anything(), near, nearly, right), (value) => {
      const checked = checkPolicy(value);
      if ('policy' in checked) {
        counts.right++;
        const { policy } = checked;
        // What was read can be written again: it has no hidden other form
        const again = policyOf({
          ...(({ name, rules, ...rest }) => ({ ...rest, policy: name }))(policy),
          rules: policy.rules.map(({ kind, wanted, item, ...rest }) => ({ ...rest, [kind]: wanted })),
        });
        return JSON.stringify(again) === JSON.stringify(policy);
      }
      counts.wrong++;
      return checked.faults.length > 0 && checked.faults.every(({ message }) => /^[^\n]+\.$/.test(message));
    }),
    { numRuns: 1_200 },
  );
  t.ok(counts.right > 100 && counts.wrong > 400, JSON.stringify(counts));
});

t.test('a mebibyte of anything is checked, and costs no more than its size allows', async (t) => {
  const long = 'a'.repeat(1_000_000);
  const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`key${at}`, 1]));
  t.equal(faultsOf({ ...good, ...keys }).length, 20_000, 'each is told');
  // Patterns that look twice at a text would take hours here
  for (const value of [
    `${long}\u0001`,
    `/${long}/..`,
    `${long.replaceAll('a', 'a.')}\n`,
    `${'1s'.repeat(500_000)}x`,
  ])
    for (const kind of ruleKindNames)
      t.ok(
        faultsOf(withWanted(kind, { [ruleKinds[kind].key]: value, value, owner: value })).length > 0,
        kind,
      );
  t.ok(faultsOf({ ...good, policy: long, on: long, title: long }).length === 3);
});
