// The composition root of the agent: inventory, recorder, outbox and connection, and who tells whom.
import { encodeHeartbeat } from '@muster/protocol';
import { openInventory } from './commands/inventory.ts';
import type { AgentConfig } from './config.ts';
import { type ConnectionState, createConnection } from './connection/connection.ts';
import { createOutbox } from './connection/outbox.ts';
import type { AgentSession, HandledMessage } from './connection/session.ts';
import { createInventoryConversation } from './conversations/inventory.ts';
import { createMetricsConversation } from './conversations/metrics.ts';
import { fail } from './errors.ts';
import { createStateFolder } from './identity/state-folder.ts';
import { systemClock } from './platform/clock.ts';
import { deflate, inflate } from './platform/deflate.ts';
import { createFiles } from './platform/files.ts';
import { readBootId } from './platform/host.ts';
import { createProcSource } from './platform/linux/proc-reader.ts';
import type { Logger } from './platform/log.ts';
import { createStorage } from './platform/storage.ts';
import { createRecorder, type Recorder } from './sampler/recorder.ts';
import { type AgentStatus, writeStatus } from './status.ts';
import { AGENT_VERSION } from './version.ts';

/** The running agent. */
export interface Agent {
  start(): Promise<void>;
  /** Writes down what is not yet on disk and says goodbye. */
  stop(): Promise<void>;
}

/** Calls `work` after `delayMs` without keeping the process alive; the answer cancels it. */
function after(delayMs: number, work: () => void): () => void {
  const timer = setTimeout(work, delayMs);
  return () => clearTimeout(timer);
}

/** Hands each message of the server to its part. */
function createHandle(parts: {
  readonly recorder: Recorder;
  readonly inventory: ReturnType<typeof createInventoryConversation>;
  readonly metrics: ReturnType<typeof createMetricsConversation>;
  failed(err: unknown): void;
}): (message: HandledMessage) => void {
  const { inventory, metrics, recorder } = parts;
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
        message satisfies never;
    }
  };
}

/** Puts the agent together. @throws MusterError E_NOT_ENROLLED, E_STATE */
export async function createAgent(config: AgentConfig, log: Logger): Promise<Agent> {
  const storage = createStorage(config.stateDir);
  const folder = createStateFolder(storage);
  const enrollment = await folder.enrollment();
  if (enrollment === null) throw fail('E_NOT_ENROLLED');
  const outbox = createOutbox(storage);
  let session: AgentSession | null = null;
  const current = () => session;
  const readOutbox = () => ({ items: outbox.depth(), dropped: outbox.dropped() });
  const { inventory } = openInventory(config, { log, readOutbox });
  const metrics = createMetricsConversation({ outbox, session: current, log });
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
  const handle = createHandle({
    recorder,
    inventory: createInventoryConversation({ inventory, session: current, log }),
    metrics,
    failed: (err) => log.warn({ err }, 'answering the server failed'),
  });

  function note(connection: AgentStatus['connection']): Promise<void> {
    const status: AgentStatus = {
      writtenAt: new Date().toISOString(),
      pid: process.pid,
      connection,
      outbox: { depth: outbox.depth(), dropped: outbox.dropped(), diskFull: outbox.diskFull() },
    };
    return writeStatus(storage, status).catch((err: unknown) => {
      log.warn({ err }, 'the status file was not written');
    });
  }

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
    heartbeat: () =>
      encodeHeartbeat({
        ...recorder.latest(),
        uptimeS: recorder.latest().uptimeS ?? 0,
        inventoryDigest: inventory.digest(),
        outboxDepth: outbox.depth(),
        dropped: outbox.dropped(),
      }),
    changed(state: ConnectionState) {
      if (state.state === 'online') log.info({ offsetMs: state.offsetMs }, 'online');
      if (state.state !== 'connecting') void note(state);
    },
    opened(opened) {
      session = opened;
      void opened.ended.then(() => {
        session = null;
        metrics.ended();
      });
    },
  });

  return {
    async start() {
      const { waiting, damagedBytes } = await outbox.load();
      if (damagedBytes > 0) log.warn({ damagedBytes }, 'the outbox log was damaged; the damage was cut off');
      log.info({ deviceId: enrollment.deviceId, server: enrollment.serverUrl, waiting }, 'agent starts');
      await recorder.start();
      await inventory.start();
      connection.start();
    },
    async stop() {
      await connection.stop();
      await inventory.stop();
      await recorder.stop();
      await outbox.flush();
      await note({ state: 'stopped' });
    },
  };
}
