// `muster-executor launch`: listens where no service manager does, starts the executor on demand and hands it the connection.
import { chmod, chown, rm, stat } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type AgentConfig, requireExecutorSocket } from '../../config.ts';
import { createLog } from '../../log.ts';
import { startWithHandles } from '../../platform/processes.ts';
import { executorProgram, settingFlags } from './folders.ts';

/** The owner of the state folder is the core's user: the socket is his group's, and nobody else's. */
async function admitCore(path: string, stateDir: string): Promise<void> {
  const { uid, gid } = await stat(stateDir);
  if (uid === process.geteuid?.()) return chmod(path, 0o600);
  await chown(path, 0, gid);
  await chmod(path, 0o660);
}

type Executor = ReturnType<typeof startWithHandles>;

/**
 * Hands a connection over; false: it was not taken. One that waits until another is taken dies with the executor, and the runtime
 * tells nobody: without that end a core would wait for an answer for ever.
 */
function give({ send, ended }: Executor, socket: Socket): Promise<boolean> {
  return Promise.race([send(socket), ended.then(() => false)]);
}

/** Runs the command until a signal. Connections and nothing in them: no byte of the core is read here. @throws MusterError E_CONFIG */
export async function runLaunch(config: AgentConfig): Promise<void> {
  const log = createLog(config.logLevel);
  const path = requireExecutorSocket(config);
  const [file = process.execPath, ...args] = executorProgram();
  let executor: Executor | null = null;
  const current = () => executor;

  function start(): Executor {
    const next = startWithHandles(file, [...args, 'serve', ...settingFlags(config)], process.env);
    executor = next;
    void next.ended.then((code) => {
      if (executor === next) executor = null;
      log.info({ code }, 'the executor has ended');
    });
    return next;
  }

  async function hand(socket: Socket): Promise<void> {
    const first = current();
    // One that is just ending does not take it; a second is started then, unless another connection has started it.
    if (first !== null && (await give(first, socket))) return;
    const next = current();
    const second = next === null || next === first ? start() : next;
    if (!(await give(second, socket))) socket.destroy();
  }

  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    hand(socket).catch((err: unknown) => log.warn({ err }, 'a connection was not handed on'));
  });
  await rm(path, { force: true });
  const before = process.umask(0o177);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  process.umask(before);
  await admitCore(path, config.stateDir);
  log.info({ path, folder: dirname(path) }, 'the launcher listens');
  await new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve());
  });
  server.close();
  const last = current();
  last?.stop();
  await last?.ended;
}
