// Proves the core's side with a real launcher, executor and outbox: results arrive signed and once, whoever is killed.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentMessage,
  decodePiece,
  encodeBase64url,
  MAX_FRAME_BYTES,
  openEnvelope,
  prepareKey,
  type RunReport,
} from '@muster/protocol';
import { RESULT_TYPE } from '@muster/protocol/commands';
import t, { type Test } from 'tap';
import { loadConfig } from '../config.ts';
import { createOutbox } from '../connection/outbox.ts';
import type { AgentSession } from '../connection/session.ts';
import { ann, eve, freshnessOf, offerOf, sealTrust } from '../executor/testing/documents.ts';
import { createHouse, type House, program } from '../executor/testing/house.ts';
import { createSigner, nodeCrypto } from '../identity/crypto.ts';
import { createStateFolder } from '../identity/state-folder.ts';
import { startWithSocket } from '../platform/processes.ts';
import { createStorage } from '../platform/storage.ts';
import { createRunsConversation } from './runs.ts';

t.setTimeout(240_000);

const DEADLINE_MS = 60_000;

async function when<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The core of a house, with a server that only listens. */
async function createCore(t: Test, house: House) {
  const sent: (AgentMessage | Uint8Array)[] = [];
  const acts: string[] = [];
  const alarms: string[] = [];
  const session: AgentSession = {
    capability: 7,
    begin: () => undefined,
    send(data) {
      sent.push(typeof data === 'string' ? (JSON.parse(data) as AgentMessage) : data);
      return true;
    },
    nudge: () => undefined,
    close: () => undefined,
    ended: new Promise(() => undefined),
  };
  const storage = createStorage(house.stateDir);
  const outbox = createOutbox(storage, Date.now);
  await outbox.load();
  const config = loadConfig({ file: { stateDir: house.stateDir, executor: 'service' }, env: {}, flags: {} });
  const nothing = () => undefined;
  const runs = createRunsConversation({
    config,
    outbox,
    session: () => session,
    signer: async () => createSigner((await createStateFolder(storage).keys()).device),
    async act(act) {
      acts.push(act);
    },
    alarmed: (what, code) => alarms.push(`${what} ${code}`),
    witness: { take: nothing, prove: nothing },
    log: { info: nothing, warn: nothing, error: nothing },
  });
  t.teardown(async () => {
    await runs.stop();
    await outbox.flush();
  });
  runs.start();
  async function reports(cmdId: string): Promise<RunReport[]> {
    const bodies = await Promise.all(outbox.waiting(1000, new Set()).map(({ seq }) => outbox.body(seq)));
    return bodies
      .map((body) => JSON.parse(Buffer.from(body ?? []).toString()) as RunReport)
      .filter((report) => report.cmdId === cmdId);
  }
  const report = (cmdId: string, state: string) =>
    when(async () => (await reports(cmdId)).find((one) => one.state === state));
  return { runs, sent, acts, alarms, outbox, reports, report };
}

function startLauncher(t: Test, house: House) {
  const args = [...program, 'launch', '--state-dir', house.stateDir, '--log-level', 'silent'];
  const launcher = startWithSocket(process.execPath, args, process.env);
  t.teardown(async () => {
    launcher.stop();
    await launcher.ended;
  });
  return launcher;
}

t.test('results come signed by the device, into the outbox, once', async (t) => {
  const house = await createHouse(t);
  startLauncher(t, house);
  const { runs, report, reports, acts, alarms, sent } = await createCore(t, house);
  const offer = house.offer();
  runs.handle(offer);
  const end = await report(offer.cmdId, 'succeeded');
  const keys = [prepareKey('device', house.publicKey, nodeCrypto)];
  const { payload } = openEnvelope(end.result, { type: RESULT_TYPE, keys, crypto: nodeCrypto });
  t.match(JSON.parse(Buffer.from(payload).toString()), { cmdId: offer.cmdId, state: 'succeeded' });
  await when(() => acts[0]);
  t.same(acts, ['refresh-inventory']);
  const told = (await reports(offer.cmdId)).map(({ n }) => n);
  t.equal(told.at(-1), 3, 'what a later report says as well may be left out, the end never');
  t.same(told, [...new Set(told)].toSorted(), 'in order, each once');
  const byEve = offerOf(house.command({ requester: 'eve', trustVersion: 2 }), [eve]);
  runs.handle(byEve);
  const get = await when(() => sent.find((message) => 'type' in message && message.type === 'trust.get'));
  t.same(get, { type: 'trust.get', after: 1 });
  runs.handle({ type: 'trust.chain', trust: [sealTrust(2)] });
  await report(byEve.cmdId, 'succeeded');
  const ahead = offerOf(house.command({ trustVersion: 3 }), [ann]);
  runs.handle(ahead);
  await when(() => sent.filter((message) => 'type' in message && message.type === 'trust.get')[1]);
  runs.handle({ type: 'trust.chain', trust: [] });
  const later = await when(() => sent.find((message) => 'type' in message && message.type === 'run.later'));
  t.match(later, { cmdId: ahead.cmdId, code: 'E_TRUST' });
  const forged = house.offer();
  const signatures = forged.envelope.signatures.map(({ keyid }) => ({ keyid, sig: 'A'.repeat(86) }));
  runs.handle({ ...forged, envelope: { ...forged.envelope, signatures } });
  await when(() => (alarms.includes('command E_SIG') ? true : undefined));
});

t.test(
  'launcher and executor are killed while a script runs: its end is reported, and it ran once',
  async (t) => {
    const house = await createHouse(t);
    const marks = join(house.stateDir, 'marks');
    const go = join(house.stateDir, 'go');
    const first = startLauncher(t, house);
    const { runs, report, sent } = await createCore(t, house);
    const { offer, serve } = house.script(
      `echo x >> ${marks}; while [ ! -e ${go} ]; do sleep 0.05; done; echo end`,
    );
    runs.handle(freshnessOf({}));
    runs.handle(offer);
    const want = await when(() =>
      sent.find((message) => 'type' in message && message.type === 'content.get'),
    );
    t.match(want, { offset: 0 });
    serve({
      send(message) {
        if (message.type !== 'piece') return;
        const [sha256, data] = [message.sha256, message.data].map((text) => Buffer.from(text, 'base64url'));
        if (sha256 !== undefined && data !== undefined)
          runs.piece({ sha256, data, totalBytes: data.length, offset: 0 });
      },
    });
    await report(offer.cmdId, 'running');
    await when(() => (existsSync(marks) ? true : undefined));
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    writeFileSync(go, '');
    startLauncher(t, house);
    const end = await report(offer.cmdId, 'succeeded');
    t.equal(Buffer.from(end.output, 'base64url').toString(), 'end\n');
    t.equal(readFileSync(marks, 'utf8'), 'x\n');
  },
);

t.test('a fetched file goes up in pieces and is removed when the server has it', async (t) => {
  const house = await createHouse(t);
  // Large enough for several pieces, on every machine, and without a second name, which some tool may have given it.
  const hasOneName = (name: string) => existsSync(name) && statSync(name).nlink === 1;
  const path = ['/usr/bin/bash', '/usr/bin/ls', '/bin/busybox'].find(hasOneName) ?? process.execPath;
  const bytes = readFileSync(path);
  startLauncher(t, house);
  const { runs, report, sent } = await createCore(t, house);
  runs.handle(freshnessOf({}));
  const offer = house.offer({ kind: 'file.fetch', args: { path } });
  runs.handle(offer);
  await report(offer.cmdId, 'succeeded');
  const said = await when(() => sent.find((message) => 'type' in message && message.type === 'file.offer'));
  if (!('type' in said) || said.type !== 'file.offer') throw new Error('a file is offered');
  t.equal(said.sizeBytes, bytes.length);
  const got: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset = Buffer.concat(got).length) {
    const count = sent.length;
    runs.handle({ type: 'file.want', cmdId: offer.cmdId, sha256: said.sha256, offset });
    const frame = await when(() => sent.slice(count).find((message) => message instanceof Uint8Array));
    if (!(frame instanceof Uint8Array)) throw new Error('a piece is sent');
    t.ok(frame.length <= MAX_FRAME_BYTES);
    const piece = decodePiece(frame);
    t.equal(encodeBase64url(piece.sha256), said.sha256);
    got.push(Buffer.from(piece.data));
  }
  t.ok(Buffer.concat(got).equals(bytes));
  runs.handle({ type: 'file.stored', cmdId: offer.cmdId, sha256: said.sha256 });
  await when(() => (existsSync(join(house.folder, 'spool', `${offer.cmdId}.file`)) ? undefined : true));
});
