// Several workers behind one port, as real processes: they share the devices, one may die, and nothing is left when they are told to stop.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import {
  findPostgres,
  readLog,
  runNode,
  serverProgram,
  signalProcess,
  startNode,
} from '../support/processes.ts';
import { makeFolder } from '../support/server.ts';
import { prepareServer, type ServerProcess } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const DEVICES = 8;

/** Process ids of the workers that have become ready, by their number, the newest of each. */
function findWorkers(server: ServerProcess): ReadonlyMap<number, number> {
  const ready = readLog(server).filter(({ msg }) => msg === 'a worker is ready');
  return new Map(ready.map(({ worker, pid }) => [Number(worker), Number(pid)]));
}

/** One figure of all workers that told it, by their number. */
async function readFigure(server: ServerProcess, name: string): Promise<ReadonlyMap<number, number>> {
  const { text } = await server.call('/metrics', { token: null });
  const found = text.matchAll(new RegExp(`^${name}{worker="(\\d+)"} (\\S+)$`, 'gm'));
  return new Map([...found].map(([, worker, value]) => [Number(worker), Number(value)]));
}

async function untilAllAnswer(server: ServerProcess): Promise<void> {
  await until('all workers answer', async () => {
    const up = await readFigure(server, 'muster_worker_up').catch(() => new Map());
    return up.size === 2 && [...up.values()].every((value) => value === 1);
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function untilNothingIsLeft(t: Test, server: ServerProcess, pids: readonly number[]): Promise<void> {
  t.same(pids.filter(isAlive), [], 'no worker is left');
  t.same((await findPostgres(server.dataDir)).all, [], 'nor anything of PostgreSQL');
  for (const name of ['server.lock', 'database-address'])
    t.notOk(existsSync(join(server.dataDir, name)), `nor ${name}`);
}

/** Devices that stay connected, each coming back when its session ends. */
async function connectDevices(t: Test, server: ServerProcess) {
  const token = await server.enrollmentToken(DEVICES);
  const devices: SimulatedDevice[] = [];
  for (let index = 0; index < DEVICES; index++)
    devices.push(await enrollDevice(server.url, token, { hostname: `device-${index}` }));
  const wires = new Set<DeviceWire>();
  let isOver = false;
  async function stay(device: SimulatedDevice): Promise<void> {
    while (!isOver) {
      const wire = await openDevice(server.url, device).catch(() => undefined);
      if (wire) {
        wires.add(wire);
        if (isOver) wire.socket.terminate();
        await wire.closed;
        wires.delete(wire);
      } else await new Promise((next) => setTimeout(next, 50));
    }
  }
  const staying = devices.map(stay);
  t.teardown(async () => {
    isOver = true;
    for (const { socket } of wires) socket.terminate();
    await Promise.all(staying);
  });
  return {
    end() {
      isOver = true;
    },
    count: () => wires.size,
  };
}

async function countSessions(server: ServerProcess): Promise<readonly number[]> {
  return [...(await readFigure(server, 'muster_sessions')).values()];
}

t.test('the help is shown behind a command too, and nothing is started', async (t) => {
  t.match(await runNode(t, serverProgram('run', '--workers', '2', '--help')), /^Run the server/);
});

t.test('two workers share one port, and one that dies is replaced', async (t) => {
  const server = await prepareServer(t, { flags: ['--workers', '2'] });
  await server.start();
  const before = findWorkers(server);
  t.same([...before.keys()].toSorted(), [1, 2]);
  t.notOk([...before.values()].includes(server.pid()), 'the process that was started is none of them');
  for (const path of ['/healthz', '/readyz'])
    t.match(await server.call(path, { token: null }), { status: 200 });
  const devices = await connectDevices(t, server);
  await until('all devices are there', async () => {
    const sessions = await countSessions(server);
    return sessions.length === 2 && sessions.reduce((sum, count) => sum + count, 0) === DEVICES;
  });
  t.ok(
    (await countSessions(server)).every((count) => count > 0),
    'both have some',
  );

  const [survivor = 0, victim = 0] = [before.get(1), before.get(2)];
  signalProcess(victim, 'SIGKILL');
  await until('another has taken its place', () => {
    const pid = findWorkers(server).get(2) ?? 0;
    return pid !== victim && isAlive(pid);
  });
  await untilAllAnswer(server);
  t.equal(findWorkers(server).get(1), survivor, 'the other one stayed');
  await until('all devices are back', async () => {
    const sessions = await countSessions(server);
    return sessions.reduce((sum, count) => sum + count, 0) === DEVICES;
  });

  devices.end();
  const pids = [...findWorkers(server).values()];
  t.equal(await server.stop(), 0, 'told to stop, it ends well');
  await until('the sockets of the devices are closed', () => devices.count() === 0);
  await untilNothingIsLeft(t, server, pids);
  t.equal(
    readLog(server).filter(({ msg, worker }) => msg === 'server stopped' && worker !== undefined).length,
    2,
    'both drained',
  );
});

t.test(
  'workers whose supervisor is killed drain and end, and the next server begins where it left off',
  async (t) => {
    const server = await prepareServer(t, { flags: ['--workers', '2'] });
    await server.start();
    const pids = [...findWorkers(server).values()];
    t.equal(pids.length, 2);
    await server.kill();
    await until('they have ended', () => !pids.some(isAlive));
    const stopped = readLog(server).filter(({ msg }) => msg === 'server stopped');
    t.same(stopped.map(({ worker }) => worker).toSorted(), [1, 2], 'in good order');
    await server.start();
    t.match(await server.call('/api/v1/devices'), { status: 200 });
    const next = [...findWorkers(server).values()];
    t.equal(await server.stop(), 0);
    await untilNothingIsLeft(t, server, next);
  },
);

t.test('a port in use ends one process as well as several, with one sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  for (const workers of ['1', '2']) {
    const dataDir = await makeFolder(t, 'refused');
    const flags = ['--port', `${port}`, '--workers', workers];
    const program = startNode(t, serverProgram('run', '--data-dir', dataDir, ...flags));
    t.equal(await program.ended, 1);
    t.match(
      program.output(),
      /The server cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\).* \(E_LISTEN\)/,
      `${workers} of them`,
    );
    t.notMatch(program.output(), /killing a worker/);
    t.same((await findPostgres(dataDir)).all, []);
  }
});
