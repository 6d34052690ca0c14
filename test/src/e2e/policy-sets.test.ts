// Policies from files into force and back, with a real server and the real command line; and what happens where somebody cheats.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRUST_TYPE, type TrustDocument } from '@muster/protocol';
import { formatPolicy } from '@muster/protocol/policy';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../fleet/device.ts';
import { makePolicy, type SignedPlan, signPolicies } from '../support/policies.ts';
import { reportAll } from '../support/report.ts';
import { startTestServer } from '../support/server.ts';
import { readKey, seal } from '../support/signed.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import { makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const server = await startTestServer(t);
const { url, dataDir } = server;
const { sql } = server.running.database;
const station = await makeWorkstation(t, 'policy-sets');
const folder = station.file('policies');
mkdirSync(folder);
const key = join(dataDir, 'keys', 'signer.pem');

/** A policy with one rule about signing in over SSH. */
function write(name: string, value: string, lines: string): void {
  const rule = `  - id: root\n    title: R\n    ssh: { option: permitrootlogin, value: "${value}" }\n`;
  writeFileSync(
    join(folder, `${name}.yaml`),
    `# ${name}\npolicy: ${name}\ntitle: T\nowner: me\n${lines}rules:\n${rule}`,
  );
}
const run = (line: string) => station.run(line);
const apply = (more = '') => run(`apply -f ${folder} --yes --key ${key} ${more}`);
const plan = () => run(`plan -f ${folder}`);
const handIn = (body: unknown) =>
  server.call<{ code?: string; digest?: string; version?: number; isInForce?: boolean }>(
    '/api/v1/policies/sets',
    {
      method: 'POST',
      body,
    },
  );

/** What the audit knows of applied plans; an event that is sealed meanwhile may stand in an answer twice. */
async function readApplied(): Promise<unknown[]> {
  const { body } = await server.call<{ items: { subject: { id: string } }[] }>(
    '/api/v1/audit?act=policy.apply',
  );
  return [...new Map(body.items.map((item) => [item.subject.id, item])).values()];
}

const device = await enrollDevice(url, await server.enrollmentToken({ labels: { role: 'web' } }), {
  hostname: 'web-01',
});
await enrollDevice(url, await server.enrollmentToken(), { hostname: 'new-01' });
const wire = await openDevice(url, device);
t.teardown(() => wire.socket.terminate());
await reportAll(wire, 'web-01');
await server.device(device.id, ({ presence, facts }) => presence === 'online' && facts?.packages === 3);
const token = await server.apiToken(['policies.read', 'policies.write', 'trust.read', 'devices.read']);
await signIn(t, station, { url, dataDir, token });

write('base', 'no', 'mode: enforce\n');
write('servers', 'yes', 'priority: 200\non: label("role") == "web" && os.family == "debian"\n');

t.test('a plan says what changes and where, and nothing is in force by it', async (t) => {
  const { code, out, err } = await plan();
  t.equal(code, 0, err);
  t.match(
    out,
    /^Plan [\w-]{43}\. Nothing is in force yet\.\n\+ base is added: enforce, priority 100, 1 rule, for all devices\n/,
  );
  t.match(
    out,
    /^\+ servers is added: audit, priority 200, 1 rule, for devices where label\("role"\) == "web" && /m,
  );
  t.match(out, /^Of 2 devices 2 are touched, as of .*, by the word of the server:$/m);
  t.match(
    out,
    /^ {2}1 device \(web-01\):\n {4}ssh\.PermitRootLogin: nothing wanted → PermitRootLogin is yes \(audit, servers\/root\)$/m,
  );
  t.match(
    out,
    /^ {2}1 device \(new-01\):\n {4}ssh\.PermitRootLogin: nothing wanted → PermitRootLogin is no \(enforce, base\/root\)$/m,
  );
  const stranger = await server.apiToken(['policies.read']);
  const counted = await server.call<{ effects: object[] }>('/api/v1/policies/plan', {
    method: 'POST',
    token: stranger,
    body: { policies: [formatPolicy(makePolicy('asks', { on: 'hostname == "web-01"' }))] },
  });
  t.match(counted, { status: 200, body: { touched: 1, effects: [{ devices: 1 }] } });
  t.match(counted.body.effects, [{ examples: [] }], 'who may not see devices is told how many, not which');
  t.match(await run('policy list'), { code: 0, out: '', err: 'No policy is in force.\n' });
  t.match(await run(`apply -f ${folder} --key ${key}`), { code: 2, err: /\(E_CONFIRM\)\n$/ });
  t.match(await run('policy list'), { out: '' }, 'nobody said yes');
  t.match(await run('plan'), { code: 2, err: /Name the files with -f/ });
});

t.test('what was applied is in force, and planning the same again finds nothing to do', async (t) => {
  t.match(await apply('--reason first'), { code: 0, out: 'Set 1 is in force: 2 policies.\n', err: /^Plan / });
  t.match(await plan(), { code: 0, out: 'Nothing changes: 2 policies are in force as wanted.\n' });
  t.match(await run(`plan -f ${folder} --check`), {
    code: 0,
    out: '',
    err: /^Nothing differs: 2 policies are/,
  });
  t.match(await apply(), { code: 0, out: '', err: /^Nothing changes/ });
  t.match(await run('policy exceptions'), { out: '', err: '2 policies without an exception.\n' });
  const until = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`;
  const left = `exceptions:\n  - { rule: root, on: hostname == "new-01", reason: Old., approvedBy: anna, until: "${until}" }\n`;
  const still = `freezes:\n  - { from: 2026-01-01, to: 2026-01-02, reason: Closed. }\n`;
  write('base', 'no', `mode: enforce\n${left}`);
  write('more', 'no', `priority: 1\n${left}${still}`);
  const planned = await plan();
  t.match(
    planned.out,
    /^\+ more is added: audit, priority 1, 1 rule, 1 exception, 1 freeze, for all devices$/m,
  );
  t.match(planned.out, /^ {4}\+ {3}- rule: root\n/m);
  t.match(
    planned.out,
    /^Of 2 devices one is touched, .*\n {2}1 device \(new-01\):\n {4}ssh\.PermitRootLogin: .* is no \(enforce, base\/root\) → .* is no \(exempt until \d{4}-.*, base\/root\)$/m,
  );
  rmSync(join(folder, 'more.yaml'));
  write('base', 'no', 'mode: enforce\n');
  t.match(await run('policy list'), {
    out: /^base +1 +enforce +1 +100 +admin +all devices\nservers +1 +audit +1 +200 +admin +label\("role"\)/m,
    err: /^Set 1 is in force\. \d+ of \d+ devices? holds? it/,
  });
  t.match(await run('policy show servers'), {
    code: 0,
    out: /^policy: servers\n/,
    err: /^Version 1, signed by admin at .*: first\n/,
  });
  const { body } = await server.call<{ revisions: { digest: string }[] }>(
    '/api/v1/policies/servers/revisions',
  );
  const at = `/api/v1/policies/servers/revisions/${body.revisions[0]?.digest}`;
  t.match((await server.call(at)).body, { bound: '(os.family == "debian")', isInForce: true, version: 1 });
  const [event] = await readApplied();
  t.match(event, {
    act: 'policy.apply',
    detail: {
      ...{ added: ['base', 'servers'], reason: 'first' },
      ...{ addedCount: 2, changedCount: 0, deletedCount: 0 },
    },
  });
});

t.test('what somebody approved is what is applied, or nothing', async (t) => {
  write('base', 'no', 'mode: enforce\npriority: 300\n');
  const { digest } = JSON.parse((await run(`plan -f ${folder} --json`)).out);
  write('base', 'no', 'mode: enforce\npriority: 301\n');
  t.match(await apply(`--plan ${digest}`), {
    code: 4,
    out: '',
    err: /not the one that was approved.*\(E_PLAN_MOVED\)\n$/,
  });
  write('base', 'no', 'mode: enforce\npriority: 300\n');
  const { err } = await apply(`--plan ${digest} --reason second`);
  t.match(err, /^~ base is changed\n(?: {6}.*\n)+ {4}\+ priority: 300\n/m);
  t.match(err, /^1 policy stays as it is\.$/m);
  t.match(err, /^Of 2 devices one is touched/m, 'where servers won');
  t.match(await apply(`--plan ${digest}`), { code: 4, err: /\(E_PLAN_MOVED\)\n$/ }, 'it was applied already');
});

t.test('history, differences, and the way back by a new revision', async (t) => {
  const { out } = await run('policy history base');
  t.match(out, /^ *2 +.* +admin +yes +second\n *1 +.* +admin +no +first\n/m);
  t.match(await run('policy diff base 1'), {
    code: 0,
    out: /^(?: {2}.*\n)+\+ priority: 300\n/,
  });
  t.match(await run('policy diff base 2'), { code: 0, out: '', err: 'Both say the same.\n' });
  t.match(await run('policy diff base 9'), { code: 4, err: /\(E_NO_MATCH\)/ });
  t.match(await run(`policy rollback base --yes --key ${key}`), {
    code: 0,
    out: 'Set 3 is in force: 2 policies.\n',
  });
  t.notMatch((await run('policy show base')).out, /priority/);
  t.match(await run('policy history base'), {
    out: /^ *3 +.* yes +muster policy rollback base to version 1\n/m,
  });
  t.match(await run('policy show base 2'), { out: /priority: 300/ });
  const { body } = await server.call<{ revisions: { digest: string }[] }>('/api/v1/policies/base/revisions');
  const [third, second] = body.revisions.map(({ digest }) => digest);
  const diff = await server.call(`/api/v1/policies/base/diff?from=${second}&to=${third}`);
  t.match(diff.body, { text: /^- priority: 300$/m });
});

t.test('exported files are what is in force', async (t) => {
  const to = station.file('exported');
  t.match(await run(`export --to ${to}`), { code: 0, err: `Wrote 2 files to ${to}.\n` });
  t.match(await run(`plan -f ${to}`), { out: /^Nothing changes/ });
  t.match(
    readFileSync(join(to, 'servers.yaml'), 'utf8'),
    /^on: label\("role"\) == "web" && os\.family == "debian"$/m,
  );
  t.match(await run(`export --to ${to}`), { code: 1, err: /stays as it is.*\(E_FILE\)\n$/ });
  const all = station.file('all.yaml');
  writeFileSync(all, (await run('export')).out);
  t.match(await run(`plan -f ${all}`), { out: /^Nothing changes: 2 policies/ });
  rmSync(join(to, 'servers.yaml'));
  t.match(await run(`plan -f ${to}`), { out: /^- servers is deleted$/m });
  const drifted = await run(`plan -f ${to} --check`);
  t.match(drifted, { code: 8, err: /1 policy differs\. .*\(E_DRIFT\)\n$/ });
  t.match(drifted.out, /^servers +only in force +1 +admin +\d{4}-.* +first\n$/m, 'and whose it is');
  t.match(JSON.parse((await run(`plan -f ${to} --check --json`)).out).drift, [
    { policy: 'servers', differs: 'only in force', version: 1, requester: 'admin', reason: 'first' },
  ]);
  t.match(await run(`apply -f ${to} --yes --key ${key}`), { out: 'Set 4 is in force: 1 policy.\n' });
  t.match(await run(`apply -f ${all} --yes --key ${key}`), { out: 'Set 5 is in force: 2 policies.\n' });
  t.match(await run('policy history servers'), { out: /^ *2 +.* yes /m }, 'it goes on counting');
});

t.test(
  'of two who apply at once one is told that something moved; the same again is the same answer',
  async (t) => {
    const [mine, yours] = [
      await signPolicies(server, [makePolicy('mine')]),
      await signPolicies(server, [makePolicy('yours')]),
    ];
    const first = await handIn(mine);
    t.match(first, { status: 201, body: { version: 6, isInForce: true } });
    t.match(await handIn(yours), { status: 409, body: { code: 'E_PLAN_MOVED' } });
    t.match(await handIn(mine), { status: 201, body: { digest: first.body.digest, isInForce: true } });
    // Both are signed before the first is handed in, so that both start from the same set.
    const one = await signPolicies(server, [makePolicy('one')]);
    const two = await signPolicies(server, [makePolicy('two')]);
    const both = await Promise.all([handIn(one), handIn(two)]);
    t.same(both.map(({ status }) => status).toSorted(), [201, 409], 'also at the same moment');
    t.match(
      await handIn(mine),
      { status: 201, body: { version: 6, isInForce: false } },
      'later ones stay in force',
    );
    t.equal((await readApplied()).length, 7, 'what came again is no second event');
    const twice = await signPolicies(server, [makePolicy('twice')]);
    const same = await Promise.all([handIn(twice), handIn(twice)]);
    t.match(same, [{ status: 201 }, { status: 201, body: { digest: same[0].body.digest } }]);
    t.equal((await readApplied()).length, 8, 'nor is what came at the same moment');
  },
);

t.test('a set counts only as its plan said, whole, and in its place', async (t) => {
  const wanted = [makePolicy('a'), makePolicy('b')];
  const signed = await signPolicies(server, wanted);
  const code = async (body: SignedPlan) => (await handIn(body)).body.code;
  const changed = async (change: object) => code(await signPolicies(server, wanted, change));
  t.equal(await changed({ plan: 'A'.repeat(43) }), 'E_PLAN_MOVED', 'another plan');
  t.equal(await changed({ version: 99 }), 'E_PLAN_MOVED', 'a gap');
  t.equal(await changed({ previous: '' }), 'E_PLAN_MOVED', 'another beginning');
  t.equal(await changed({ epoch: 2 }), 'E_TRUST');
  t.equal(await changed({ requester: 'nobody' }), 'E_ROLE');
  t.equal(await changed({ org: `org_${'b'.repeat(26)}` }), 'E_ORG');
  t.equal(
    await code({ ...signed, policies: signed.policies.slice(1) }),
    'E_WITHHELD',
    'a revision is missing',
  );
  const stranger = await signPolicies(server, [...wanted, makePolicy('c')]);
  t.equal(await code({ ...signed, policies: stranger.policies }), 'E_WITHHELD', 'one too many');
  const forged = { ...signed.set, payload: `${signed.set.payload.slice(0, -4)}AAAA` };
  t.equal(await code({ ...signed, set: forged }), 'E_SIG');
  t.equal(
    await code({ set: signed.policies[0] ?? signed.set, policies: [] }),
    'E_TYPE',
    'a revision is no set',
  );
  const [{ count = 0 } = {}] = await sql<
    { count: number }[]
  >`SELECT count(*) AS count FROM policy_revision WHERE name = 'a'`;
  t.equal(count, 0, 'nothing of it was stored');
  t.equal(await code(signed), undefined, 'as it was signed');
  const group = await server.call('/api/v1/policies/plan', {
    method: 'POST',
    body: {
      policies: [
        {
          policy: 'g',
          title: 'T',
          owner: 'o',
          on: 'group("nobody")',
          rules: [{ id: 'r', title: 'R', sysctl: { key: 'a.b', value: '0' } }],
        },
      ],
    },
  });
  t.match(group, { status: 400, body: { code: 'E_EXPRESSION' } }, 'a group that there is not');
});

/** Does something to the database, as its owner could, and undoes it. */
async function meddle(t: Test, act: () => Promise<unknown>, expected: RegExp, undo: () => Promise<unknown>) {
  await act();
  const found = await run('policy list');
  t.match(found, { out: '', err: expected });
  t.not(found.code, 0);
  t.match((await plan()).err, expected, 'nor is anything planned from it');
  await undo();
  t.equal((await run('policy list')).code, 0, 'undone');
}

/** A signature of nobody who is known. */
const withoutKey = (envelope = '') => envelope.replace(/(?<="keyid":")[^"]+/, (id) => '0'.repeat(id.length));

t.test('the command line notices a server that shows something else than was signed', async (t) => {
  t.match(await apply(), { code: 0 });
  const [last] = await sql<
    { epoch: number; version: number; digest: string; envelope: string; stored_at: Date }[]
  >`
    SELECT epoch, version, digest, envelope, stored_at FROM policy_set ORDER BY version DESC LIMIT 1`;
  const version = last?.version ?? 0;
  // The first thing after it: what this terminal has signed it has seen.
  await meddle(
    t,
    () => sql`DELETE FROM policy_set WHERE version = ${version}`,
    /\(E_ROLLBACK\)\n$/,
    () => sql`INSERT INTO policy_set (tenant, epoch, version, digest, envelope, stored_at)
      VALUES (1, ${last?.epoch ?? 0}, ${version}, ${last?.digest ?? ''}, ${last?.envelope ?? ''}, ${last?.stored_at ?? ''})`,
  );
  const rows = await sql<{ version: number; digest: string; envelope: string }[]>`
    SELECT version, digest, envelope FROM policy_revision WHERE name = 'base' ORDER BY version`;
  const [older, newest] = [rows[0], rows.at(-1)];
  const put = (envelope = '') =>
    sql`UPDATE policy_revision SET envelope = ${envelope} WHERE name = 'base' AND version = ${newest?.version ?? 0}`;
  const restore = () => put(newest?.envelope);
  await meddle(t, () => put(older?.envelope), /\(E_WITHHELD\)\n$/, restore);
  await meddle(
    t,
    () => put(newest?.envelope.replace(/"payload":"..../, '"payload":"AAAA')),
    /\(E_SIG\)\n$/,
    restore,
  );
  const name = (value: string, envelope = '') =>
    sql`UPDATE policy_revision SET name = ${value}, envelope = ${envelope} WHERE digest = ${newest?.digest ?? ''}`;
  await meddle(
    t,
    () => name('a[2J', withoutKey(newest?.envelope)),
    /\(E_WITHHELD\)\n$/,
    () => name('base', newest?.envelope),
  );
  const swap = (envelope = '') =>
    sql`UPDATE policy_set SET envelope = ${envelope} WHERE version = ${version}`;
  await meddle(
    t,
    () => Promise.all([swap(withoutKey(last?.envelope)), put(older?.envelope)]),
    /\(E_WITHHELD\)\n$/,
    () => Promise.all([swap(last?.envelope), restore()]),
  );
});

t.test(
  'a set that nobody who is known has signed is shown, and nothing is taken from it as it is',
  async (t) => {
    const [last] = await sql<{ digest: string; envelope: string }[]>`
    SELECT digest, envelope FROM policy_set ORDER BY version DESC LIMIT 1`;
    await sql`UPDATE policy_set SET envelope = ${withoutKey(last?.envelope)} WHERE digest = ${last?.digest ?? ''}`;
    const nobody = /is signed by nobody who may sign now, so nobody vouches /;
    t.match(await run('policy list'), { code: 0, out: /^base /m, err: nobody });
    t.match(await run('policy show base'), { code: 0, err: nobody });
    t.match(await run('export'), { code: 4, out: '', err: /nobody vouches .*\(E_NOKEY\)\n$/ });
    t.match(await run(`policy rollback base --yes --key ${key}`), { code: 4, err: /\(E_NOKEY\)\n$/ });
    const { out } = await plan();
    t.match(out, /^~ base is changed: it says the same, and is signed anew\n~ servers is changed: it says/m);
    t.notMatch(out, /stays as|stay as/);
    t.match(await apply(), { code: 0, out: /is in force: 2 policies/ });
    t.match(await plan(), { out: /^Nothing changes: 2 policies/ });
    t.match(await run('policy list'), { code: 0, err: /^Set \d+ is in force\. .*\n$/ }, 'and no other word');
  },
);

/** Puts the next trust document in force. */
async function changeTrust(change: (document: TrustDocument) => Partial<TrustDocument>): Promise<void> {
  const { body } = await server.call<{ document: TrustDocument }>('/api/v1/trust');
  const { document } = body;
  const next = {
    ...{ ...document, ...change(document) },
    ...{ version: document.version + 1, issuedAt: new Date().toISOString() },
  };
  const envelope = seal(TRUST_TYPE, next, await readKey(dataDir, 'root'));
  const update = await server.call('/api/v1/trust/updates', { method: 'POST', body: { envelope } });
  if (update.status >= 300) throw new Error(update.text);
}

t.test('what somebody signed who may not sign any more is void, and signed anew', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const file = station.file('helper.pem');
  writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url');
  await changeTrust(({ signers }) => ({
    signers: [
      ...signers,
      {
        ...{ id: 'helper', name: 'Helper', kind: 'person', roles: ['request'], kinds: [] },
        keys: [{ scheme: 'ed25519', key: raw }],
      },
    ],
  }));
  write('base', 'no', 'mode: enforce\npriority: 400\n');
  t.match(await run(`apply -f ${folder} --yes --key ${file}`), { code: 0, out: /is in force: 2 policies/ });
  await changeTrust(({ signers }) => ({ signers: signers.filter(({ id }) => id !== 'helper') }));
  t.match(await run('policy list'), {
    code: 0,
    out: /^base .* nobody who may .*\nservers +\d+ +audit .* admin /m,
  });
  t.match(await run('export'), { code: 4, err: /nobody vouches for what it names.*\(E_NOKEY\)\n$/ });
  const { out } = await plan();
  t.match(out, /^The set in force is signed by nobody who may sign now; it is signed anew\.$/m);
  t.match(
    out,
    /^~ base is changed: what is in force is signed by nobody who may sign now\n~ servers is changed: it says the same, and is signed anew$/m,
  );
  t.notMatch(out, /stays as/);
  t.match(await apply(), { code: 0, out: /is in force: 2 policies/ });
  t.match(await plan(), { out: /^Nothing changes: 2 policies/ });
  t.match(await run('policy list'), { out: /^base +\d+ +enforce +1 +400 +admin /m });
});

t.test('a new policy epoch makes everything void, and it is signed anew', async (t) => {
  await changeTrust(() => ({ policyEpoch: 2 }));
  t.match(await run('policy list'), { code: 0, out: '', err: 'No policy is in force.\n' });
  t.match(await plan(), { out: /^Plan .* Nothing is in force yet\.\n\+ base is added/ });
  t.match(await apply(), { code: 0, out: 'Set 1 is in force: 2 policies.\n' });
  t.match(await run('policy history base'), { out: /^ *1 .* yes .*\n *1\.\d+ /m });
  t.match(await run('policy rollback base --to 1.1 --yes'), { code: 4, err: /\(E_ROLLBACK\)\n$/ });
  t.match(await run(`apply --none --yes --key ${key}`), { code: 0, out: 'Set 2 is in force: 0 policies.\n' });
});
