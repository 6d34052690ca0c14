// Two workers as real processes: orders, live views and retirements across them; the controller and a gateway are killed in the middle of a job.
import { get } from 'node:https';
import type { AgentMessage, RunReport } from '@muster/protocol';
import t, { type Test } from 'tap';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { sealResult } from '../support/obedient-device.ts';
import { createOrders } from '../support/orders.ts';
import { readLog, runNode, serverProgram, signalProcess } from '../support/processes.ts';
import { prepareServer, type ServerProcess } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const DEVICES = 12;
const ALL = 'id != ""';
/** What is not acknowledged is sent again after, ms; agents wait longer. */
const RESEND_MS = 500;
/** A whole sample in a stream, and how long one is waited for before the stream is opened again, ms. */
const SAMPLE = /^event: sample\n[^\n]*\n\n/m;
const SAMPLE_PATIENCE_MS = 10_000;

/** A device that stays connected, runs what it is offered once, and sends each report until it is acknowledged. */
class StayingDevice {
  readonly device: SimulatedDevice;
  readonly starts = new Map<string, number>();
  readonly heard = new Set<string>();
  sessions = 0;
  wire: DeviceWire | null = null;
  /** Held back until it is set: so a job can be in the middle. */
  isWorking = true;
  private readonly url: string;
  private readonly waiting = new Map<number, AgentMessage>();
  private readonly pending: { wire: DeviceWire; cmdId: string }[] = [];
  private readonly timer: NodeJS.Timeout;
  private seq = 1;
  private isOver = false;
  private readonly running: Promise<void>;

  constructor(url: string, device: SimulatedDevice) {
    this.url = url;
    this.device = device;
    this.running = this.stay();
    this.timer = setInterval(() => this.resend(), RESEND_MS);
  }

  settled(cmdId: string): boolean {
    return this.starts.has(cmdId) && this.waiting.size === 0 && this.pending.length === 0;
  }

  work(): void {
    this.isWorking = true;
    for (const { wire, cmdId } of this.pending.splice(0)) this.run(wire, cmdId);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    clearInterval(this.timer);
    this.wire?.socket.terminate();
    await this.running;
  }

  private resend(): void {
    for (const message of this.waiting.values()) this.wire?.send(message);
  }

  private async stay(): Promise<void> {
    while (!this.isOver) {
      this.wire = await openDevice(this.url, this.device).catch(() => null);
      if (this.wire === null) await pause(50);
      else await this.obey(this.wire);
    }
  }

  private async obey(wire: DeviceWire): Promise<void> {
    this.sessions += 1;
    if (this.isOver) wire.socket.terminate();
    this.resend();
    for (let message = await wire.next(); message !== null; message = await wire.next()) {
      this.heard.add(message.type);
      if (message.type === 'ack') for (const seq of message.seqs) this.waiting.delete(seq);
      if (message.type === 'live.start') {
        const at = new Date().toISOString();
        wire.send({
          type: 'live.sample',
          id: message.id,
          at,
          values: [{ series: 'system.cpu.busy', value: 0.5 }],
        });
      }
      if (message.type !== 'run.offer' || this.starts.has(message.cmdId)) continue;
      this.starts.set(message.cmdId, (this.starts.get(message.cmdId) ?? 0) + 1);
      this.report(wire, { cmdId: message.cmdId, state: 'accepted', n: 1 });
      if (this.isWorking) this.run(wire, message.cmdId);
      else this.pending.push({ wire, cmdId: message.cmdId });
    }
  }

  private run(wire: DeviceWire, cmdId: string): void {
    this.report(wire, { cmdId, state: 'running', n: 2 });
    this.report(wire, { cmdId, state: 'succeeded', n: 3 });
  }

  private report(wire: DeviceWire, run: Pick<RunReport, 'cmdId' | 'state' | 'n'>): void {
    const { org } = wire.hello;
    const isEnd = run.state === 'succeeded';
    const result = isEnd ? sealResult(this.device, { org, cmdId: run.cmdId, output: '' }) : null;
    const rest = { at: new Date().toISOString(), code: null, message: '', result, output: '' };
    const message: RunReport = { type: 'run.report', seq: this.seq++, ...run, ...rest };
    this.waiting.set(message.seq, message);
    if (wire.socket.readyState === wire.socket.OPEN) wire.send(message);
  }
}

/** Who holds the sockets and who is the controller, as the database says it. */
function readPlaces(server: ServerProcess) {
  return server.query(async (sql) => {
    const rows = await sql<{ id: string; gateway: string }[]>`SELECT id, gateway FROM device WHERE online`;
    const [lease] = await sql<{ holder: string }[]>`SELECT holder FROM lease WHERE name = 'controller'`;
    return {
      gateways: new Map(rows.map(({ id, gateway }) => [id, gateway])),
      controller: lease?.holder ?? '',
    };
  });
}

/** Process ids by worker number, the newest of each; who took the lease last, by number; and how often it was taken. */
function readProcesses(server: ServerProcess) {
  const log = readLog(server);
  const ready = log.filter(({ msg }) => msg === 'a worker is ready');
  const workers = new Map(ready.map(({ worker, pid }) => [Number(worker), Number(pid)]));
  const taken = log.filter(({ msg }) => msg === 'took the lease').map(({ worker }) => Number(worker));
  return { workers, controller: taken.at(-1) ?? 0, terms: taken.length };
}

/** A connection that the killed process had taken is cut; whoever asks again gets through. */
function persist<T>(what: string, work: () => Promise<T>): Promise<T> {
  return until(what, () => work().catch(() => undefined));
}

async function startFleet(t: Test) {
  const server = await prepareServer(t, { flags: ['--workers', '2'] });
  await server.start();
  const token = await server.enrollmentToken(DEVICES + 1);
  const devices: StayingDevice[] = [];
  t.teardown(() => Promise.all(devices.map((one) => one.stop())));
  const enrolled: SimulatedDevice[] = [];
  for (let index = 0; index < DEVICES; index++)
    enrolled.push(await enrollDevice(server.url, token, { hostname: `device-${index}` }));
  // Workers get connections in turn: one after the other, with nothing between, each gets its half.
  for (const device of enrolled) {
    const one = new StayingDevice(server.url, device);
    devices.push(one);
    await until('it is connected', () => one.sessions > 0);
  }
  await until('all are online', async () => (await readPlaces(server)).gateways.size === DEVICES);
  const orders = await createOrders(server);
  await until('the index has them', async () => (await orders.find(ALL)).count === DEVICES);
  return { server, devices, orders };
}

/** The numbers of a job's runs by state, once every one of them has an end. */
async function ended(server: ServerProcess, id: string): Promise<Readonly<Record<string, number>>> {
  return until('every run has ended', async () => {
    const { body } = await persist('an answer', () =>
      server.call<{ counts?: Record<string, number>; endedAt?: string | null }>(`/api/v1/jobs/${id}`),
    );
    return typeof body.endedAt === 'string' ? body.counts : undefined;
  });
}

function countSucceeded(counts: Readonly<Record<string, number>>): number {
  return counts.succeeded ?? 0;
}

t.test('two workers are one server, also when one of them is killed', async (t) => {
  const { server, devices, orders } = await startFleet(t);
  t.equal(new Set((await readPlaces(server)).gateways.values()).size, 2, 'both hold sockets');
  /** Devices whose sockets the controller does not hold. */
  async function findFar(): Promise<readonly StayingDevice[]> {
    const { gateways, controller } = await readPlaces(server);
    return devices.filter(({ device }) => gateways.get(device.id) !== controller);
  }

  await t.test('an order reaches all of them, and each result is recorded once', async (t) => {
    const id = await orders.order(ALL);
    t.equal(countSucceeded(await ended(server, id)), DEVICES);
    t.ok(devices.every(({ starts }) => starts.get(id) === 1));
  });

  await t.test('what is canceled is told to all of them', async (t) => {
    for (const { heard } of devices) heard.delete('freshness');
    for (const one of devices) one.isWorking = false;
    const id = await orders.order(ALL);
    await until('it is under way', () => devices.every(({ starts }) => starts.has(id)));
    const cancel = { method: 'POST', body: { reason: 'A test.' } };
    t.match(await server.call(`/api/v1/jobs/${id}/cancel`, cancel), { status: 200 });
    await until('all have heard it', () => devices.every(({ heard }) => heard.has('freshness')));
    for (const one of devices) one.work();
    await ended(server, id);
  });

  await t.test('somebody looks at a device that another worker holds', async (t) => {
    const [one] = await findFar();
    const token = (
      await runNode(t, serverProgram('token', '--name', 'live', '--data-dir', server.dataDir))
    ).trim();
    const url = `${server.url}/api/v1/devices/${one?.device.id}/metrics/live`;
    // Several times, so that each worker is asked.
    for (let times = 0; times < 4; times++)
      t.match(await until('a sample came', () => readSample(url, token)), /system\.cpu\.busy/);
    t.ok(one?.heard.has('live.start'));
  });

  await t.test('the controller is killed in the middle of a job', async (t) => {
    for (const one of devices) one.isWorking = false;
    const id = await orders.order(ALL);
    await until('it is under way', () => devices.every(({ starts }) => starts.has(id)));
    const far = await findFar();
    t.ok(far.length > 0, 'the other worker holds some');
    const before = far.map(({ sessions }) => sessions);
    const { controller: former } = await readPlaces(server);
    const { controller, workers, terms } = readProcesses(server);
    signalProcess(workers.get(controller) ?? 0, 'SIGKILL');
    for (const one of devices) one.work();
    t.equal(countSucceeded(await ended(server, id)), DEVICES, 'every run ended');
    t.ok(
      devices.every(({ starts }) => starts.get(id) === 1),
      'once',
    );
    t.same(
      far.map(({ sessions }) => sessions),
      before,
      'sockets of the other worker stayed',
    );
    t.not((await readPlaces(server)).controller, former, 'another process went on');
    await until('the log has it', () => readProcesses(server).terms > terms);
    await until('all are online again', async () => (await readPlaces(server)).gateways.size === DEVICES);
  });

  await t.test('a gateway is killed', async (t) => {
    const { controller } = readProcesses(server);
    const gateway = await until('the killed worker was started again', () => {
      const { workers } = readProcesses(server);
      return [...workers].find(([number, pid]) => number !== controller && isAlive(pid))?.[1];
    });
    signalProcess(gateway, 'SIGKILL');
    const id = await persist('an order gets through', () => orders.order(ALL));
    t.equal(countSucceeded(await ended(server, id)), DEVICES);
    t.ok(devices.every(({ starts }) => starts.get(id) === 1));
    await until('all are online again', async () => {
      const { gateways } = await readPlaces(server);
      return gateways.size === DEVICES;
    });
    t.equal(readProcesses(server).controller, controller, 'the controller is the same');
  });

  await t.test('a device is retired, whichever worker holds it and whichever is asked', async (t) => {
    const [one] = devices;
    const path = `/api/v1/devices/${one?.device.id}/decisions`;
    t.match(await server.call(path, { method: 'POST', body: { decision: 'retire' } }), { status: 200 });
    await until('it was told', () => one?.heard.has('refuse') === true);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What a stream says up to its first sample; nothing when none comes in time. */
function readSample(url: string, token: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = get(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (SAMPLE.test(text)) request.destroy();
      });
      response.on('error', () => undefined);
      response.on('close', () => resolve(SAMPLE.test(text) ? text : ''));
    });
    request.on('error', () => resolve(''));
    request.setTimeout(SAMPLE_PATIENCE_MS, () => request.destroy());
  });
}
