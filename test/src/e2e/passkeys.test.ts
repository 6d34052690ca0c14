// A person who signs in the browser: the real server, the real agent, the command line, and a passkey with a real key of P-256.
import { writeFileSync } from 'node:fs';
import {
  type Envelope,
  pae,
  type ReadonlyTrust,
  TRUST_TYPE,
  toEnvelope,
  toKeyProof,
  toPasskeySignature,
  toUnsigned,
  type Unsigned,
} from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  draftCommand,
  draftHalt,
  draftLift,
  draftTargets,
  HALT_TYPE,
  LIFT_TYPE,
  makeDocumentId,
} from '@muster/protocol/commands';
import { createPasskey } from '@muster/protocol/testing';
import t, { type Test } from 'tap';
import { makeAgent } from '../support/agent.ts';
import { crypto } from '../support/crypto.ts';
import { type AnyBody, startTestServer, type TestServer } from '../support/server.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';
import { hostCommand, makeWorkstation, signIn } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const PAGE = { rpId: 'localhost', origin: 'https://localhost:1' };

interface JobSeen {
  readonly state: string;
  readonly endedAt: string | null;
  readonly signers: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

interface TrustSeen {
  readonly version: number;
  readonly document: ReadonlyTrust;
}

type Passkey = ReturnType<typeof createPasskey>;

/** One gesture: the document as the page wrote it, with the passkey's signature. */
function gesture(passkey: Passkey, unsigned: Unsigned): Envelope {
  const assertion = passkey.assert(pae(unsigned.payloadType, unsigned.payload));
  return toEnvelope(unsigned, [toPasskeySignature(passkey.publicKey, assertion)]);
}

/** A page of the console: what it finds out by the API, and writes by itself. */
function openPage(t: Test, server: TestServer, passkey: Passkey) {
  const post = <Body = AnyBody>(path: string, body: object) =>
    server.call<Body>(path, { method: 'POST', body });
  const readTrust = async () => (await server.call<TrustSeen>('/api/v1/trust')).body.document;

  async function draft(change: Pick<Command, 'kind' | 'args'> & Partial<Command>, by = passkey) {
    const { body: found } = await post<Parameters<typeof draftTargets>[0] & { snapshot: string }>(
      '/api/v1/targets',
      { on: 'id != ""' },
    );
    const targets = draftTargets(found, [], crypto);
    if (targets === null) throw new Error('the devices do not fit together');
    const nowMs = Date.now();
    const command = draftCommand(await readTrust(), {
      cmdId: makeDocumentId('cmd', globalThis.crypto.getRandomValues(new Uint8Array(16))),
      targets,
      bound: '',
      notBefore: new Date(nowMs).toISOString(),
      notAfter: new Date(nowMs + 3_600_000).toISOString(),
      requester: 'anna',
      reason: 'in the browser',
      dryRun: false,
      ...change,
    });
    return {
      command,
      body: { envelope: gesture(by, toUnsigned(COMMAND_TYPE, command)), snapshot: found.snapshot },
    };
  }

  /** Orders and answers the job once it fits. */
  async function order(change: Parameters<typeof draft>[0], fits: (job: JobSeen) => boolean) {
    const { command, body } = await draft(change);
    const answer = await post('/api/v1/jobs', body);
    t.equal(answer.status, 201, answer.text);
    return { id: command.cmdId, job: await seen(command.cmdId, fits) };
  }

  const seen = (id: string, fits: (job: JobSeen) => boolean) =>
    until(`job ${id} fits`, async () => {
      const { body } = await server.call<JobSeen>(`/api/v1/jobs/${id}`);
      return fits(body) ? body : undefined;
    });
  return { post, readTrust, draft, order, seen };
}

t.test('from the gesture to the device, and where a gesture is not enough', async (t) => {
  const server = await startTestServer(t);
  const { url, dataDir } = server;
  const anna = await makeWorkstation(t, 'anna');
  const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
  await signIn(t, anna, { url, dataDir, token });
  await anna.done(t, `trust harden --keys ${dataDir}/keys --id anna --name 'Anna Adler' --yes`);
  const agent = await makeAgent(t);
  const deviceId = await agent.enroll(server);
  agent.start();
  await server.device(deviceId, ({ presence }) => presence === 'online');

  const passkey = createPasskey(PAGE);
  const page = openPage(t, server, passkey);
  const { post, draft, order, seen, readTrust } = page;
  const fetched = { kind: 'file.fetch', args: { path: '/usr/lib/os-release' } };

  await t.test('a passkey is registered by a proof, and counts once the root key says so', async (t) => {
    const { org } = await readTrust();
    const { key } = passkey.entry;
    const proof = gesture(passkey, toKeyProof(org, key)).signatures[0]?.sig;
    const { items = [] } = (await server.call('/api/v1/persons')).body;
    const person = items.find(({ handle }) => handle === 'anna') ?? items[0];
    const made = await post(`/api/v1/persons/${person?.id}/keys`, { key, name: 'finger', proof });
    t.equal(made.status, 201, made.text);
    t.match((await anna.done(t, 'persons')).out, `${passkey.keyid} (passkey, finger)`);
    const early = await draft(fetched);
    t.match(await post('/api/v1/jobs', early.body), { status: 400, body: { code: 'E_NOKEY' } });
    const add = `trust add-key anna --passkey ${passkey.keyid} --yes`;
    t.match(await anna.run(add), { code: 2, err: /lists no page at which passkeys may sign/ });
    t.match(await anna.run('trust set-origins https://127.0.0.1:1 --yes'), {
      code: 2,
      err: /no passkeys at a bare address/,
    });
    const pages = await anna.done(t, `trust set-origins ${PAGE.origin} --yes`);
    t.match(pages.err, /Passkeys of https:\/\/localhost:1 count \(origins\)/);
    t.match(await anna.run('trust add-key anna --passkey 0123456789abcdef --yes'), {
      code: 2,
      err: `there are ${passkey.keyid} (finger)`,
    });
    const added = await anna.done(t, add);
    t.match(added.err, new RegExp(`anna gets the key ${passkey.keyid} \\(passkey, .*nothing destructive`));
    t.match((await anna.done(t, 'trust show')).out, /Passkeys +at https:\/\/localhost:1/);
    t.match((await anna.done(t, 'trust show')).out, `${passkey.keyid} (passkey, `);
  });

  await t.test('a privileged command signed by a gesture is carried out by the agent', async (t) => {
    const { id, job } = await order(fetched, ({ endedAt }) => endedAt !== null);
    const { text } = await server.call(`/api/v1/jobs/${id}/runs`);
    t.match(job, { state: 'done', signers: ['anna'], counts: { succeeded: 1 } }, text);
    const other = createPasskey(PAGE);
    t.match(await post('/api/v1/jobs', (await draft(fetched, other)).body), { body: { code: 'E_NOKEY' } });
    const { body } = await draft(fetched);
    const [signature] = body.envelope.signatures;
    const elsewhere = {
      ...passkey,
      assert: (message: Uint8Array) =>
        passkey.assert(message, {
          clientData: (honest) => JSON.stringify({ ...honest, origin: 'https://evil.test' }),
        }),
    };
    t.match(await post('/api/v1/jobs', (await draft(fetched, elsewhere)).body), {
      status: 400,
      body: { code: 'E_PAGE' },
    });
    const changed = (await draft(fetched)).body;
    const replayed = { ...changed, envelope: { ...changed.envelope, signatures: [signature] } };
    t.match(await post('/api/v1/jobs', replayed), { status: 400, body: { code: 'E_SIG' } });
  });

  await t.test('a destructive one waits for the command line, which shows the bytes', async (t) => {
    // A dry run: what must sign is the same, and nothing could happen to this machine.
    const wish = { kind: 'device.wipe', args: {}, dryRun: true };
    const { id, job } = await order(wish, () => true);
    t.match(job, { state: 'awaiting-signatures', signers: ['anna'] });
    const again = await draft(wish);
    t.match(await post(`/api/v1/jobs/${id}/signatures`, { envelope: again.body.envelope }), {
      body: { code: 'E_REPLAY' },
    });
    const approved = await anna.done(t, `approve ${id} --yes`);
    t.match(approved.err, /device\.wipe[\s\S]*Signed so far by: anna \(by passkey, at a page\)/);
    t.match(approved.err, /it is on its way/);
    t.match(await seen(id, ({ state }) => state !== 'awaiting-signatures'), { signers: ['anna'] });
    const canceled = await anna.run(`cancel ${id}`);
    // So that nothing is left of it; its device may have been faster.
    t.ok(canceled.code === 0 || canceled.err.includes('E_JOB_STATE'), canceled.err);
  });

  await t.test('code that a gesture signed is approved by the command line', async (t) => {
    const body = '#!/bin/sh\ntrue\n';
    const { org, version } = await readTrust();
    const document: Content = {
      ...{ v: 1, org, use: 'script', name: 'a.sh', interpreter: 'sh', parameters: [], place: null },
      sha256: Buffer.from(crypto.sha256(Buffer.from(body))).toString('base64url'),
      ...{ sizeBytes: body.length, runAs: [], stdin: false, timeoutMs: 60_000, okExits: [0] },
      ...{ at: new Date().toISOString(), requester: 'anna', reason: 'a test', trustVersion: version },
    };
    const envelope = gesture(passkey, toUnsigned(CONTENT_TYPE, document));
    const made = await post<{ digest: string; state: string }>('/api/v1/content', { envelope });
    t.match(made, { status: 201, body: { signers: ['anna'] } }, made.text);
    t.not(made.body.state, 'approved');
    writeFileSync(anna.file('a.sh'), body);
    const { digest } = made.body;
    t.match(await anna.run('run script.run content=a.sh --device x --yes'), {
      code: 4,
      err: /not approved yet: anna \(by passkey, at a page\) signed it, and anna must approve it/,
    });
    const upload = await server.call(`/api/v1/content/${digest}`);
    t.match(upload.body, { signers: ['anna'] });
  });

  await t.test('one gesture halts, and none lets go on', async (t) => {
    const trust = await readTrust();
    const random = globalThis.crypto.getRandomValues(new Uint8Array(16));
    const haltId = makeDocumentId('hlt', random);
    const at = new Date().toISOString();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const stop = { haltId, scope: { what: 'all' as const }, at, until, requester: 'anna', reason: 'stop' };
    const halt = gesture(passkey, toUnsigned(HALT_TYPE, draftHalt(trust, stop)));
    t.match(await post('/api/v1/halts', { envelope: halt }), { status: 201, body: { state: 'in-force' } });
    const { id } = await order(fetched, () => true);
    const lift = draftLift(trust, { haltId, at, requester: 'anna', reason: 'go on' });
    const lifted = { envelope: gesture(passkey, toUnsigned(LIFT_TYPE, lift)) };
    t.match(await post(`/api/v1/halts/${haltId}/lift`, lifted), { status: 400, body: { code: 'E_QUORUM' } });
    t.match(await seen(id, () => true), { endedAt: null });
    await anna.done(t, `lift ${haltId}`);
    t.match(await seen(id, ({ endedAt }) => endedAt !== null), { counts: { succeeded: 1 } });
  });

  await t.test('it changes nobody’s trust, and counts no more once it is taken away', async (t) => {
    const trust = await readTrust();
    const next = toUnsigned(TRUST_TYPE, { ...trust, version: trust.version + 1, mode: 'quickstart' });
    const update = await post('/api/v1/trust/updates', { envelope: gesture(passkey, next) });
    t.match(update, { status: 400, body: { code: 'E_NOKEY' } });
    const gone = await anna.done(t, `trust remove-key anna ${passkey.keyid} --yes`);
    t.match(gone.err, `anna loses the key ${passkey.keyid} (passkey`);
    t.match(await post('/api/v1/jobs', (await draft(fetched)).body), { body: { code: 'E_NOKEY' } });
  });
});
