// The composition root of the agent: inventory, recorder, outbox and connection, and who tells whom.
import { encodeHeartbeat } from '@muster/protocol';
import { openInventory } from './commands/inventory.ts';
import type { AgentConfig } from './config.ts';
import { type ConnectionState, createConnection, loadTrust } from './connection/connection.ts';
import { createOutbox, type Outbox } from './connection/outbox.ts';
import { DAMAGED_FOLDER } from './connection/outbox-log.ts';
import type { AgentSession, HandledMessage } from './connection/session.ts';
import { requireTls } from './connection/socket.ts';
import { createInventoryConversation } from './conversations/inventory.ts';
import { createMetricsConversation } from './conversations/metrics.ts';
import { createRunsConversation, type RunsConversation } from './conversations/runs.ts';
import { createWitness } from './conversations/witness.ts';
import { fail } from './errors.ts';
import { createSigner } from './identity/crypto.ts';
import { createStateFolder, type StateFolder } from './identity/state-folder.ts';
import type { Logger } from './log.ts';
import { systemClock } from './platform/clock.ts';
import { deflate, inflate } from './platform/deflate.ts';
import { createFiles } from './platform/files.ts';
import { readBootId } from './platform/host.ts';
import { createProcSource } from './platform/linux/proc-reader.ts';
import { createStorage, type Storage } from './platform/storage.ts';
import { createRecorder, type Recorder } from './sampler/recorder.ts';
import { type AgentStatus, readStatus, writeStatus } from './status.ts';
import { createSuspicions, type Suspicion, type Suspicions } from './suspicion.ts';
import { AGENT_VERSION } from './version.ts';

/** The running agent. */
export interface Agent {
  start(): Promise<void>;
  /** Writes down what is not yet on disk and says goodbye. */
  stop(): Promise<void>;
  /** Resolves when a command has taken this device out of its organization: its keys are gone, the agent must stop. */
  readonly left: Promise<void>;
}

/** Calls `work` after `delayMs` without keeping the process alive, which the connection does; the answer cancels it. */
function after(delayMs: number, work: () => void): () => void {
  const timer = setTimeout(work, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Hands each message of the server to its part. */
function createHandle(parts: {
  readonly recorder: Recorder;
  readonly inventory: ReturnType<typeof createInventoryConversation>;
  readonly metrics: ReturnType<typeof createMetricsConversation>;
  readonly runs: RunsConversation;
  failed(err: unknown): void;
}): (message: HandledMessage) => void {
  const { inventory, metrics, recorder, runs } = parts;
  return (message) => {
    switch (message.type) {
      case 'inventory.ask':
        inventory.ask();
        break;
      case 'inventory.want':
        inventory.want(message).catch(parts.failed);
        break;
      case 'inventory.stored':
        break;
      case 'live.get':
        inventory.live(message).catch(parts.failed);
        break;
      case 'live.start':
        metrics.start(recorder, message);
        break;
      case 'live.stop':
        metrics.stop(message);
        break;
      case 'metrics.get':
        metrics.get(recorder);
        break;
      default:
        runs.handle(message);
    }
  };
}

/** What the parts of one agent share. */
interface Base {
  readonly config: AgentConfig;
  readonly log: Logger;
  readonly storage: Storage;
  readonly outbox: Outbox;
  readonly folder: StateFolder;
  readonly suspicions: Suspicions;
  /** The open session, or null. */
  session(): AgentSession | null;
  /** The device has left its organization. */
  leave(): void;
}

/** Commands and their results. */
function createRuns(
  { config, log, storage, outbox, folder, suspicions, session, leave }: Base,
  refresh: () => Promise<void>,
) {
  const witness = createWitness({
    ...{ storage, log, after },
    now: systemClock.now,
    random: Math.random,
    refused: suspicions.note,
    send: (message) => session()?.send(JSON.stringify(message)),
    async trust() {
      const enrollment = await folder.enrollment();
      if (enrollment === null) throw fail('E_NOT_ENROLLED');
      return loadTrust(enrollment).document;
    },
  });
  return createRunsConversation({
    ...{ config, outbox, session, log, witness },
    alarmed: suspicions.note,
    signer: async () => createSigner((await folder.keys()).device),
    async act(act, acked) {
      if (act === 'refresh-inventory') return refresh();
      // The server hears of it by the last signature of a key that is gone afterwards.
      await acked;
      await folder.forget();
      leave();
    },
  });
}

/** Inventory, recorder and runs, and their conversations with the server. */
function createParts(base: Base) {
  const { config, log, storage, outbox, session } = base;
  const readOutbox = () => ({ items: outbox.depth(), dropped: outbox.dropped() });
  const { inventory } = openInventory(config, { log, readOutbox });
  const metrics = createMetricsConversation({ outbox, session, log });
  const recorder = createRecorder({
    clock: systemClock,
    after,
    source: createProcSource(),
    storage,
    deflate,
    inflate,
    random: Math.random,
    outboxDepth: () => outbox.depth(),
    onChunk: metrics.chunk,
    onAlert: metrics.alert,
    onTrouble: (what, err, name) => log.warn({ what, err, name }, 'the sampler has trouble'),
  });
  const conversation = createInventoryConversation({ inventory, session, log });
  const failed = (err: unknown) => log.warn({ err }, 'answering the server failed');
  const runs = createRuns(base, () => inventory.runNow());
  const handle = createHandle({ recorder, inventory: conversation, metrics, runs, failed });
  return { inventory, metrics, recorder, runs, handle };
}

/** The heartbeat of this moment. */
function readHeartbeat({ inventory, recorder }: ReturnType<typeof createParts>, outbox: Outbox): Uint8Array {
  const latest = recorder.latest();
  return encodeHeartbeat({
    ...latest,
    inventoryDigest: inventory.digest(),
    outboxDepth: outbox.depth(),
    dropped: outbox.dropped(),
  });
}

/** Writes the status file; that it cannot is worth a line in the log and no more. */
async function noteStatus(
  { storage, outbox, log, suspicions }: Base,
  connection: AgentStatus['connection'],
): Promise<void> {
  const state = {
    depth: outbox.depth(),
    dropped: outbox.dropped(),
    diskFull: outbox.diskFull(),
    damagedBytes: outbox.damagedBytes(),
  };
  const writtenAt = new Date().toISOString();
  try {
    const suspicion = suspicions.view();
    await writeStatus(storage, { writtenAt, pid: process.pid, connection, outbox: state, suspicion });
  } catch (err) {
    log.warn({ err }, 'the status file was not written');
  }
}

/** What an earlier agent suspected; a status file that cannot be read says nothing. */
async function readSuspicion(storage: Storage, log: Logger): Promise<Suspicion | null> {
  try {
    return (await readStatus(storage))?.suspicion ?? null;
  } catch (err) {
    log.warn({ err }, 'the status file could not be read');
    return null;
  }
}

/** Does one step of the stop; one that fails must not keep the others from writing down what they have. */
async function attempt(log: Logger, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (err) {
    log.warn({ err, what }, 'a part did not stop in good order');
  }
}

/** Puts the agent together. @throws MusterError E_NOT_ENROLLED, E_STATE, E_CONFIG for an address without TLS */
export async function createAgent(config: AgentConfig, log: Logger): Promise<Agent> {
  const storage = createStorage(config.stateDir);
  const folder = createStateFolder(storage);
  const enrollment = await folder.enrollment();
  if (enrollment === null) throw fail('E_NOT_ENROLLED');
  requireTls(enrollment.serverUrl, config.proxyEndsTls);
  const outbox = createOutbox(storage, systemClock.now);
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const session = () => connection.session();
  let state: AgentStatus['connection'] = { state: 'connecting' };
  const before = await readSuspicion(storage, log);
  const changed = () => void noteStatus(base, state);
  const suspicions = createSuspicions({ now: systemClock.now, after, changed }, before);
  const base: Base = { config, log, storage, outbox, folder, suspicions, session, leave };
  const parts = createParts(base);
  const { inventory, recorder, metrics, runs, handle } = parts;
  let isStopping = false;
  const connection = createConnection({
    folder,
    enrollment,
    bootId: await readBootId(createFiles()),
    agentVersion: AGENT_VERSION,
    allowUnbound: config.proxyEndsTls,
    outbox,
    clock: systemClock,
    random: Math.random,
    log,
    handle,
    piece: (piece) => runs.piece(piece),
    heartbeat: () => readHeartbeat(parts, outbox),
    changed(next: ConnectionState) {
      state = next;
      if (next.state === 'online') log.info({ offsetMs: next.offsetMs }, 'online');
      if (next.state !== 'connecting' && !isStopping) void noteStatus(base, next);
    },
    opened(opened) {
      runs.opened();
      void opened.ended.then(() => metrics.ended());
    },
  });

  return {
    async start() {
      const { waiting, cutBytes } = await outbox.load();
      if (cutBytes > 0) log.warn({ cutBytes }, 'a write to the outbox was not completed; it is cut off');
      const damagedBytes = outbox.damagedBytes();
      if (damagedBytes > 0)
        log.error(
          { damagedBytes, folder: DAMAGED_FOLDER },
          'waiting messages were damaged on disk; what is damaged is set aside, the others are sent',
        );
      log.info({ deviceId: enrollment.deviceId, server: enrollment.serverUrl, waiting }, 'agent starts');
      await recorder.start();
      await inventory.start();
      runs.start();
      connection.start();
    },
    async stop() {
      isStopping = true;
      state = { state: 'stopped' };
      // What must be on disk comes first: a server that hangs may use up the time that a stop is given.
      await attempt(log, 'recorder', () => recorder.stop());
      await attempt(log, 'outbox', () => outbox.flush());
      await attempt(log, 'inventory', () => inventory.stop());
      await noteStatus(base, { state: 'stopped' });
      await connection.stop();
      await attempt(log, 'runs', () => runs.stop());
    },
    left,
  };
}
