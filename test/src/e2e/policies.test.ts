// Policies in files against a real server and a device that has reported: what would hold on it, and why.
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { enrollDevice, openDevice } from '../fleet/device.ts';
import { reportAll } from '../support/report.ts';
import { startTestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import { makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const server = await startTestServer(t);
const { url, dataDir } = server;
const station = await makeWorkstation(t, 'policies');
const file = station.file('policies.yaml');

/** A policy with one rule about signing in over SSH, that differs in `lines`. */
function makePolicy(name: string, value: string, lines: string): string {
  const rule = `  - id: root\n    title: R\n    ssh: { option: permitrootlogin, value: "${value}" }\n`;
  return `policy: ${name}\ntitle: T\nowner: me\n${lines}\nrules:\n${rule}`;
}

const base = makePolicy('base', 'no', 'mode: enforce\non: os.family == "debian" && seen("1d")');
const servers = makePolicy(
  'servers',
  'yes',
  `priority: 200\non: group("web servers") && software("openssl").version < "3.0.14"\nexcept: '!(label("role") == "web")'`,
);
const old = makePolicy('old', 'yes', 'priority: 900\non: version(os.version) < version("11")');

function write(...policies: readonly string[]): void {
  writeFileSync(file, policies.join('---\n'));
}
const resolve = (...more: readonly string[]) =>
  station.run(['policy', 'resolve', file, '--device', 'web-01', ...more]);
const why = (item: string, device = 'web-01') => station.run(['policy', 'why', device, item, file]);

const enrollment = await server.enrollmentToken({ labels: { role: 'web' } });
const device = await enrollDevice(url, enrollment, { hostname: 'web-01' });
await enrollDevice(url, await server.enrollmentToken(), { hostname: 'new-01' });
const wire = await openDevice(url, device);
t.teardown(() => wire.socket.terminate());
await reportAll(wire, 'web-01');
await server.device(device.id, ({ presence, facts }) => presence === 'online' && facts?.packages === 3);
const body = { name: 'web servers', expression: 'label("role") == "web"' };
const made = await server.call('/api/v1/groups', { method: 'POST', body });
if (made.status !== 201) throw new Error(made.text);
const token = await server.apiToken(['devices.read', 'inventory.read', 'groups.read', 'trust.read']);
await signIn(t, station, { url, dataDir, token });

t.test('what holds is judged by facts, labels, groups, packages and time', async (t) => {
  write(base, servers, old);
  t.match(await resolve(), {
    code: 0,
    out: /^ssh\.PermitRootLogin +PermitRootLogin is yes +audit +servers\/root$/m,
    err: /^By the inventory of web-01 of \d{4}-/,
  });
  t.match(JSON.parse((await resolve('--json')).out), {
    device: { hostname: 'web-01' },
    items: [{ item: 'ssh.PermitRootLogin', wanted: { value: 'yes' }, decided: true, mode: 'audit' }],
    next: null,
  });
  write(base, servers.replace('< "3.0.14"', '> "3.0.14"'));
  t.match(await resolve(), { code: 0, out: /PermitRootLogin is no +enforce +base\/root\n$/ }, 'by packages');
  write(base, servers.replace('== "web"', '== "db"'));
  t.match(await resolve(), { code: 0, out: /PermitRootLogin is no +enforce +base\/root\n$/ }, 'by labels');
  write(old);
  t.match(await resolve(), { code: 0, out: '', err: /^Of 1 policy nothing holds on web-01\.\n/ });
});

t.test('why: every rule with its fate, the winner first, and what would have to change', async (t) => {
  write(base, servers, old);
  const { code, out } = await why('ssh.permitROOTlogin');
  t.equal(code, 0);
  t.match(
    out,
    /^On web-01 is wanted: PermitRootLogin is yes, by servers\/root\. It would only be looked at\.\n\nservers\/root {2}wins\n/,
  );
  t.match(out, /^base\/root {2}outranked by a higher priority\n[^\n]*\n {2}[^\n]* from 100 to 201/m);
  t.match(out, /^old\/root {2}not for this device\n[^\n]*\n {2}[^\n]*os\.version is "12"/m);
  write(base, servers.replace('priority: 200\n', ''));
  t.match(await why('ssh.PermitRootLogin'), {
    code: 0,
    out: /^Nobody decides ssh\.PermitRootLogin on web-01: /,
  });
  t.match(await resolve(), {
    out: /PermitRootLogin is no +undecided +base\/root$/m,
    err: /^1 item is undecided: .*muster policy why web-01 ssh\.PermitRootLogin/,
  });
  write(old);
  t.match(await why('ssh.PermitRootLogin'), {
    code: 0,
    out: /^Nothing is wanted of ssh\.PermitRootLogin on web-01/,
  });
});

t.test('an exception for a group is named by both, until it ends', async (t) => {
  const end = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 19);
  const exceptFor = (group: string, until: string) =>
    `mode: enforce\nexceptions:\n  - rule: root\n    on: group("${group}")\n    reason: It is old.\n    approvedBy: anna\n    until: "${until}Z"`;
  write(makePolicy('base', 'no', exceptFor('web servers', end(3_600_000))));
  t.match(await resolve(), { code: 0, out: /PermitRootLogin is no +exempt until \d{4}-.* base\/root$/m });
  const told = JSON.parse((await resolve('--json')).out);
  t.match(told.items, [{ mode: 'audit', decided: true, exception: { approvedBy: 'anna' } }]);
  const { out } = await why('ssh.PermitRootLogin');
  t.match(
    out,
    /^On web-01 ssh\.PermitRootLogin is left alone, though base\/root wants: PermitRootLogin is no\. Exempt until .*, approved by anna: It is\s+old\.\n/,
  );
  t.match(out, /^base\/root {2}left alone for a time\n[^\n]*\n {2}Exempt until .*\. It counts again/m);
  write(makePolicy('base', 'no', exceptFor('web servers', end(-1_000))));
  t.match(await resolve(), { code: 0, out: /PermitRootLogin is no +enforce +base\/root$/m });
  write(makePolicy('base', 'no', exceptFor('wbe servers', end(3_600_000))));
  t.match(await resolve(), { code: 2, err: /policies\.yaml:7:15: There is no group "wbe servers"/ });
});

t.test('a freeze for all holds back other policies, on the devices of its own', async (t) => {
  const dayOf = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const still = (on: string) =>
    makePolicy(
      'still',
      'no',
      `on: ${on}\nfreezes:\n  - { from: ${dayOf(-1)}, to: ${dayOf(1)}, reason: Closed., all: true }`,
    ).replace('permitrootlogin', 'X11Forwarding');
  write(base, still('group("web servers")'));
  t.match(await resolve(), {
    out: /PermitRootLogin is no +enforce +base\/root +not before .* frozen by still: Closed\.$/m,
  });
  t.match(JSON.parse((await resolve('--json')).out).freezes, [{ policy: 'still', all: true }]);
  t.match(
    (await why('ssh.PermitRootLogin')).out,
    /It would be enforced; a repair starts not\s+before [^;]* frozen by\s+still/,
  );
  write(base, still('hostname == "new-01"'));
  t.match(JSON.parse((await resolve('--json')).out).freezes, []);
  t.match(await resolve(), { out: /PermitRootLogin is no +enforce +base\/root$/m });
});

t.test('a device that has reported nothing is judged by what is known of it', async (t) => {
  write(base, makePolicy('all', 'no', 'on: hostname == "new-01"'));
  const { code, out, err } = await why('ssh.PermitRootLogin', 'new-01');
  t.equal(code, 0);
  t.match(out, /^all\/root {2}wins$/m);
  t.match(out, /^base\/root {2}not for this device\n[^\n]*\n {2}[^\n]*os\.family is not known/m);
  t.match(err, /^new-01 has reported no inventory yet/);
});

t.test(
  'what only the server knows to be wrong is told at its place; the rest before it is asked',
  async (t) => {
    write(base, servers.replace('web servers', 'wbe servers'));
    t.match(await resolve(), {
      code: 2,
      out: '',
      err: /policies\.yaml:15:11: There is no group "wbe servers" on the server\.\n.*\n {12}\^\n\n.*\(E_POLICY\)\n$/,
    });
    write(base);
    t.match(await why('ssh.PermitRootLogn'), {
      code: 2,
      out: '',
      err: /Did you mean ssh\.PermitRootLogin\? \(E_USAGE\)\n$/,
    });
    t.match(await why('PermitRootLogin'), { code: 2, err: /is not an item.*\(E_USAGE\)\n$/ });
    t.match(await why('ssh.PermitRootLogin', 'nobody'), { code: 4, err: /\(E_NO_MATCH\)\n$/ });
    write(base.replace('owner', 'ownr'));
    await server.stop();
    t.match(await resolve(), { code: 2, err: /policies\.yaml:3:1: There is no key "ownr" here/ });
  },
);
