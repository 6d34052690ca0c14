// The core's way to the executor: knocks, starts it as a child where the settings say so, and knocks again when it is lost.
import { connect, type Socket } from 'node:net';
import { type AgentConfig, executorSocket } from '../../config.ts';
import { fail } from '../../errors.ts';
import { startWithSocket } from '../../platform/processes.ts';
import { CHILD_VARIABLE, executorProgram, settingFlags } from '../service/folders.ts';
import { createUnframer, frameMessage } from './frames.ts';
import type { FromExecutor, ToExecutor } from './messages.ts';

/** Pause before a lost executor is knocked at again, ms: first, and longest; doubles. */
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 30_000;

/** Threads that work on files in an executor that is a child. */
const EXECUTOR_THREADS = '4';

/** An executor that says nothing for so long after the connection was made will never do so, ms: it is knocked at again. */
const ANSWER_MS = 60_000;

/** What the link needs. */
export interface LinkDeps {
  readonly config: AgentConfig;
  /** Time an executor is given to say its first word, ms; ANSWER_MS unless a test says otherwise. */
  readonly answerMs?: number;
  take(message: FromExecutor): void;
  /** The connection is gone. */
  closed(): void;
  /** True while somebody waits for the executor: it is knocked at again when it is lost. */
  isNeeded(): boolean;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** The link. */
export interface Link {
  /** Opens the connection where there is none; what is to be said is said after `ready`. */
  knock(): void;
  /** False while there is no connection. */
  send(message: ToExecutor): boolean;
  /** Gives the connection up; it is opened again when it is needed. */
  drop(): void;
  stop(): Promise<void>;
}

/** A connection that is being made. */
interface Opened {
  readonly socket: Socket;
  /** Ends with the process where it is ours, else at once. */
  readonly ended: Promise<unknown>;
}

function open(config: AgentConfig): Opened {
  if (config.executor === 'service')
    return { socket: connect(executorSocket(config)), ended: Promise.resolve() };
  const [file = process.execPath, ...args] = executorProgram();
  // The core runs with one thread for files, to stay small; here a log would stand before the journal in it.
  const env = { ...process.env, UV_THREADPOOL_SIZE: EXECUTOR_THREADS, [CHILD_VARIABLE]: '1' };
  return startWithSocket(file, [...args, 'serve', ...settingFlags(config)], env);
}

/** Makes the link; nothing is opened before the first knock. */
export function createLink(deps: LinkDeps): Link {
  const { config, take, closed, isNeeded, log, answerMs = ANSWER_MS } = deps;
  let current: Opened | null = null;
  let retryMs = RETRY_FIRST_MS;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function retryLater(): void {
    if (isStopped || !isNeeded()) return;
    clearTimeout(timer);
    timer = setTimeout(knock, retryMs);
    timer.unref();
    retryMs = Math.min(RETRY_LAST_MS, 2 * retryMs);
  }

  function listen(opened: Opened): void {
    const { socket } = opened;
    const unframe = createUnframer();
    let reason: unknown = null;
    // It may have died before it took the connection, which whoever listens for it may then hold open for ever.
    const silence = setTimeout(() => socket.destroy(fail('E_EXECUTOR')), answerMs);
    silence.unref();
    socket.once('data', () => clearTimeout(silence));
    socket.on('error', (err) => {
      reason = err;
    });
    socket.on('end', () => socket.destroy());
    socket.on('data', (bytes) => {
      try {
        for (const text of unframe(bytes)) take(JSON.parse(text) as FromExecutor);
        retryMs = RETRY_FIRST_MS;
      } catch (err) {
        reason = err;
        socket.destroy();
      }
    });
    socket.once('close', () => {
      clearTimeout(silence);
      closed();
      // Not before the process has gone: two on one folder would be refused.
      void opened.ended.then(() => {
        if (current === opened) current = null;
        if (reason !== null) log.warn({ err: reason }, 'the connection to the executor was lost');
        retryLater();
      });
    });
  }

  function knock(): void {
    if (isStopped || current !== null || config.executor === 'none') return;
    clearTimeout(timer);
    current = open(config);
    listen(current);
  }

  return {
    knock,
    send(message) {
      if (current === null || current.socket.destroyed) return false;
      current.socket.write(frameMessage(message));
      return true;
    },
    drop: () => void current?.socket.destroy(),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      const last = current;
      last?.socket.destroy();
      await last?.ended;
    },
  };
}
