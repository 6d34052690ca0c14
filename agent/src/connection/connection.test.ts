// The connection against a server that this test plays: which pauses lie between its attempts.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  CAPABILITY,
  type Envelope,
  encodeBase64url,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
  trustHash,
  WELCOME_TYPE,
  type WelcomeBody,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { WebSocketServer } from 'ws';
import { createSigner, nodeCrypto, privateKeyFromSeed, rawPublicKey } from '../identity/crypto.ts';
import { createStateFolder, type Enrollment } from '../identity/state-folder.ts';
import { systemClock } from '../platform/clock.ts';
import { createStorage } from '../platform/storage.ts';
import { createConnection } from './connection.ts';
import { createOutbox } from './outbox.ts';

const ORG = `org_${'a'.repeat(26)}`;
const ME = `dev_${'m'.repeat(26)}`;
const NONCE = encodeBase64url(new Uint8Array(32));
const at = () => new Date().toISOString();

/** A key of that number: it signs, and stands in the trust document. */
function keyOf(number: number) {
  const key = privateKeyFromSeed(new Uint8Array(32).fill(number));
  const entry = { scheme: 'ed25519', key: encodeBase64url(rawPublicKey(key)) } as const;
  return { signer: createSigner(key), entry };
}
const [root, serverKey, ann] = [keyOf(1), keyOf(2), keyOf(3)];

function seal(type: string, body: object, { signer } = serverKey): Envelope {
  return sealEnvelope(type, Buffer.from(JSON.stringify(body)), [signer]);
}

const trust: TrustDocument = {
  ...{ v: 1, org: ORG, version: 1, issuedAt: at(), mode: 'quickstart' },
  root: { threshold: 1, keys: [root.entry] },
  signers: [
    {
      ...{ id: 'ann', name: 'Ann', kind: 'person', roles: ['request', 'approve'], kinds: ['*'] },
      keys: [ann.entry],
    },
  ],
  ...{ serverKeys: [serverKey.entry], tlsPins: [], releaseKeys: [], rpIds: [], origins: [] },
  ...{ classes: {}, policyEpoch: 1 },
};
const genesis = seal(TRUST_TYPE, trust, root);

/** A server that opens one session with each of these additions to the welcome and cuts it; then it cuts whatever comes. */
async function playServer(t: Test, additions: Partial<WelcomeBody>[]): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  t.teardown(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    const addition = additions.shift();
    if (addition === undefined) {
      socket.terminate();
      return;
    }
    socket.send(
      JSON.stringify({ type: 'hello', v: CAPABILITY, org: ORG, nonce: NONCE, at: at(), trustVersion: 1 }),
    );
    // The proof, and then the first heartbeat.
    socket.once('message', (proof) => {
      const body: WelcomeBody = {
        ...{ org: ORG, deviceId: ME, sessionId: `ses_${'s'.repeat(26)}`, serverNonce: NONCE },
        ...{ agentNonce: JSON.parse(String(proof)).nonce, epoch: 1, at: at(), beatMs: 60_000, window: 1 },
        ...addition,
      };
      socket.send(JSON.stringify({ type: 'welcome', envelope: seal(WELCOME_TYPE, body), trust: [] }));
      socket.once('message', () => socket.terminate());
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The first so many pauses of an agent of that server, ms; it does not wait for longer ones than a second. */
async function pausesOf(t: Test, additions: Partial<WelcomeBody>[], count: number): Promise<number[]> {
  const storage = createStorage(t.testdir({}));
  const enrollment: Enrollment = {
    ...{
      serverUrl: await playServer(t, additions),
      org: ORG,
      deviceId: ME,
      state: 'active',
      enrolledAt: at(),
    },
    ...{ trust: [genesis], trustHash: trustHash(Buffer.from(genesis.payload, 'base64url'), nodeCrypto) },
  };
  const pauses: number[] = [];
  const wanted = additions.length;
  let sessions = 0;
  let enough: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (enough = resolve));
  const connection = createConnection({
    ...{
      folder: createStateFolder(storage),
      enrollment,
      bootId: 'boot',
      agentVersion: '0',
      allowUnbound: true,
    },
    ...{ outbox: createOutbox(storage, () => 0), clock: systemClock, random: () => 0.1 },
    heartbeat: () => new Uint8Array(1),
    ...{ handle: () => undefined, piece: () => undefined, changed: () => undefined },
    opened: () => void sessions++,
    log: {
      info(fields) {
        if ('waitMs' in fields) pauses.push(Number(fields.waitMs));
        if (pauses.length === count) enough();
      },
      warn: () => undefined,
    },
  });
  connection.start();
  await done;
  await connection.stop();
  t.equal(sessions, wanted, 'every welcome was taken');
  return pauses;
}

t.test('what the welcome says about coming back counts once an attempt has failed', async (t) => {
  t.same(await pausesOf(t, [{ reconnectWindowMs: 20_000 }], 2), [100, 2_000]);
  t.same(await pausesOf(t, [{}], 3), [100, 200, 400], 'a server that says nothing');
  t.same(
    await pausesOf(t, [{ reconnectWindowMs: 20_000 }, {}], 3),
    [100, 200, 400],
    'the last welcome is the one that counts',
  );
});
