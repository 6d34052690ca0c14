// Servers and databases that are killed and halted under load: what was acknowledged is stored once, nothing is left over.
import t, { type Test } from 'tap';
import { enrollDevice } from '../fleet/device.ts';
import { type DurableDevice, runDurableDevice } from '../support/durable-device.ts';
import { findPostgres, signalPostgres, signalProcess } from '../support/processes.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const KILLS = 10;
const DEVICES = 3;
const PER_ROUND = 12;
const HALT_MS = 9_000;

const server = await prepareServer(t);
await server.start();
const token = await server.enrollmentToken(DEVICES);
const devices: DurableDevice[] = [];
for (let at = 0; at < DEVICES; at++)
  devices.push(runDurableDevice(server.url, await enrollDevice(server.url, token, { hostname: `d${at}` })));
t.teardown(async () => {
  await Promise.all(devices.map((device) => device.stop()));
});

/** One stored thing by device and key, and how often it is there. */
type Stored = ReadonlyMap<string, { readonly count: number; readonly seq: number; readonly closed: boolean }>;

/** What the database holds of every device, by host name and key. */
async function readStored(): Promise<Stored> {
  const rows = await server.query(
    (sql) => sql<{ key: string; count: number; seq: number; closed: boolean }[]>`
      SELECT hostname || ' ' || series AS key, count(*)::int, max(seq)::int AS seq, bool_and(cleared_at IS NOT NULL) AS closed
      FROM alert JOIN device USING (tenant, idx) GROUP BY 1
      UNION ALL
      SELECT hostname || ' ' || to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), count(*)::int, max(seq)::int, true
      FROM metric_chunk JOIN device USING (tenant, idx) GROUP BY 1`,
  );
  return new Map(rows.map(({ key, ...rest }) => [key, rest]));
}

/** Messages of which the database shows the effect. */
function countStored(stored: Stored, only: (device: DurableDevice, seq: number) => boolean): number {
  const each = devices.flatMap((device, at) =>
    device.sent.filter(({ seq, kind, key }) => {
      const found = stored.get(`d${at} ${key}`);
      const isThere = found !== undefined && (kind === 'cleared' ? found.closed : true);
      return isThere && only(device, seq);
    }),
  );
  return each.length;
}

function countAcked(): number {
  return devices.reduce((sum, { acked }) => sum + acked.size, 0);
}

function countSent(): number {
  return devices.reduce((sum, { sent }) => sum + sent.length, 0);
}

/** Everything that was ever sent is stored once, by its own number. */
async function checkStored(t: Test): Promise<void> {
  await until('all is acknowledged', () => devices.every((device) => device.settled()));
  const stored = await readStored();
  const keys = devices.flatMap(({ sent }, at) => sent.map(({ key }) => `d${at} ${key}`));
  t.same([...stored.keys()].toSorted(), [...new Set(keys)].toSorted(), 'exactly what was sent is there');
  t.same(
    [...stored].filter(([, { count }]) => count !== 1),
    [],
    'each once',
  );
  t.equal(
    countStored(stored, () => true),
    countSent(),
  );
  t.equal(countAcked(), countSent());
  const wrong = devices.flatMap(({ sent }, at) =>
    sent.filter(({ seq, kind, key }) => kind !== 'firing' && stored.get(`d${at} ${key}`)?.seq !== seq),
  );
  t.same(wrong, [], 'each by its own number');
}

/** Refusals that no durable device should ever see. */
function unexpectedRefusals(): string[] {
  const passing = ['E_BUSY', 'E_UNAVAILABLE', 'E_SHUTDOWN'];
  return devices.flatMap(({ refusals }) => refusals).filter((code) => !passing.includes(code));
}

t.test('ten kills of the server lose nothing that was acknowledged and double nothing', async (t) => {
  let unheard = 0;
  for (let round = 0; round < KILLS; round++) {
    await untilConnected();
    const before = countAcked();
    // Every other time no ack is heard, so that the kill comes surely between commit and ack; else wherever it falls.
    const isDeaf = round % 2 === 0;
    if (isDeaf) for (const device of devices) device.deafen();
    for (const device of devices) device.put(PER_ROUND);
    if (isDeaf)
      await until('some of it is committed', async () => countStored(await readStored(), isUnheard) > 0);
    else await until('some of it is acknowledged', () => countAcked() > before);
    await server.kill();
    const [stored, acked] = [await readStored(), countAcked()];
    t.equal(
      countStored(stored, (device, seq) => device.acked.has(seq)),
      acked,
      'what was acknowledged is there',
    );
    unheard += countStored(stored, isUnheard);
    t.equal((await findPostgres(server.dataDir)).postmasters.length, 1, 'its PostgreSQL lives on');
    await server.start();
    t.equal((await findPostgres(server.dataDir)).postmasters.length, 1, 'and there is never a second one');
  }
  await untilConnected();
  t.ok(unheard >= KILLS / 2, `${unheard} messages were committed and not acknowledged`);
  await checkStored(t);
  t.ok(devices.every((device) => device.sessions() > KILLS));
  t.same(unexpectedRefusals(), []);
});

function untilConnected(): Promise<unknown> {
  return until('all are connected', () => devices.every((device) => device.connected()));
}

function isUnheard(device: DurableDevice, seq: number): boolean {
  return !device.acked.has(seq);
}

t.test('a database that halts for seconds costs no session, no message and no restart', async (t) => {
  const pid = server.pid();
  const sessions = devices.map((device) => device.sessions());
  const acked = countAcked();
  const postgres = await findPostgres(server.dataDir);
  signalPostgres(postgres, 'SIGSTOP');
  try {
    const haltedAt = performance.now();
    for (const device of devices) device.put(PER_ROUND);
    const asked = server.call('/api/v1/devices');
    await until(
      'it says that it is not ready',
      async () => (await server.call('/readyz', { token: null })).status === 503,
    );
    t.match((await server.call('/readyz', { token: null })).body, { code: 'E_UNAVAILABLE', retryable: true });
    t.match((await server.call('/healthz', { token: null })).body, { state: 'alive' });
    t.match(await asked, { status: 503, body: { code: 'E_UNAVAILABLE' } });
    await pause(Math.max(0, HALT_MS - (performance.now() - haltedAt)));
    t.equal(countAcked(), acked, 'nothing is acknowledged that is not stored');
    t.equal(await server.figure('muster_sessions'), DEVICES);
  } finally {
    signalPostgres(postgres, 'SIGCONT');
  }
  // How soon is told by the check `database-away`, where nothing else runs.
  await until('it is ready again', isReady);
  await checkStored(t);
  t.same(
    devices.map((device) => device.sessions()),
    sessions,
    'the sessions were open all the time',
  );
  t.equal(server.pid(), pid);
  t.same((await findPostgres(server.dataDir)).postmasters, postgres.postmasters);
});

async function isReady(): Promise<boolean> {
  return (await server.call('/readyz', { token: null })).status === 200;
}

t.test('a killed database is started again by the server, and messages under way arrive', async (t) => {
  const pid = server.pid();
  for (let round = 0; round < 3; round++) {
    const sessions = devices.map((device) => device.sessions());
    const [postmaster = 0] = (await findPostgres(server.dataDir)).postmasters;
    for (const device of devices) device.put(PER_ROUND);
    signalProcess(postmaster, 'SIGKILL');
    for (const device of devices) device.put(PER_ROUND);
    await until('another one runs', async () => {
      const { postmasters } = await findPostgres(server.dataDir);
      return postmasters.length === 1 && postmasters[0] !== postmaster;
    });
    await until('it is ready again', isReady);
    await checkStored(t);
    t.same(
      devices.map((device) => device.sessions()),
      sessions,
      'the sessions stayed open',
    );
  }
  t.equal(server.pid(), pid);
  t.same(unexpectedRefusals(), []);
});

t.test('a server that is told to stop ends in good order and leaves no process behind', async (t) => {
  for (const device of devices) device.put(PER_ROUND);
  t.equal(await server.stop(), 0);
  t.same((await findPostgres(server.dataDir)).all, []);
  await server.start();
  await checkStored(t);
  await Promise.all(devices.map((device) => device.stop()));
  t.equal(await server.stop(), 0);
  t.same((await findPostgres(server.dataDir)).all, []);
});
