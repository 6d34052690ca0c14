// Who an agent believes: other servers, other keys, men in the middle, old answers, and a server whose TLS key changed.
import { createPrivateKey, randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Auth,
  type Envelope,
  encodeBase64url,
  parseEnvelope,
  type ServerMessage,
} from '@muster/protocol';
import t from 'tap';
import { enrollDevice, makeAuth, openDevice, openWire, type SimulatedDevice } from '../fleet/device.ts';
import { openDeviceKeys } from '../fleet/keys.ts';
import { makeAgent, type TestAgent } from '../support/agent.ts';
import { startImpostor } from '../support/impostor.ts';
import { findFreePort } from '../support/processes.ts';
import { readTlsKey, startRelay } from '../support/relay.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { codeOf, FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

// Two organizations; the second one is the stranger throughout.
const port = await findFreePort();
const flags = ['--port', String(port)];
const top = t;
let home = await startTestServer(t, { flags });
const stranger = await startTestServer(t);
const { organization } = (await home.call<{ organization: { id: string } }>('/api/v1/trust')).body;
const org = organization.id;

/** Starts the first organization's server again, on its port. */
async function restartHome(): Promise<void> {
  home = await startTestServer(top, { dataDir: home.dataDir, flags });
}

/** Trust documents of a server, oldest first. */
async function documentsOf({ running }: TestServer): Promise<Envelope[]> {
  const rows = await running.database.sql<{ envelope: string }[]>`
    SELECT envelope FROM trust_document ORDER BY version`;
  return rows.map(({ envelope }) => parseEnvelope(envelope));
}

/** What the agent holds, to speak in its name: whoever reads its state folder can do this. */
async function impersonate(agent: TestAgent): Promise<SimulatedDevice> {
  const keys = await agent.readState<{ device: string; seal: string }>('identity.json');
  const enrollment = await agent.readState<{ deviceId: string }>('enrollment.json');
  const epoch = await agent.readState<{ epoch: number }>('epoch.json');
  if (keys === null || enrollment === null) throw new Error('the agent is not enrolled');
  const device = createPrivateKey(keys.device);
  return {
    id: enrollment.deviceId,
    keys: openDeviceKeys(device.export({ format: 'der', type: 'pkcs8' })),
    epoch: epoch?.epoch ?? 0,
  };
}

/** Starts the agent and answers the code under which it says it is not connected. */
async function reasonOffline(agent: TestAgent, ...more: readonly string[]): Promise<string | undefined> {
  const program = agent.start(...more);
  const { connection } = await agent.status('the agent says why', ({ connection, pid }) => {
    return pid === program.pid && connection.state === 'waiting';
  });
  program.signal('SIGTERM');
  await program.ended;
  return connection.code;
}

async function isOnline(server: TestServer, id: string): Promise<boolean> {
  return (await server.device(id, ({ presence }) => presence === 'online')).presence === 'online';
}

t.test('an agent does not enroll at a server that is not the one of its token', async (t) => {
  const agent = await makeAgent(t);
  const token = await home.enrollmentToken();
  const other = [...token.split('.').slice(0, 3), encodeBase64url(randomBytes(32))].join('.');
  const wrong = await agent.tryEnroll(home.url, other);
  t.equal(wrong.code, 1);
  t.match(wrong.output, /does not present the trust document that the token names.*\(E_TRUST_HASH\)/);
  const astray = await agent.tryEnroll(stranger.url, token);
  t.equal(astray.code, 4);
  t.match(astray.output, /\(E_TOKEN\)/);
  t.equal(await agent.readState('enrollment.json'), null, 'nothing is believed');
});

t.test('an agent does not enroll through a relay that ends TLS', async (t) => {
  const agent = await makeAgent(t);
  const relay = await startRelay(t, home.url, { tls: await readTlsKey(stranger.dataDir) });
  const token = await home.enrollmentToken();
  const { code, output } = await agent.tryEnroll(relay.url, token);
  t.equal(code, 4);
  t.match(output, /\(E_TOKEN\)/, 'its signatures are for another connection');
  t.equal(relay.connections(), 1);
  t.equal(await codeOf(enrollDevice(relay.url, token, { hostname: 'x' })), 'E_TOKEN');
  await enrollDevice(home.url, token, { hostname: 'direct' });
});

t.test('another server on the same port gets nothing but a goodbye', async (t) => {
  const agent = await makeAgent(t);
  const id = await agent.enroll(home);
  await home.stop();
  const tls = await readTlsKey(stranger.dataDir);
  await t.test('with another key: the pin', async (t) => {
    const impostor = await startImpostor(t, { tls, port, org, trustVersion: 1, answer: () => null });
    t.equal(await reasonOffline(agent), 'E_PIN');
    t.ok(impostor.greeted() > 0);
    t.equal(impostor.auths.length, 0, 'the agent did not even say who it is');
  });
  await t.test('with a relay to the real server: the pin as well', async (t) => {
    home = await startTestServer(t, { dataDir: home.dataDir });
    const relay = await startRelay(t, home.url, { tls, port });
    t.equal(await reasonOffline(agent), 'E_PIN');
    t.ok(relay.connections() > 0);
  });
  await t.test('with the stolen TLS key: the binding to the connection', async (t) => {
    home = await startTestServer(t, { dataDir: home.dataDir });
    const relay = await startRelay(t, home.url, { tls: await readTlsKey(home.dataDir), port });
    t.equal(await reasonOffline(agent), 'E_AUTH', 'the server sees a signature for another connection');
    t.equal(await codeOf(openDevice(relay.url, await impersonate(agent))), 'E_AUTH');
    t.match(await home.device(id), { state: 'active', presence: 'never' });
  });
  await restartHome();
  const program = agent.start();
  t.ok(await isOnline(home, id), 'and the real one is believed as before');
  program.signal('SIGTERM');
  t.equal(await program.ended, 0);
});

t.test(
  'a newer trust document that the root did not sign opens no door, and the proof shown for it is worthless',
  async (t) => {
    const agent = await makeAgent(t);
    const id = await agent.enroll(home);
    const device = await impersonate(agent);
    // A real answer to this very device, signed by the real server for an earlier session.
    const wire = await openWire(home.url);
    wire.send(makeAuth(wire, device));
    const recorded = await wire.next();
    wire.socket.terminate();
    if (recorded?.type !== 'welcome') throw new Error('no welcome');
    const foreign = await documentsOf(stranger);
    await home.stop();

    const tls = await readTlsKey(stranger.dataDir);
    const stolen = await readTlsKey(home.dataDir);
    const lies: readonly (readonly [string, typeof tls, ServerMessage, string])[] = [
      ['a document of another organization', tls, { ...recorded, trust: foreign }, 'E_NOKEY'],
      ['no document at all', tls, { ...recorded, trust: [] }, 'E_SIG'],
      ['a recorded welcome, with the stolen TLS key', stolen, recorded, 'E_SIG'],
    ];
    const proofs: Auth[] = [];
    for (const [what, key, answer, code] of lies) {
      await t.test(what, async (t) => {
        const impostor = await startImpostor(t, {
          tls: key,
          port,
          org,
          trustVersion: 99,
          answer: () => answer,
        });
        t.equal(await reasonOffline(agent), code);
        t.ok(impostor.auths.length > 0);
        proofs.push(...impostor.auths);
        t.equal((await agent.readState<{ trust: unknown[] }>('enrollment.json'))?.trust.length, 1);
        t.equal(await agent.readState('epoch.json'), null, 'nor is its epoch believed');
      });
    }

    await restartHome();
    for (const proof of proofs) {
      const replay = await openWire(home.url);
      replay.send(proof);
      t.match(await replay.next(), { type: 'refuse', code: 'E_AUTH' }, 'replayed');
    }
    t.match(await home.device(id), { state: 'active' });
  },
);

t.test('a proof is good for its own connection only, and for none without binding', async (t) => {
  const device = await enrollDevice(home.url, await home.enrollmentToken(), { hostname: 'replayed' });
  const [one, other] = [await openWire(home.url), await openWire(home.url)];
  other.send(makeAuth(one, device));
  t.match(await other.next(), { type: 'refuse', code: 'E_AUTH' }, 'shown on another connection');
  const unbound = await openWire(home.url);
  unbound.send(makeAuth({ hello: unbound.hello, exporter: new Uint8Array(0) }, device));
  t.match(await unbound.next(), { type: 'refuse', code: 'E_AUTH', message: /remove the proxy setting/ });
  const late = await openWire(home.url);
  late.send({ ...makeAuth(late, device), epoch: 7 });
  t.match(await late.next(), { type: 'refuse', code: 'E_AUTH' }, 'a signed field was changed');
  one.send(makeAuth(one, device));
  t.match(await one.next(), { type: 'welcome' }, 'on its own connection it is good');
  one.socket.close();
});

t.test('without TLS an agent connects only where its own configuration permits it', async (t) => {
  const plain = await startTestServer(t, { flags: ['--tls', 'off'] });
  const agent = await makeAgent(t);
  const token = await plain.enrollmentToken();
  const bare = await agent.tryEnroll(plain.url, token);
  t.equal(bare.code, 2);
  t.match(bare.output, /Nothing protects the connection.*--proxy-ends-tls.*\(E_CONFIG\)/);
  const id = await agent.enroll(plain, '--proxy-ends-tls');
  const refused = agent.start();
  t.equal(await refused.ended, 2);
  t.match(refused.output(), /\(E_CONFIG\)/);
  const program = agent.start('--proxy-ends-tls');
  t.ok(await isOnline(plain, id));
  program.signal('SIGTERM');
  t.equal(await program.ended, 0);
  const careless = await makeAgent(t);
  const there = await home.enrollmentToken();
  const { code, output } = await careless.tryEnroll(home.url, there, '--proxy-ends-tls');
  t.equal(code, 4, 'a server that ends TLS itself wants the binding');
  t.match(output, /\(E_AUTH\)/);
  const { hostname, port: at } = new URL(home.url);
  t.not(await codeOf(openWire(`http://${hostname}:${at}`)), 'no failure', 'and answers nothing without TLS');
});

t.test('a server whose TLS key is lost makes a new one, and the devices follow', async (t) => {
  const agent = await makeAgent(t);
  const id = await agent.enroll(home);
  const token = await home.enrollmentToken();
  await home.stop();
  await rm(join(home.dataDir, 'tls'), { recursive: true });
  await restartHome();
  t.equal((await documentsOf(home)).length, 2, 'the root key beside the server signed a second document');
  const program = agent.start();
  t.ok(await isOnline(home, id), 'the agent with the old pin came back');
  const chain = await documentsOf(home);
  const kept = await until('it keeps more', async () => {
    const enrollment = await agent.readState<{ trust: unknown[] }>('enrollment.json');
    return enrollment?.trust.length === chain.length && enrollment;
  });
  t.same(kept.trust, chain, 'and keeps the whole chain');
  program.signal('SIGTERM');
  t.equal(await program.ended, 0);
  const again = agent.start();
  await agent.status(
    'it is online again',
    ({ pid, connection }) => pid === again.pid && connection.state === 'online',
  );
  again.signal('SIGTERM');
  t.equal(await again.ended, 0, 'the stored chain verifies at the next start');
  const late = await makeAgent(t);
  t.equal((await late.tryEnroll(home.url, token)).code, 0, 'an old token too');

  await home.stop();
  const keys = join(home.dataDir, 'keys');
  await rm(join(home.dataDir, 'tls'), { recursive: true });
  await rename(join(keys, 'root.pem'), join(keys, 'elsewhere'));
  t.equal(await codeOf(restartHome()), 'E_TLS_PIN', 'without the root key nobody may change the pins');
  await rename(join(keys, 'elsewhere'), join(keys, 'root.pem'));
  await restartHome();
  t.equal((await documentsOf(home)).length, 3);
});
