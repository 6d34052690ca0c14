// The pack of policies: each rule on a real root of its family, its bad state found, repaired, found good, and left alone by a second cycle.
// @needs apt-get dpkg-deb dpkg-scanpackages dnf rpm rpmbuild createrepo_c
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  addDnf,
  hasAll,
  makeAptRoot,
  makeDevice,
  makeRoot,
  makeRpmRepository,
  plant,
  proveRefusal,
  proveRepair,
  type TestDevice,
} from '@muster/agent/executor';
import { MAX_DOCUMENT_BYTES } from '@muster/protocol';
import { formatPolicy, type ResolvedItem, type RuleKindName } from '@muster/protocol/policy';
import t, { type Test } from 'tap';
import { installAll, layBad, layBase } from '../support/bad-states.ts';
import { checkPack, type Family, listWanted } from '../support/pack.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const families: readonly Family[] = ['debian', 'rhel'];
const { exit, policies } = checkPack();
const isRoot = process.getuid?.() === 0;

/**
 * Rules that are found bad and found good, and that no policy repairs, with the code that says so. What no root can show of the others:
 * a service that runs is stopped, a module that is loaded goes, a place that is mounted gets its options at once.
 */
const onlyFound: Readonly<Record<string, string>> = { 'user.root': 'E_PROTECTED' };

const ofKind = (items: readonly ResolvedItem[], isMeant: (kind: RuleKindName) => boolean) =>
  items.filter(({ kind }) => isMeant(kind));
const written = ({ kind, wanted }: ResolvedItem) => ({ [kind]: wanted });

t.test('the pack is without a fault, and each rule says what a person has to know', async (t) => {
  t.equal(exit, 0, 'muster policy check has nothing to say');
  const rules = policies.flatMap((policy) => policy.rules.map((rule) => ({ ...rule, policy: policy.name })));
  t.equal(new Set(policies.map(({ name }) => name)).size, policies.length, 'names are unique');
  for (const { mode, rules: own, name } of policies) {
    t.equal(mode, 'audit', `${name} looks only, until somebody decides otherwise`);
    t.equal(new Set(own.map(({ id }) => id)).size, own.length, name);
  }
  const silent = rules.filter(
    ({ why, remediation, references }) => why === '' || remediation === '' || references.length === 0,
  );
  t.same(silent, [], 'why, remediation and references');
  // Numbers of NIST have a family and a number, those of CIS name their benchmark.
  const odd = rules.flatMap(({ references }) =>
    references.filter(
      (one) => !/^(?:CIS Debian 12 \d(?:\.\d{1,2})+|NIST 800-53 [A-Z]{2}-\d{1,2})$/.test(one),
    ),
  );
  t.same(odd, []);
  const titles = rules.map(({ title }) => title);
  t.same(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
    'no two rules say the same',
  );
  for (const policy of policies)
    t.ok(Buffer.byteLength(JSON.stringify(formatPolicy(policy))) < MAX_DOCUMENT_BYTES, 'it can be signed');
});

t.test('both families have their rules, and no rule is for nobody', async (t) => {
  const [debian = [], rhel = []] = families.map((family) => listWanted(policies, family));
  t.ok(debian.length >= 60, `${debian.length} rules apply to Debian and Ubuntu`);
  t.ok(rhel.length >= 50, `${rhel.length} rules apply to RHEL and its relatives`);
  const named = new Set([...debian, ...rhel].map(({ rule }) => `${rule.policy}/${rule.id}`));
  t.equal(
    named.size,
    policies.reduce((sum, { rules }) => sum + rules.length, 0),
  );
  t.ok(
    [...debian, ...rhel].every(({ decided }) => decided),
    'no two of them disagree',
  );
});

/** Each of them: bad, found, repaired, good, left alone. Then all of them at once. */
async function proveAll(t: Test, device: TestDevice, items: readonly ResolvedItem[], touches?: string) {
  const repaired: string[] = [];
  for (const item of items) {
    const code = onlyFound[item.item];
    if (code !== undefined) {
      await proveRefusal(t, device, { written: written(item), code });
      continue;
    }
    await proveRepair(t, device, {
      ...{ written: written(item), found: /./ },
      ...(touches === undefined ? {} : { touches }),
    });
    repaired.push(item.item);
  }
  return repaired;
}

/** What holds still holds beside all others: no repair undid another. */
async function proveTogether(t: Test, device: TestDevice, items: readonly ResolvedItem[]): Promise<void> {
  const meant = items.filter(({ item }) => !Object.hasOwn(onlyFound, item));
  const { items: reports } = await device.cycle(...meant);
  t.same(
    reports.filter(({ state }) => state !== 'compliant'),
    [],
    `${meant.length} rules hold together`,
  );
  // What files can answer starts no program; sshd is asked once for all.
  const asked = meant.some(({ kind }) => kind === 'ssh') ? 1 : 0;
  t.equal(device.programs.length, asked, `${asked} programs for all of them`);
}

const skip = !(isRoot && hasAll(['usermod', 'systemctl'])) && 'not root, or no usermod or systemctl';
for (const family of families) {
  const all = listWanted(policies, family);
  t.test(`${family}: what files and real programs answer`, { skip }, async (t) => {
    const items = ofKind(all, (kind) => kind !== 'package' && kind !== 'ssh');
    const root = makeRoot(t);
    layBase(root);
    // A file first gets its text from the rules about what stands in it.
    const byKind = ['user', 'group', 'line'].flatMap((kind) => ofKind(items, (one) => one === kind));
    const others = ofKind(items, (kind) => !['user', 'group', 'line'].includes(kind));
    for (const item of [...byKind, ...others]) layBad(root, item);
    const device = await makeDevice(t, root);
    const repaired = await proveAll(t, device, items);
    t.ok(repaired.length >= 60, `${repaired.length} rules are repaired`);
    const kept = items.filter(({ item }) => !repaired.includes(item));
    t.same(
      kept.map(({ item }) => item),
      Object.keys(onlyFound),
      'exactly these are only found',
    );
    await proveTogether(t, device, items);
    // What nobody repairs is found good where a person has repaired it.
    plant(root, 'etc/passwd', 'root:x:0:0::/root:/bin/bash\n');
    for (const item of kept) t.match(await device.one(item), { state: 'compliant' }, item.item);
  });
}

/** A server of another place than usual, for machines on which none is installed. */
const sshd = process.env.MUSTER_SSHD ?? '/usr/sbin/sshd';
const sshdSkip =
  (!existsSync(sshd) || !isRoot) && 'run this first, as root: apt-get install -y openssh-server';
t.test('the SSH server: a real one', { skip: sshdSkip }, async (t) => {
  const items = ofKind(listWanted(policies, 'debian'), (kind) => kind === 'ssh');
  t.same(
    items,
    ofKind(listWanted(policies, 'rhel'), (kind) => kind === 'ssh'),
    'the same for both families',
  );
  const root = makeRoot(t);
  plant(root, 'etc/ssh/sshd_config', `Include ${root}/etc/ssh/sshd_config.d/*.conf\n`);
  plant(root, 'etc/ssh/sshd_config.d/50-cloud.conf', '');
  for (const item of items) layBad(root, item);
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
  symlinkSync(sshd, join(root, 'usr/sbin/sshd'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  plant(
    root,
    'etc/ssh/ssh_host_ecdsa_key',
    String(privateKey.export({ type: 'sec1', format: 'pem' })),
    0o600,
  );
  const device = await makeDevice(t, root);
  t.equal((await proveAll(t, device, items)).length, items.length);
  await proveTogether(t, device, items);
});

/** The real manager of a family in a root of its own, with a repository that has all packages of the pack. */
async function provePackages(t: Test, family: Family): Promise<void> {
  const items = ofKind(listWanted(policies, family), (kind) => kind === 'package');
  const nameOf = ({ item }: ResolvedItem) => item.slice('package.'.length);
  const recipes = items.map((item) => ({ name: nameOf(item), version: '1.0' }));
  const root = makeRoot(t);
  if (family === 'debian') makeAptRoot(root, recipes);
  else {
    makeRpmRepository(root, recipes);
    addDnf(root, root);
  }
  const absent = items.filter(({ wanted }) => 'state' in wanted && wanted.state === 'absent');
  installAll(root, absent.map(nameOf), family);
  const device = await makeDevice(t, root);
  const usr = join(root, 'usr');
  mkdirSync(usr, { recursive: true });
  t.equal((await proveAll(t, device, items, usr)).length, items.length, `${items.length} packages`);
  await proveTogether(t, device, items);
}

const aptSkip =
  !hasAll(['apt-get', 'dpkg', 'dpkg-deb', 'dpkg-scanpackages']) &&
  'run this first: apt-get install -y dpkg-dev';
t.test('packages by the real apt', { skip: aptSkip }, (t) => provePackages(t, 'debian'));

const rpmSkip =
  !hasAll(['dnf', 'rpm', 'rpmbuild', 'createrepo_c']) &&
  'run this first: apt-get install -y dnf createrepo-c rpm';
t.test('packages by the real dnf', { skip: rpmSkip }, (t) => provePackages(t, 'rhel'));
