// Enrollment, approval, epochs, clones and retirement, against a real server over real sockets.
import { randomBytes } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import t from 'tap';
import {
  enrollDevice,
  makeEnroll,
  openDevice,
  openWire,
  type SimulatedDevice,
  type Wire,
} from '../fleet/device.ts';
import { makeDeviceKeys } from '../fleet/keys.ts';
import { startTestServer } from '../support/server.ts';
import { codeOf, FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const server = await startTestServer(t);
const { url } = server;
const { sql } = server.running.database;

/** Enrolls a device with a token of its own. */
async function enrollOne(hostname: string): Promise<SimulatedDevice> {
  return enrollDevice(url, await server.enrollmentToken(), { hostname });
}

/** Epochs of a device as the database holds them. */
async function epochsOf(id: string): Promise<{ epoch: number; seen: number }> {
  const [row] = await sql<{ epoch: number; seen: number }[]>`
    SELECT epoch, epoch_seen AS seen FROM device WHERE id = ${id}`;
  if (row === undefined) throw new Error(`no device ${id}`);
  return row;
}

/** Says goodbye and waits until the server has noted it, and the epoch that the device held. */
async function leave(wire: Wire, device: SimulatedDevice): Promise<void> {
  await until('the epoch is confirmed', async () => (await epochsOf(device.id)).seen === device.epoch);
  wire.socket.close();
  await wire.closed;
  await server.device(device.id, ({ presence }) => presence === 'offline');
}

async function tokenState(text: string) {
  const { body } = await server.call('/api/v1/enrollment-tokens?limit=500');
  const [, id] = text.split('.');
  return body.items?.find((token) => token.id === `tok_${id}`);
}

async function countDevices(): Promise<number> {
  const [row] = await sql<{ count: number }[]>`SELECT count(*) FROM device`;
  return row?.count ?? 0;
}

t.test('a good token makes one device, with its labels, and is spent then', async (t) => {
  const token = await server.enrollmentToken({ labels: { site: 'north' } });
  const device = await enrollDevice(url, token, { hostname: 'web-01' });
  t.match(device.id, /^dev_[a-z2-7]{26}$/);
  const shown = await server.device(device.id);
  t.match(shown, { hostname: 'web-01', state: 'active', presence: 'never', labels: { site: 'north' } });
  t.match(await tokenState(token), { state: 'spent', usesLeft: 0 });
  t.equal(await codeOf(enrollDevice(url, token, { hostname: 'web-02' })), 'E_TOKEN_SPENT');
});

t.test('a token that is wrong, expired, revoked or of another organization makes no device', async (t) => {
  const before = await countDevices();
  const good = await server.enrollmentToken();
  const [version, id, , trust] = good.split('.');
  const wrongSeed = [version, id, encodeBase64url(randomBytes(32)), trust].join('.');
  t.equal(await codeOf(enrollDevice(url, wrongSeed, { hostname: 'x' })), 'E_TOKEN', 'wrong seed');
  const unknown = [version, 'a'.repeat(26), encodeBase64url(randomBytes(32)), trust].join('.');
  t.equal(await codeOf(enrollDevice(url, unknown, { hostname: 'x' })), 'E_TOKEN', 'unknown id');

  const expired = await server.enrollmentToken();
  await sql`UPDATE enrollment_token SET expires_at = now() - interval '1 second' WHERE id = ${`tok_${expired.split('.')[1]}`}`;
  t.equal(await codeOf(enrollDevice(url, expired, { hostname: 'x' })), 'E_TOKEN_EXPIRED');
  const expiredWrongSeed = [version, expired.split('.')[1], wrongSeed.split('.')[2], trust].join('.');
  t.equal(
    await codeOf(enrollDevice(url, expiredWrongSeed, { hostname: 'x' })),
    'E_TOKEN',
    'who does not hold the seed learns nothing of the token',
  );

  const revoked = await server.enrollmentToken();
  const path = `/api/v1/enrollment-tokens/tok_${revoked.split('.')[1]}`;
  t.equal((await server.call(path, { method: 'DELETE' })).status, 200);
  t.equal(await codeOf(enrollDevice(url, revoked, { hostname: 'x' })), 'E_TOKEN_REVOKED');

  const wire = await openWire(url);
  const message = makeEnroll(wire, good, { keys: makeDeviceKeys(), hostname: 'x' });
  wire.send({ ...message, org: `org_${'b'.repeat(26)}` });
  t.match(await wire.next(), { type: 'refuse', code: 'E_ORG' }, 'the request of another organization');
  t.equal(await wire.closed, 4001);
  t.match(await tokenState(good), { state: 'valid', usesLeft: 1 }, 'nothing was spent');
  t.equal(await countDevices(), before);
});

t.test('a host name that is no plain text is refused before anything is stored', async (t) => {
  const before = await countDevices();
  const token = await server.enrollmentToken();
  for (const hostname of ['', 'a\u0000b', 'a\u001b[2Jb', 'x'.repeat(254)])
    t.equal(
      await codeOf(enrollDevice(url, token, { hostname })),
      'E_SHAPE',
      JSON.stringify(hostname.slice(0, 9)),
    );
  t.equal(await countDevices(), before);
  const device = await enrollDevice(url, token, {
    hostname: `<script>alert('1');</script> "'; DROP TABLE device;--`,
  });
  const shown = await server.device(device.id);
  t.equal(shown.hostname, `<script>alert('1');</script> "'; DROP TABLE device;--`, 'text stays text');
});

t.test('a device without approval waits, is told so, and works once it is approved', async (t) => {
  const token = await server.enrollmentToken({ autoApprove: false });
  const device = await enrollDevice(url, token, { hostname: 'pending-01' });
  t.match(await server.device(device.id), { state: 'pending' });
  const pending = await server.call('/api/v1/devices?state=pending');
  t.same(
    pending.body.items?.map(({ hostname }) => hostname),
    ['pending-01'],
  );
  t.match(pending.body.items?.[0]?.fingerprint, /^\S.{10,}/, 'the fingerprint is shown for comparison');
  const wire = await openWire(url);
  wire.socket.close();
  t.equal(await codeOf(openDevice(url, device)), 'E_PENDING');
  t.equal(
    (await server.decide(device.id, 'release')).body.code,
    'E_DEVICE_STATE',
    'only approval lets it in',
  );
  t.equal((await server.decide(device.id, 'approve')).status, 200);
  const open = await openDevice(url, device);
  await server.device(device.id, ({ presence }) => presence === 'online');
  open.socket.close();
});

t.test(
  'a lost answer costs nothing: the same key is the same device and spends no further use',
  async (t) => {
    const token = await server.enrollmentToken({ uses: 2 });
    const keys = makeDeviceKeys();
    const first = await enrollDevice(url, token, { hostname: 'twice', keys });
    const again = await enrollDevice(url, token, { hostname: 'twice', keys });
    t.equal(again.id, first.id);
    t.match(await tokenState(token), { usesLeft: 1 });
    await enrollDevice(url, token, { hostname: 'other' });
    t.equal(
      (await enrollDevice(url, token, { hostname: 'twice', keys })).id,
      first.id,
      'also with a spent token',
    );
    const racing = makeDeviceKeys();
    const fresh = await server.enrollmentToken({ uses: 5 });
    const ids = await Promise.all(
      Array.from({ length: 4 }, () => enrollDevice(url, fresh, { hostname: 'race', keys: racing })),
    );
    t.equal(new Set(ids.map(({ id }) => id)).size, 1, 'also when they race');
    t.match(await tokenState(fresh), { usesLeft: 4 });
  },
);

t.test('twenty devices at once get exactly the five uses of a token', async (t) => {
  const before = await countDevices();
  const token = await server.enrollmentToken({ uses: 5 });
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => codeOf(enrollDevice(url, token, { hostname: `many-${at}` }))),
  );
  t.equal(outcomes.filter((code) => code === 'no failure').length, 5);
  t.equal(outcomes.filter((code) => code === 'E_TOKEN_SPENT').length, 15);
  t.equal(await countDevices(), before + 5);
  const [gaps] = await sql<{ gaps: number }[]>`SELECT max(idx) + 1 - count(*) AS gaps FROM device`;
  t.equal(gaps?.gaps, 0, 'numbers stay dense');
});

t.test('a device whose key is not the enrolled one gets no session', async (t) => {
  const device = await enrollOne('stolen-id');
  t.equal(await codeOf(openDevice(url, { ...device, keys: makeDeviceKeys() })), 'E_AUTH');
  const nobody = { ...device, id: `dev_${'c'.repeat(26)}` };
  t.equal(await codeOf(openDevice(url, nobody)), 'E_UNKNOWN_DEVICE');
  t.match(
    await server.device(device.id),
    { state: 'active', presence: 'never' },
    'nobody was locked out by that',
  );
});

t.test('two welcomes lost in a row fence no honest device', async (t) => {
  const device = await enrollOne('lossy');
  await leave(await openDevice(url, device), device);
  const held = device.epoch;
  for (let lost = 0; lost < 2; lost++) {
    const wire = await openDevice(url, device, { beat: null });
    wire.socket.terminate();
    await wire.closed;
    device.epoch = held;
    await until('the server noticed', () => server.running.gateway.counts().sessions === 0);
  }
  const wire = await openDevice(url, device);
  t.equal(device.epoch, held + 3, 'every welcome had an epoch of its own');
  await leave(wire, device);
  t.match(await server.device(device.id), { state: 'active' });
});

t.test('a session that does not answer is replaced, and its device stays active', async (t) => {
  const device = await enrollOne('rebooted');
  const dead = await openDevice(url, device);
  await server.device(device.id, ({ presence }) => presence === 'online');
  dead.socket.pause();
  const wire = await openDevice(url, device);
  t.equal(server.running.gateway.counts().sessions, 1);
  dead.socket.resume();
  t.equal(await dead.closed, 1006, 'the old socket was cut');
  await until('the confirmation is stored', async () => (await epochsOf(device.id)).seen === device.epoch);
  t.match(await server.device(device.id), { state: 'active', presence: 'online' });
  await leave(wire, device);
});

/** What the server says when it sends a device away; its word of now may come before. */
async function refusalOf(wire: Wire) {
  let message = await wire.next();
  while (message?.type === 'freshness') message = await wire.next();
  return message;
}

t.test('two living holders of one key are both stopped, and a release brings one back', async (t) => {
  const device = await enrollOne('golden-image');
  const clone = { ...device };
  const original = await openDevice(url, device);
  t.equal(await codeOf(openDevice(url, clone)), 'E_CLONE', 'the second is told');
  t.match(
    await refusalOf(original),
    { type: 'refuse', code: 'E_CLONE', retryAfterMs: 300_000 },
    'so is the first',
  );
  t.equal(await original.closed, 4001);
  const shown = await server.device(device.id, ({ state }) => state !== 'active');
  t.match(shown, { state: 'quarantined', stateReason: 'E_CLONE' });
  t.equal(await codeOf(openDevice(url, device)), 'E_CLONE', 'and it stays so until somebody decides');
  t.equal((await server.decide(device.id, 'release')).status, 200);
  const wire = await openDevice(url, device);
  t.equal(await codeOf(openDevice(url, clone)), 'E_CLONE', 'a copy that still runs is found again');
  t.match(await refusalOf(wire), { type: 'refuse', code: 'E_CLONE' });
  t.equal((await server.decide(device.id, 'release')).status, 200);
  await leave(await openDevice(url, device), device);
  t.match(await server.device(device.id), { state: 'active', stateReason: '' });
});

t.test('a restored copy with an old epoch is fenced until an admin releases it', async (t) => {
  const device = await enrollOne('restored');
  await leave(await openDevice(url, device), device);
  const snapshot = { ...device };
  for (let more = 0; more < 2; more++) await leave(await openDevice(url, device), device);
  t.equal(await codeOf(openDevice(url, snapshot)), 'E_FENCED');
  t.match(await server.device(device.id), { state: 'quarantined', stateReason: 'E_FENCED' });
  t.equal((await server.decide(device.id, 'release')).status, 200);
  const wire = await openDevice(url, snapshot);
  t.ok(snapshot.epoch > device.epoch, 'it gets an epoch above all that were given out');
  await leave(wire, snapshot);
});

t.test('an epoch from the future, as after a restore of the database, locks nobody out', async (t) => {
  const device = await enrollOne('ahead');
  device.epoch = 1_000;
  const wire = await openDevice(url, device);
  t.equal(device.epoch, 1_001);
  await leave(wire, device);
});

t.test('a device with a clock a year off is let in, and the offset is shown', async (t) => {
  const yearMs = 365 * 86_400_000;
  for (const offsetMs of [-yearMs, yearMs]) {
    const device = await enrollOne('wrong-clock');
    const wire = await openDevice(url, device, { at: new Date(Date.now() + offsetMs) });
    const shown = await server.device(device.id, ({ presence }) => presence === 'online');
    t.ok(Math.abs(shown.clockOffsetMs - offsetMs) < 60_000);
    wire.socket.close();
  }
});

t.test('a retired device is closed at once, and neither its key nor its id comes back', async (t) => {
  const device = await enrollOne('retired');
  const wire = await openDevice(url, device);
  const other = await enrollOne('bystander');
  const bystander = await openDevice(url, other);
  t.equal((await server.decide(device.id, 'retire')).status, 200);
  t.match(await refusalOf(wire), { type: 'refuse', code: 'E_RETIRED' });
  t.equal(await wire.closed, 4001);
  t.equal(await codeOf(openDevice(url, device)), 'E_RETIRED');
  const token = await server.enrollmentToken();
  t.equal(await codeOf(enrollDevice(url, token, { hostname: 'retired', keys: device.keys })), 'E_RETIRED');
  t.match(await tokenState(token), { usesLeft: 1 }, 'nothing is spent on it');
  t.equal(
    (await server.decide(device.id, 'approve')).body.code,
    'E_DEVICE_STATE',
    'nobody can bring it back',
  );
  const fresh = await enrollDevice(url, token, { hostname: 'retired' });
  t.not(fresh.id, device.id);
  t.equal(bystander.socket.readyState, bystander.socket.OPEN, 'the others do not notice');
  bystander.socket.close();
});
