// A set of policies that goes out in waves, with a real server and the real command line: who is told, what is said, who may hold it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPolicySet } from '@muster/protocol/policy';
import t from 'tap';
import { enrollDevice, openDevice } from '../fleet/device.ts';
import { startTestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const server = await startTestServer(t);
const { url, dataDir } = server;
const station = await makeWorkstation(t, 'policy-waves');
const folder = station.file('policies');
mkdirSync(folder);
const key = join(dataDir, 'keys', 'signer.pem');

function write(value: string): void {
  const rule = `  - id: root\n    title: R\n    ssh: { option: permitrootlogin, value: "${value}" }\n`;
  writeFileSync(join(folder, 'base.yaml'), `policy: base\ntitle: T\nowner: me\nrules:\n${rule}`);
}
const run = (line: string) => station.run(line);
const apply = (more = '') => run(`apply -f ${folder} --yes --key ${key} ${more}`);

/** A device that is connected; the versions of the sets that it was told. */
async function connect(hostname: string): Promise<number[]> {
  const device = await enrollDevice(url, await server.enrollmentToken(), { hostname });
  const wire = await openDevice(url, device);
  t.teardown(() => wire.socket.terminate());
  const told: number[] = [];
  const listen = async () => {
    for (let message = await wire.next(); message !== null; message = await wire.next())
      if (message.type === 'policy.set') told.push(readPolicySet(message.envelope).version);
  };
  void listen();
  await server.device(device.id, ({ presence }) => presence === 'online');
  return told;
}

const canary = await connect('canary-1');
const other = await connect('web-01');
const token = await server.apiToken(['policies.read', 'policies.write', 'trust.read', 'devices.read']);
await signIn(t, station, { url, dataDir, token });
/** How often it is looked what devices were told. */
const are = (wanted: readonly (readonly number[])[]) =>
  until(
    `told are ${JSON.stringify(wanted)}`,
    async () => JSON.stringify([canary, other]) === JSON.stringify(wanted),
  );

t.test('canaries are told first, a correction goes to them first, and then all are told', async (t) => {
  write('no');
  t.match(await apply(), { code: 0, out: 'Set 1 is in force: 1 policy.\n' });
  await are([[1], [1]]);
  t.match(await run('policy rollout'), {
    code: 0,
    out: '',
    err: /^The set in force does not go out in waves/,
  });
  write('yes');
  const first = `--waves 0,100 --soak 1h --tolerance 0 --first 'hostname.startsWith("canary")'`;
  t.match(await apply(first), {
    code: 0,
    out: 'Set 2 is in force: 1 policy.\n',
    err: /It goes out in waves: muster policy rollout shows how far it is/,
  });
  await are([[1, 2], [1]]);
  const { out } = await run('policy rollout');
  t.match(
    out,
    /^Set 2 is told to 0 % of the fleet, wave 1 of 2 \(0, 100 %\), since .*; those where hostname\./,
  );
  t.match(out, /^1 device is told it, 1 of them online\.$/m);
  t.match(out, /^In trouble since then: 0 of 1 told, 0 of 1 not told\.$/m);
  t.match(out, /^The next wave comes in (60m|59m|1h), unless 0 % more/m);
  t.match(await run('policy rollout hold'), {
    code: 0,
    out: /^It is held by .*muster policy rollout resume/m,
  });
  t.match(await run('policy rollout hold'), { code: 4, err: /already\. \(E_CONFLICT\)\n$/ });
  write('prohibit-password');
  t.match(await apply(), { code: 0, err: /It goes out in waves/ }, 'by the order of the one before');
  await are([[1, 2, 3], [1]]);
  const late = await connect('late-1');
  await until('who comes late is told what was whole', async () => late.join() === '1');
  t.match(await run('policy rollout finish'), { code: 2, err: /\(E_CONFIRM\)\n$/ });
  t.match(await run('policy rollout finish --yes'), { code: 0, out: /^Set 3 is told to all devices since/ });
  await are([
    [1, 2, 3],
    [1, 3],
  ]);
  t.same(late, [1, 3]);
  const { body } = await server.call<{ items: { act: string; detail: object }[] }>('/api/v1/audit?limit=200');
  const events = body.items.filter(({ act }) => /^(policy\.apply|rollout\.)/.test(act));
  const acts = [
    ...new Map(events.map((event) => [JSON.stringify(event.detail) + event.act, event.act])).values(),
  ];
  t.same(acts, ['rollout.finish', 'policy.apply', 'rollout.hold', 'policy.apply', 'policy.apply']);
});

t.test('what was typed wrong is said before anything is signed', async (t) => {
  write('no');
  for (const [more, says] of [
    ['--soak 1h', /say more of --waves/],
    ['--waves 1,200', /"200" is no share/],
    ['--waves 10,5', /must go up/],
    ['--waves 10 --soak 1s', /for a minute at least/],
    [`--waves 10 --first 'hostnam == "x"'`, /hostnam/],
  ] as const)
    t.match(await apply(more), { code: 2, err: says }, more);
  t.match(await run('policy list'), { err: /^Set 3 is in force/ });
  t.match(await run('policy rollout next now'), { code: 2 });
  const reader = await server.apiToken(['policies.read']);
  const step = { digest: 'A'.repeat(43), step: 'finish' };
  const body = { method: 'POST', token: reader, body: step } as const;
  t.match(await server.call('/api/v1/policies/rollout', body), { status: 403 });
  t.match(await server.call('/api/v1/policies/rollout', { method: 'POST', body: step }), {
    status: 409,
    body: { code: 'E_PLAN_MOVED' },
  });
});
