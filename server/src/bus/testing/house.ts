// The houses that the suite of the bus runs in: members in one process, and members in processes of their own.
import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { seatWorker } from '../cluster.ts';
import { createHub } from '../hub.ts';
import { createLocalHub } from '../local.ts';
import { createPuppet, type Order, type Puppet } from './peer.ts';

/** One member, and the hands on its process. */
export interface Peer {
  readonly id: string;
  readonly tell: Puppet;
  /** Ends its process at once. */
  kill(): Promise<void>;
  /** Its process stands still, so that nothing sent to it is read, until the returned function is called. */
  stall(): Promise<() => void>;
}

/** Where members come from. What a new implementation of the bus has to bring to run the suite. */
export interface House {
  join(): Promise<Peer>;
  /** Ends all members. */
  end(): Promise<void>;
}

/** Bytes that may wait for a member in the tests: little, so that they can fill it. */
export const TEST_LIMIT_BYTES = 512 * 1024;

const options = { clock: systemClock, log: silentLog, limitBytes: TEST_LIMIT_BYTES };

/** All members in this process. */
export function createLocalHouse(): House {
  const hub = createLocalHub(options);
  const tells = new Set<Puppet>();
  return {
    async join() {
      const bus = hub.join();
      const tell = createPuppet(bus);
      tells.add(tell);
      return {
        id: bus.id,
        tell,
        kill: async () => hub.kill(bus.id),
        stall: async () => hub.stall(bus.id),
      };
    },
    async end() {
      await Promise.all([...tells].map((tell) => tell({ act: 'stop' })));
    },
  };
}

/** Each member a forked process of its own; this one routes between them. */
export function createForkedHouse(): House {
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(isSource ? './peer-program.ts' : './peer-program.js', import.meta.url);
  cluster.setupPrimary({
    exec: fileURLToPath(program),
    args: [],
    execArgv: isSource ? ['--conditions=muster-source', '--import', 'tsx'] : [],
    serialization: 'advanced',
  });
  const hub = createHub(options);
  const workers = new Set<Worker>();
  return {
    async join() {
      const worker = cluster.fork();
      workers.add(worker);
      const id = seatWorker(hub, worker, worker.id);
      await new Promise<void>((resolve, reject) => {
        worker.once('exit', (code) => reject(new Error(`the member's program ended with ${code}`)));
        worker.on('message', (message) => message === 'here' && resolve());
      });
      return { id, tell: createTell(worker), kill: () => kill(worker), stall: () => stall(worker) };
    },
    async end() {
      await Promise.all([...workers].map(kill));
    },
  };
}

/** Orders go over the same channel as the bus, as they would if the supervisor had something to say. */
function createTell(worker: Worker): Puppet {
  let count = 0;
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  worker.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('answered' in message)) return;
    const { answered, answer, failed }: { answered?: unknown; answer?: unknown; failed?: unknown } = message;
    const found = waiting.get(Number(answered));
    waiting.delete(Number(answered));
    if (failed === undefined) found?.resolve(answer);
    else found?.reject(new Error(String(failed)));
  });
  return (order: Order) =>
    new Promise((resolve, reject) => {
      count += 1;
      waiting.set(count, { resolve, reject });
      worker.send({ order, number: count });
    });
}

async function kill(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.process.kill('SIGKILL');
  await ended;
}

async function stall(worker: Worker): Promise<() => void> {
  worker.process.kill('SIGSTOP');
  return () => worker.process.kill('SIGCONT');
}
