// Keeps one session to the server open for as long as the agent runs, and knows when to try again.
import {
  type Envelope,
  followTrustChain,
  isMusterError,
  isTrustDocument,
  openTrustGenesis,
  parseEnvelope,
  type TrustState,
} from '@muster/protocol';
import type { WebSocket } from 'ws';
import { createSigner, nodeCrypto } from '../identity/crypto.ts';
import type { Enrollment, StateFolder } from '../identity/state-folder.ts';
import { HEALTHY_AFTER_MS } from '../timing.ts';
import { createBackoff } from './backoff.ts';
import { authenticate, awaitHello, RefusedError } from './opening.ts';
import { type AgentSession, runSession, type SessionEnd, type SessionParts } from './session.ts';
import { connectSocket, requirePin } from './socket.ts';

/** Where the connection stands, for `muster-agent status` and the log. */
export type ConnectionState =
  | { readonly state: 'connecting' }
  | { readonly state: 'online'; readonly since: string; readonly offsetMs: number }
  | { readonly state: 'waiting'; readonly why: string; readonly code: string; readonly retryAt: string };

/** What a connection is made of. */
export interface ConnectionDeps extends SessionParts {
  readonly folder: StateFolder;
  readonly enrollment: Enrollment;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly allowUnbound: boolean;
  /** Tells the other parts; called on every change. */
  changed(state: ConnectionState): void;
  /** A session is open: the parts may send through it until it ends. */
  opened(session: AgentSession): void;
}

/** The connection. */
export interface Connection {
  start(): void;
  /** Closes the session in good order and waits for it. */
  stop(): Promise<void>;
  session(): AgentSession | null;
}

/** Verifies the stored trust documents again, from the hash that the token pinned: a changed file is found here. */
export function loadTrust(enrollment: Enrollment): TrustState {
  const [genesis, ...updates] = enrollment.trust;
  const deps = { crypto: nodeCrypto, validate: isTrustDocument };
  let trust = openTrustGenesis(genesis, { ...deps, expectedHash: enrollment.trustHash });
  for (const update of updates) trust = followTrustChain(trust, [update], deps);
  return trust;
}

/** Makes the connection; `start` begins. */
export function createConnection(deps: ConnectionDeps): Connection {
  const { folder, clock, log } = deps;
  const backoff = createBackoff(deps.random);
  let enrollment = deps.enrollment;
  let trust: TrustState | null = null;
  let session: AgentSession | null = null;
  let socket: WebSocket | null = null;
  let wake: (() => void) | null = null;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  async function keepTrust(next: TrustState, newer: readonly unknown[]): Promise<void> {
    if (newer.length === 0) return;
    const envelopes: Envelope[] = newer.map(parseEnvelope);
    enrollment = { ...enrollment, trust: [...enrollment.trust, ...envelopes] };
    await folder.saveEnrollment(enrollment);
    trust = next;
    log.info({ version: next.document.version }, 'trust document updated');
  }

  async function openOnce(): Promise<SessionEnd> {
    trust ??= loadTrust(enrollment);
    const { tlsPins } = trust.document;
    socket = connectSocket(enrollment.serverUrl, tlsPins.length === 0);
    try {
      const greeted = await awaitHello(socket);
      requirePin(greeted.transport, tlsPins);
      const keys = await folder.keys();
      const credentials = {
        deviceId: enrollment.deviceId,
        signer: createSigner(keys.device),
        trust,
        epoch: await folder.epoch(),
        bootId: deps.bootId,
        agentVersion: deps.agentVersion,
        allowUnbound: deps.allowUnbound,
      };
      const opening = await authenticate(socket, greeted, { credentials, clock });
      await keepTrust(opening.trust, opening.newer);
      // On disk before the first frame, which tells the server that this epoch is ours.
      await folder.saveEpoch(opening.welcome.epoch);
      session = runSession(socket, { inbox: greeted.inbox, welcome: opening.welcome }, deps);
      deps.changed({
        state: 'online',
        since: new Date(clock.now()).toISOString(),
        offsetMs: opening.offsetMs,
      });
      deps.opened(session);
      return await session.ended;
    } catch (error) {
      socket.terminate();
      throw error;
    } finally {
      session = null;
    }
  }

  /** One attempt and its outcome in words; only bugs come out as exceptions. */
  async function attempt(): Promise<SessionEnd & { readonly livedMs: number }> {
    const from = clock.monotonic();
    try {
      const end = await openOnce();
      return { ...end, livedMs: clock.monotonic() - from };
    } catch (error) {
      if (error instanceof RefusedError) {
        const { message: reason, code, retryAfterMs } = error;
        return { reason, code, livedMs: 0, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
      if (isMusterError(error)) return { reason: error.message, code: error.code, livedMs: 0 };
      throw error;
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      deps.changed({ state: 'connecting' });
      const end = await attempt();
      if (stopped) return;
      if (end.livedMs >= HEALTHY_AFTER_MS) backoff.reset();
      const waitMs = backoff.next(end.retryAfterMs);
      log.info({ reason: end.reason, code: end.code, waitMs }, 'not connected');
      const retryAt = new Date(clock.now() + waitMs).toISOString();
      deps.changed({ state: 'waiting', why: end.reason, code: end.code ?? '', retryAt });
      await pause(waitMs);
    }
  }

  return {
    start() {
      running = loop();
      running.catch((err: unknown) => {
        log.warn({ err }, 'the connection failed for good');
        throw err;
      });
    },
    async stop() {
      stopped = true;
      wake?.();
      if (session !== null) session.close();
      else socket?.terminate();
      await running;
    },
    session: () => session,
  };
}
