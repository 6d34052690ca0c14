// Proves that commands survive their server: killed again and again, no order that was answered and no result is lost.
import t from 'tap';
import { enrollDevice } from '../fleet/device.ts';
import { type ObedientDevice, runObedientDevice } from '../support/obedient-device.ts';
import { createOrders } from '../support/orders.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

const DEVICES = 12;
const KILLS = 6;

t.setTimeout(FILE_PATIENCE_MS);

interface JobSeen {
  readonly id: string;
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

t.test(
  'a server killed while commands flow loses no order and no result, and starts nothing twice',
  async (t) => {
    const server = await prepareServer(t);
    await server.start();
    const token = await server.enrollmentToken(DEVICES);
    const devices: ObedientDevice[] = [];
    for (let n = 0; n < DEVICES; n++) {
      const device = await enrollDevice(server.url, token, { hostname: `host-${n}` });
      devices.push(runObedientDevice(server.url, device, n % 2 === 0 ? 'even\n' : 'odd\n'));
    }
    t.teardown(() => Promise.all(devices.map((device) => device.stop())));
    const orders = await createOrders(server);
    const answered: string[] = [];
    const seed = Date.now();
    t.comment(`seed ${seed}`);
    let random = seed % 2 ** 31;
    const draw = (below: number) => {
      random = (random * 48_271) % (2 ** 31 - 1);
      return random % below;
    };

    for (let kill = 0; kill < KILLS; kill++) {
      const targets = await orders.find('id != ""');
      t.equal(targets.count, DEVICES);
      const { id, envelope } = orders.sign(targets);
      const body = { envelope, snapshot: targets.snapshot };
      const posted = server.call('/api/v1/jobs', { method: 'POST', body }).then(
        ({ status }) => status,
        () => 0,
      );
      // Some are killed right after they have answered, some wherever they are.
      await (kill % 2 === 0 ? posted : pause(draw(40)));
      await server.kill();
      // Whoever got an answer must find his job; whoever got none hands it in again, for the same job.
      const status = await posted;
      if (status === 201) answered.push(id);
      await server.start();
      const { status: found } = await server.call(`/api/v1/jobs/${id}`);
      if (status === 201) t.equal(found, 200, `order ${id} was answered and is there`);
      if (found === 200 && status !== 201) answered.push(id);
    }
    t.ok(answered.length > 0);
    for (const id of answered) {
      const job = await until(`job ${id} is over`, async () => {
        const { body } = await server.call<JobSeen>(`/api/v1/jobs/${id}`);
        return body.endedAt === null ? undefined : body;
      });
      t.same(job.counts, { succeeded: DEVICES }, id);
    }
    await until('every report is acknowledged', () => devices.every((device) => device.settled()));
    for (const device of devices)
      for (const [id, starts] of device.starts)
        t.ok(starts === 1 && answered.includes(id), 'offered commands are stored ones');
    const [rows] = await server.query(
      (sql) => sql`
    SELECT (SELECT count(*) FROM job_exception WHERE payload IS NOT NULL) AS results, (SELECT count(*) FROM blob) AS blobs`,
    );
    t.match(rows, { results: String(answered.length * DEVICES), blobs: '2' });
    t.equal(await server.stop(), 0);
  },
);
