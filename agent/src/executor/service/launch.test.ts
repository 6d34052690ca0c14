// Proves that the launcher listens on no socket whose path the system would cut, and that no connection waits for ever for an executor that died.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { startProcess, startWithSocket } from '../../platform/processes.ts';
import { createHouse, program } from '../testing/house.ts';

t.setTimeout(240_000);

const DEADLINE_MS = 60_000;

async function when<T>(what: string, look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

/** The executor that the launcher has started; none yet: undefined. */
function findExecutor(launcher: number): number | undefined {
  const children = readOrNothing(`/proc/${launcher}/task/${launcher}/children`).trim().split(' ');
  const found = children.find((pid) => readOrNothing(`/proc/${pid}/cmdline`).split('\0').includes('serve'));
  return found === undefined ? undefined : Number(found);
}

/** What became of a connection: the first thing that happened to it. */
function watch(socket: Socket): { seen(): 'answered' | 'closed' | undefined } {
  let seen: 'answered' | 'closed' | undefined;
  socket.once('data', () => {
    seen ??= 'answered';
  });
  // Reset or ended: closed for a core either way.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    seen ??= 'closed';
  });
  return { seen: () => seen };
}

t.test(
  'an executor that dies before it took the connections that wait for it leaves none of them open',
  async (t) => {
    const house = await createHouse(t);
    const args = [...program, 'launch', '--state-dir', house.stateDir, '--log-level', 'silent'];
    const launcher = startWithSocket(process.execPath, args, process.env);
    t.teardown(async () => {
      launcher.stop();
      await launcher.ended;
    });
    const path = join(house.stateDir, 'executor.sock');
    async function open(): Promise<Socket> {
      for (const deadline = Date.now() + DEADLINE_MS; ; ) {
        const socket = connect(path);
        const isOpen = await new Promise<boolean>((resolve) => {
          socket.once('connect', () => resolve(true));
          socket.once('error', () => resolve(false));
        });
        if (isOpen) return socket;
        if (Date.now() > deadline) throw new Error('nobody listens');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const sockets = [await open(), await open(), await open()];
    t.teardown(() => sockets.forEach((socket) => void socket.destroy()));
    const watched = sockets.map(watch);
    const pid = await when('an executor starts', () => findExecutor(launcher.pid));
    process.kill(pid, 'SIGKILL');
    // One is on its way to the dead one, which of them depends on how far that had come; the runtime may hold it, and the core
    // gives it up itself.
    const settled = () => watched.filter(({ seen }) => seen() !== undefined).length;
    t.ok(await when('all but one are answered or closed', () => settled() >= 2 || undefined), 'all but one');
    async function openLater() {
      const later = await open();
      sockets.push(later);
      return when('a later one is answered or closed', watch(later).seen);
    }
    // Closed where the launcher has not heard of the end yet: a core knocks again.
    let later = await openLater();
    for (let more = 0; more < 20 && later === 'closed'; more++) later = await openLater();
    t.equal(later, 'answered');
  },
);

t.test(
  'a socket that the system would cut is refused, whatever the settings say of the executor',
  async (t) => {
    const stateDir = `/${'d'.repeat(93)}`;
    const args = [...program, 'launch', '--state-dir', stateDir];
    const end = await startProcess(process.execPath, args, {
      timeoutMs: DEADLINE_MS,
      maxOutputBytes: 65_536,
    });
    t.match(end, {
      outcome: 'exited',
      exitCode: 1,
      errorOutput: /executor\.sock, is 108 bytes long.*set executorSocket to a shorter path.*\(E_CONFIG\)/,
    });
  },
);
