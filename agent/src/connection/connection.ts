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
import { fail } from '../errors.ts';
import { createSigner, nodeCrypto } from '../identity/crypto.ts';
import type { Enrollment, StateFolder } from '../identity/state-folder.ts';
import { errorCode, isDiskFull, isSystemError } from '../platform/storage.ts';
import { HEALTHY_AFTER_MS } from '../timing.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { authenticate, awaitHello, type Credentials, type Opening, RefusedError } from './opening.ts';
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
  return new ServerConnection(deps);
}

/** How an attempt ended: a session that was over, or a reason why there was none. */
type AttemptEnd = SessionEnd & { readonly livedMs: number };

/** What the disk or the system refused, as an error of the catalog; anything else as it is. */
function nameSystemError(cause: unknown): unknown {
  if (isMusterError(cause) || !isSystemError(cause)) return cause;
  if (isDiskFull(cause)) return fail('E_DISK_FULL', { cause });
  const detail = `The state folder cannot be read or written (${errorCode(cause)}); correct its owner and mode, or see what the system lacks.`;
  return fail('E_STATE_ACCESS', { cause, detail });
}

/** A failed attempt in words; only bugs are thrown on: a fault of the machine passes, and the agent must be there then. */
export function describeFailure(thrown: unknown): AttemptEnd {
  const error = nameSystemError(thrown);
  if (error instanceof RefusedError) {
    const { message: reason, code, retryAfterMs } = error;
    return { reason, code, livedMs: 0, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (isMusterError(error)) return { reason: error.message, code: error.code, livedMs: 0 };
  throw error;
}

/** One session after the other, with pauses. */
class ServerConnection implements Connection {
  private readonly deps: ConnectionDeps;
  private readonly backoff: Backoff;
  private enrollment: Enrollment;
  private trust: TrustState | null = null;
  private open: AgentSession | null = null;
  private socket: WebSocket | null = null;
  private wake: (() => void) | null = null;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(deps: ConnectionDeps) {
    this.deps = deps;
    this.enrollment = deps.enrollment;
    this.backoff = createBackoff(deps.random);
  }

  start(): void {
    this.running = this.loop();
    this.running.catch((err: unknown) => {
      this.deps.log.warn({ err }, 'the connection failed for good');
      throw err;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    if (this.open !== null) this.open.close();
    else this.socket?.terminate();
    await this.running;
  }

  session(): AgentSession | null {
    return this.open;
  }

  private async loop(): Promise<void> {
    const { deps, backoff } = this;
    while (!this.stopped) {
      deps.changed({ state: 'connecting' });
      const end = await this.attempt();
      if (this.stopped) return;
      if (end.livedMs >= HEALTHY_AFTER_MS) backoff.reset();
      const waitMs = backoff.next(end.retryAfterMs);
      deps.log.info({ reason: end.reason, code: end.code, waitMs }, 'not connected');
      const retryAt = new Date(deps.clock.now() + waitMs).toISOString();
      deps.changed({ state: 'waiting', why: end.reason, code: end.code ?? '', retryAt });
      await this.pause(waitMs);
    }
  }

  private async attempt(): Promise<AttemptEnd> {
    const { clock } = this.deps;
    const from = clock.monotonic();
    try {
      const end = await this.runOne();
      return { ...end, livedMs: clock.monotonic() - from };
    } catch (error) {
      return describeFailure(error);
    }
  }

  /** Opens a session and stays in it until it is over. */
  private async runOne(): Promise<SessionEnd> {
    const { deps } = this;
    this.trust ??= loadTrust(this.enrollment);
    const { tlsPins } = this.trust.document;
    const socket = connectSocket(this.enrollment.serverUrl, tlsPins.length === 0);
    this.socket = socket;
    try {
      const greeted = await awaitHello(socket);
      // A key that only a newer trust document pins is judged once that document is verified. What is sent before is a signature
      // for this very connection, worth nothing to an impostor; where it is not bound to it, the pins come first.
      const isNewer = greeted.hello.trustVersion > this.trust.document.version;
      if (deps.allowUnbound || !isNewer) requirePin(greeted.transport, tlsPins);
      const credentials = await this.readCredentials(this.trust);
      const opening = await authenticate(socket, greeted, { credentials, clock: deps.clock });
      requirePin(greeted.transport, opening.trust.document.tlsPins);
      await this.keepOnDisk(opening);
      const session = runSession(
        socket,
        { ...opening, inbox: greeted.inbox, capability: greeted.hello.v },
        deps,
      );
      this.open = session;
      this.backoff.opened(opening.welcome.reconnectWindowMs);
      const since = new Date(deps.clock.now()).toISOString();
      deps.changed({ state: 'online', since, offsetMs: opening.offsetMs });
      deps.opened(session);
      session.begin();
      return await session.ended;
    } catch (error) {
      socket.terminate();
      throw error;
    } finally {
      this.open = null;
    }
  }

  private async readCredentials(trust: TrustState): Promise<Credentials> {
    const { folder, bootId, agentVersion, allowUnbound } = this.deps;
    const { device } = await folder.keys();
    return {
      deviceId: this.enrollment.deviceId,
      signer: createSigner(device),
      trust,
      epoch: await folder.epoch(),
      bootId,
      agentVersion,
      allowUnbound,
    };
  }

  /** The session is not used when the disk does not take it. @throws MusterError E_DISK_FULL, and the system's errors */
  private async keepOnDisk({ trust, newer, welcome }: Opening): Promise<void> {
    await this.keepTrust(trust, newer);
    // On disk before the first frame, which tells the server that this epoch is ours.
    await this.deps.folder.saveEpoch(welcome.epoch);
  }

  private async keepTrust(next: TrustState, newer: readonly unknown[]): Promise<void> {
    if (newer.length === 0) return;
    const envelopes: Envelope[] = newer.map(parseEnvelope);
    const enrollment = { ...this.enrollment, trust: [...this.enrollment.trust, ...envelopes] };
    await this.deps.folder.saveEnrollment(enrollment);
    this.enrollment = enrollment;
    this.trust = next;
    this.deps.log.info({ version: next.document.version }, 'trust document updated');
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
