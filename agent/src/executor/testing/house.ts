// A core for tests: starts a real executor on a throw-away folder, speaks to it over its socket, and remembers what it said.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunOffer } from '@muster/protocol';
import type { Command, Content } from '@muster/protocol/commands';
import type { Test } from 'tap';
import { readLockHolder } from '../../platform/instance-lock.ts';
import { startWithSocket } from '../../platform/processes.ts';
import { createUnframer, frameMessage } from '../local/frames.ts';
import type { FromExecutor, ToExecutor } from '../local/messages.ts';
import { ann, bob, commandOf, enrollFolder, freshnessOf, offerOf, scriptOf } from './documents.ts';

const here = dirname(fileURLToPath(import.meta.url));
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const loader =
  extension === '.ts' ? ['--conditions=muster-source', '--import', import.meta.resolve('tsx')] : [];
/** The executor's program as this test sees it: compiled, or from source by the loader. */
export const program: readonly string[] = [...loader, join(here, '..', `main${extension}`)];

const DEADLINE_MS = 60_000;

export type Report = Extract<FromExecutor, { type: 'report' }>;

/** A running executor and the core's end of its socket. */
export interface Session {
  readonly said: FromExecutor[];
  send(message: ToExecutor): void;
  /** The first message, from now or before, that fits. */
  until<T extends FromExecutor>(fits: (message: FromExecutor) => message is T): Promise<T>;
  /** Waits until that holds. */
  when(holds: () => boolean): Promise<void>;
  report(cmdId: string, state: string): Promise<Report>;
  reports(cmdId: string): Report[];
  /** kill -9. */
  kill(): Promise<void>;
  /** Closes the connection and waits for the end of the executor. */
  close(): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** A device with an executor. */
export interface House {
  readonly stateDir: string;
  readonly folder: string;
  readonly fingerprint: string;
  readonly publicKey: Uint8Array;
  start(env?: Readonly<Record<string, string>>): Session;
  command(change?: Partial<Command>): Command;
  offer(change?: Partial<Command>): RunOffer;
  /** A script as a command, and the answers to the questions for its body. */
  script(
    text: string,
    change?: Partial<Command>,
    signed?: Partial<Content>,
  ): { readonly offer: RunOffer; serve(session: Pick<Session, 'send'>): void };
}

async function until<T>(look: () => T | undefined, isOver: () => boolean): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (isOver()) throw new Error('the executor ended before what was waited for');
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function startSession(
  stateDir: string,
  env: Readonly<Record<string, string>>,
  running: Set<Session>,
): Session {
  const args = [
    ...program,
    'serve',
    '--state-dir',
    stateDir,
    '--log-level',
    process.env.MUSTER_TEST_LOG ?? 'silent',
    '--deny-dir',
    join(stateDir, 'deny.d'),
  ];
  const child = startWithSocket(process.execPath, args, {
    ...process.env,
    ...env,
    MUSTER_EXECUTOR_CHILD: '1',
  });
  const said: FromExecutor[] = [];
  const unframe = createUnframer();
  let isOver = false;
  void child.ended.then(() => {
    isOver = true;
    running.delete(session);
  });
  child.socket.on('error', () => child.socket.destroy());
  child.socket.on('data', (bytes) => {
    for (const text of unframe(bytes)) said.push(JSON.parse(text) as FromExecutor);
  });
  const reports = (cmdId: string) =>
    said.filter((message): message is Report => message.type === 'report' && message.cmdId === cmdId);
  const session: Session = {
    said,
    reports,
    ended: child.ended,
    send: (message) => void child.socket.write(frameMessage(message)),
    until: (fits) =>
      until(
        () => said.find(fits),
        () => isOver,
      ),
    when: async (holds) =>
      void (await until(
        () => (holds() ? true : undefined),
        () => isOver,
      )),
    report: (cmdId, state) =>
      until(
        () => reports(cmdId).find((report) => report.state === state),
        () => isOver,
      ),
    async kill() {
      if (!isOver) process.kill(child.pid, 'SIGKILL');
      await child.ended;
    },
    async close() {
      child.socket.destroy();
      await child.ended;
    },
  };
  running.add(session);
  return session;
}

/** Waits for an executor that this process did not start itself: one whose launcher was killed ends in its own time, and writes until then. */
async function untilUnused(folder: string): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; (await readLockHolder(folder)) !== null; ) {
    if (Date.now() > deadline) throw new Error('an executor did not end');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Makes a device in a folder of its own; everything that was started ends with the test. */
export async function createHouse(t: Test): Promise<House> {
  const stateDir = mkdtempSync(join(tmpdir(), 'muster-executor-'));
  const running = new Set<Session>();
  t.teardown(async () => {
    await Promise.all([...running].map((session) => session.kill()));
    await untilUnused(join(stateDir, 'executor'));
    // Not rmSync, which on its retries does not look again for what was written meanwhile.
    await rm(stateDir, { recursive: true, force: true, maxRetries: 10 });
  });
  const device = await enrollFolder(stateDir);
  const command = (change: Partial<Command> = {}) => commandOf(device.fingerprint, change);
  return {
    stateDir,
    folder: join(stateDir, 'executor', `dev_${'m'.repeat(26)}`),
    ...device,
    start: (env = {}) => startSession(stateDir, env, running),
    command,
    offer: (change) => offerOf(command(change), [ann, bob]),
    script(text, change = {}, signed = {}) {
      const { envelope, digest, sha256, body } = scriptOf(text, signed);
      const args = { content: digest, parameters: {}, stdin: '', runAs: '' };
      const order = command({ kind: 'script.run', ...change, args: { ...args, ...change.args } });
      return {
        offer: offerOf(order, [ann, bob], [envelope]),
        serve(session) {
          session.send(freshnessOf({}));
          session.send({
            type: 'piece',
            sha256,
            totalBytes: body.length,
            offset: 0,
            data: body.toString('base64url'),
          });
        },
      };
    },
  };
}
