// A fleet of 200 simulated devices in two processes against a real server: faults, a command, the server killed and back, and the fleet back from its file.
import { join } from 'node:path';
import t from 'tap';
import { giveJobs, makeTokens } from '../fleet/demo.ts';
import { type Fleet, startFleet } from '../fleet/fleet.ts';
import { profiles } from '../fleet/profile.ts';
import { createOrders } from '../support/orders.ts';
import { makeFolder } from '../support/server.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const DEVICES = 200;
/**
 * A day in twelve minutes: a chunk every 7.5 s, a heartbeat every second. Faster than that a busy machine has more to do with devices that
 * come and go than it can, and most of them are never there at once.
 */
const SPEED = 120;

t.test('a fleet enrolls, reports, obeys, has trouble, and outlives its server', async (t) => {
  const server = await prepareServer(t);
  await server.start();
  const devicesFile = join(await makeFolder(t, 'fleet'), 'devices.json');
  const wish = {
    ...{ url: server.url, devices: DEVICES, processes: 2, devicesFile, rate: 100, maxOpening: 20 },
    // Whoever is sent away because the machine is busy stays away for minutes.
    isAtHome: true,
    profile: { ...profiles.mw1, beatEveryMs: SPEED * 1_000 },
    speed: SPEED,
    faults: { slow: 0.05, 'half-open': 0.05, clocks: 0.1, flaps: 0.02, clones: 0.02 },
  } as const;
  const first = await startFleet({
    ...wish,
    tokens: await makeTokens(
      server,
      Array.from({ length: DEVICES }, (_, device) => device),
    ),
    checkWelcome: true,
  });
  t.teardown(() => endFleet(first));
  t.equal(first.pids.length, 2);

  const reported = await first.until(
    'all have enrolled, inventories are stored, and chunks are acknowledged',
    ({ known, counters }) =>
      known === DEVICES && counters.inventoryStored > DEVICES / 10 && counters.chunksAcked > DEVICES / 2,
  );
  t.equal(reported.counters.enrolled, DEVICES);
  t.equal(reported.counters.protocolFaults, 0, 'whatever the server says is understood');
  const { body } = await server.call<{ items: { hostname: string }[] }>('/api/v1/devices?limit=5');
  t.match(body.items[0]?.hostname, /^[a-z]{3}-[a-z]+-\d{5}$/, 'devices are called by site and role');

  // Devices whose key has a second holder are quarantined for it, and nobody else is.
  const caught = await first.until(
    'clones are caught',
    ({ counters }) => counters.clonesTried > 0 && counters.clonesCaught >= counters.clonesTried,
  );
  const healthy = DEVICES - caught.counters.clonesTried;

  const orders = await createOrders(server);
  const jobId = await orders.order('id != ""');
  const done = await first.until(
    'the command ran',
    ({ commands }) => (commands[jobId]?.acked ?? 0) >= healthy - 20,
  );
  t.ok(done.commands[jobId], 'the fleet tells what came of it');
  t.equal(done.counters.runsFailed, 0);
  const job = await until('the server has the results', async () => {
    const { body } = await server.call<{ counts: Record<string, number> }>(`/api/v1/jobs/${jobId}`);
    return (body.counts.succeeded ?? 0) >= healthy - 20 ? body : undefined;
  });
  t.equal(job.counts.failed ?? 0, 0);
  await giveJobs(server);

  await first.storm(1);
  const after = await first.until(
    'they are back after a storm',
    ({ online, counters }) => counters.stormed > 0 && online >= healthy - 20,
  );
  t.ok(after.counters.sessions > reported.counters.sessions);

  await server.kill();
  await first.until('all notice that the server is gone', ({ online }) => online === 0);
  await server.start();
  const back = await first.until('they are back by themselves', ({ online }) => online >= healthy - 20);
  t.ok(back.counters.dropped > 0, 'an end that nobody wanted is counted');
  await giveJobs(server);
  const { body: given } = await server.call<{ jobs: { reason: string }[] }>('/api/v1/jobs?limit=500');
  t.same(
    given.jobs.map(({ reason }) => reason).toSorted(),
    ['A look at everything.', 'A repair of openssl.', 'A test.', 'New certificates.'],
    'the jobs of a demo are given once, however often it is started',
  );
  t.ok(back.reasons.E_CHUNK_TIME, 'measurements of wrong clocks are refused, and that is told');
  await first.stop();

  // The next run needs no token: it goes on with keys and epochs of the file.
  const second = await startFleet({ ...wish, faults: {}, tokens: [] });
  t.teardown(() => endFleet(second));
  const again = await second.until(
    'the devices of the file are back',
    ({ online }) => online >= healthy - 10,
  );
  t.equal(again.counters.enrolled, 0);
  t.notOk(again.reasons.E_FENCED, 'epochs were kept');
  await second.pause();
  await second.until('a paused fleet is away', ({ online }) => online === 0);
  await second.resume();
  await second.until('and comes back', ({ online }) => online >= healthy - 10);
  const { sent } = await second.flood(200);
  t.ok(sent > 0, 'heartbeats as fast as they go');
});

async function endFleet(fleet: Fleet): Promise<void> {
  await fleet.stop().catch(() => undefined);
}
