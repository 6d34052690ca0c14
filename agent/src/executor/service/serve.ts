// `muster-executor serve`: one executor on its folder, spoken to by one core, gone when there is nothing to do.
import { createServer, Socket } from 'node:net';
import { isMusterError } from '@muster/protocol';
import type { AgentConfig } from '../../config.ts';
import { fail } from '../../errors.ts';
import { nodeCrypto } from '../../identity/crypto.ts';
import { createLog, type Logger } from '../../log.ts';
import { createDisk } from '../../platform/disk.ts';
import { createFiles } from '../../platform/files.ts';
import { readBootId, readHostname } from '../../platform/host.ts';
import { acquireInstanceLock } from '../../platform/instance-lock.ts';
import { sleep } from '../../platform/pause.ts';
import { type Engine, openEngine } from '../engine.ts';
import { createFailpoint, FAILPOINT_VARIABLE } from '../failpoints.ts';
import { findKind } from '../kinds/index.ts';
import { LINGER_MS, LONG_WAIT_MS } from '../limits.ts';
import { type FromExecutor, parseToExecutor } from '../local/messages.ts';
import { findWorker } from '../policy/place.ts';
import { createUnits, startProgram } from '../units.ts';
import { type Channel, openChannel } from './channel.ts';
import { readDenyList } from './deny-list.ts';
import { CHILD_VARIABLE, executorFolder, executorProgram, settingFlags } from './folders.ts';
import { forgetIdentity, openIdentity } from './identity.ts';
import { createOwnFacts } from './own-facts.ts';
import { readProgramOutput } from './read-program.ts';
import { createSignerLog, type SignerLog } from './signer-log.ts';

/** Time between two looks whether there is still something to do, ms. */
const IDLE_LOOK_MS = 250;
/** Pause before a failed start ends where a service manager starts again at once, because the core still knocks, ms. */
const FAILED_PAUSE_MS = 5_000;
/** First descriptor that a service manager hands over, sd_listen_fds(3). */
const FIRST_FD = 3;

/** Ms since the system started: CLOCK_MONOTONIC, the same for all processes. */
const readMonotonicMs = () => Number(process.hrtime.bigint() / 1_000_000n);

/** Ends at once, as `kill -9` does: what a failpoint stands for. */
const die = () => process.kill(process.pid, 'SIGKILL');

/** The core at the other end: the newest connection counts. */
class Core {
  private channel: Channel | null = null;
  private readonly log: Logger;
  heardAt = performance.now();

  constructor(log: Logger) {
    this.log = log;
  }

  send(message: FromExecutor): boolean {
    return this.channel?.send(message) ?? false;
  }

  isHere(): boolean {
    return this.channel !== null;
  }

  accept(socket: Socket, engine: Engine): Channel {
    this.channel?.close();
    this.heardAt = performance.now();
    const take = async (text: string) => {
      this.heardAt = performance.now();
      try {
        await engine.take(parseToExecutor(text));
      } catch (error) {
        // A message that is not understood is the fault of who sent it; what is no expected failure is ours.
        if (!isMusterError(error)) throw error;
        this.log.warn({ code: error.code }, 'a message of the core was not understood');
      }
    };
    const channel = openChannel(socket, take, (err) =>
      this.log.warn({ err }, 'the connection to the core failed'),
    );
    this.channel = channel;
    void channel.ended.then(() => {
      if (this.channel === channel) this.channel = null;
    });
    engine.connected();
    return channel;
  }

  close(): void {
    this.channel?.close();
  }
}

/** True when a service manager has handed over one socket, and to this very process: sd_listen_fds(3). */
function isActivated({ LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv): boolean {
  return LISTEN_PID === `${process.pid}` && LISTEN_FDS === '1';
}

/** Where connections come from; resolves when none can come any more. */
function listen(env: NodeJS.ProcessEnv, accept: (socket: Socket) => Channel): Promise<void> {
  if (env[CHILD_VARIABLE] === '1') return accept(new Socket({ fd: FIRST_FD })).ended;
  if (process.send !== undefined) {
    process.on('message', (_message, handle) => {
      if (handle instanceof Socket) accept(handle);
    });
    return new Promise((resolve) => process.once('disconnect', () => resolve()));
  }
  if (!isActivated(env))
    throw fail('E_USAGE', {
      detail: 'A service manager starts "serve" and hands it a socket; use "launch" where there is none.',
    });
  createServer(accept).listen({ fd: FIRST_FD });
  return new Promise(() => undefined);
}

async function openOwnEngine(
  config: AgentConfig,
  core: Core,
  {
    log,
    fatal,
    left,
  }: {
    readonly log: Logger;
    fatal(error: unknown): void;
    left(): void;
  },
): Promise<{ readonly engine: Engine; readonly signers: SignerLog }> {
  const folder = executorFolder(config);
  const { pinned, isNew } = await openIdentity(config.stateDir, folder);
  const { org, deviceId, trustHash } = pinned;
  if (isNew) log.info({ org, deviceId, trustHash }, 'this device was pinned');
  const own = `${folder}/${pinned.deviceId}`;
  await createDisk(folder).makeFolder(pinned.deviceId);
  const bootId = await readBootId(createFiles());
  const facts = createOwnFacts(pinned.deviceId, readMonotonicMs);
  const signers = createSignerLog({ folder: own, deviceId }, log);
  const unit = `muster-policy-${deviceId.replace(/^dev_/, '')}`;
  const engine = await openEngine({
    disk: createDisk(own),
    failpoint: createFailpoint(process.env[FAILPOINT_VARIABLE], die),
    pinned,
    crypto: nodeCrypto,
    units: createUnits({
      program: executorProgram(),
      bootId,
      deviceId,
      failpoint: process.env[FAILPOINT_VARIABLE],
      at: (path) => `${own}/${path}`,
    }),
    cycleUnit: {
      start: (id) => startProgram(unit, [...executorProgram(), 'cycle', id, ...settingFlags(config)]),
      isAlive: async () => (await findWorker(config)) !== null,
    },
    folder: own,
    ownFolders: [config.stateDir, folder, config.denyDir],
    bootId,
    now: () => Date.now(),
    monotonic: readMonotonicMs,
    pause: sleep,
    hostname: readHostname,
    readDenyList: () => readDenyList(config.denyDir),
    openFacts: () => facts.open(),
    findKind,
    runInside: readProgramOutput,
    send: (message) => core.send(message),
    note: signers.note,
    left,
    fatal,
    log,
  });
  return { engine, signers };
}

/** Waits until there is nothing to do for a while; says goodbye with the time at which there will be something. */
async function untilIdle(engine: Engine, core: Core): Promise<void> {
  for (;;) {
    await sleep(IDLE_LOOK_MS);
    const waitMs = engine.waitMs();
    const isSoon = waitMs !== null && waitMs < LONG_WAIT_MS;
    if (engine.isBusy() || isSoon || performance.now() - core.heardAt < LINGER_MS) continue;
    core.send({ type: 'bye', wakeInMs: waitMs, openRuns: engine.openRuns() });
    return;
  }
}

/** What happens inside is short: it is waited for, units are not. */
async function settle(engine: Engine): Promise<void> {
  for (let tries = 0; engine.isBusy() && tries < 8; tries++) await sleep(IDLE_LOOK_MS);
}

/** Runs the command. @throws MusterError E_RUNNING, E_NOT_ENROLLED, E_STATE */
export async function runServe(config: AgentConfig): Promise<void> {
  const log = createLog(config.logLevel);
  const release = await acquireInstanceLock(executorFolder(config));
  const core = new Core(log);
  const told = new Promise<void>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve());
  });
  let hasLeft = false;
  const opening = openOwnEngine(config, core, {
    log,
    left() {
      hasLeft = true;
    },
    fatal(err) {
      // Nothing may be promised any more; the next executor finds out from the disk what is true.
      log.error({ err }, 'the executor failed and ends');
      process.exit(70);
    },
  });
  const { engine, signers } = await opening.catch(async (error: unknown) => {
    if (isActivated(process.env)) await sleep(FAILED_PAUSE_MS);
    throw error;
  });
  const lost = listen(process.env, (socket) => core.accept(socket, engine)).then(() => settle(engine));
  await Promise.race([untilIdle(engine, core), lost, told]);
  if (hasLeft) await forgetIdentity(executorFolder(config));
  await engine.close();
  await signers.flush();
  await release();
  core.close();
}
