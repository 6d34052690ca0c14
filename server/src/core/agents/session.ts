// What a feature sees of a connected device, and how it asks to be handed that device's messages.
import type { AgentMessage, Heartbeat, ServerMessage } from '@muster/protocol';

/** One authenticated device connection. Held by the gateway; a feature may keep it only until `onClose`. */
export interface Session {
  /** Index into the registry's arrays while the session lives; reused afterwards. Below zero: another process holds the socket. */
  readonly slot: number;
  readonly tenant: number;
  /** Dense number of the device inside its tenant. */
  readonly idx: number;
  readonly deviceId: string;
  readonly sessionId: string;
  /** Number of the session among those of the device; the newest may write. */
  readonly epoch: number;
  /** Capability both ends share. */
  readonly capability: number;
  /** Device clock minus server clock at authentication, ms. */
  readonly clockOffsetMs: number;
  /** True until the socket is closed. */
  readonly open: boolean;
  /** Queues a message; a device that does not read is closed with E_BUSY once its buffer is full, so this never blocks. */
  send(message: ServerMessage): void;
  /** Queues a binary frame, under the same bound. */
  sendFrame(frame: Uint8Array): void;
  /** Sends `refuse` with that code and closes. */
  refuse(code: string, message: string): void;
}

/** Why a session ended. */
export type CloseReason = 'closed' | 'silent' | 'replaced' | 'refused' | 'drained' | 'error';

type MessageOf<T extends AgentMessage['type']> = Extract<AgentMessage, { type: T }>;

/** Messages that features handle; the rest belongs to the gateway itself. */
export type FeatureMessageType = Exclude<AgentMessage['type'], 'auth' | 'enroll'>;

/** Binary frames that features handle. */
export type FrameKind = 'body' | 'bundle' | 'chunk' | 'live' | 'piece';

/**
 * Where features register at start-up. One handler a message; a second registration is a programming error.
 * A handler's exception with a MusterError is answered to the device (nack or refuse); anything else closes the session and is logged.
 */
export interface AgentRoutes {
  message<T extends FeatureMessageType>(
    type: T,
    handler: (session: Session, message: MessageOf<T>) => void | Promise<void>,
  ): void;
  /** Binary frames by kind; the handler gets the whole frame and decodes it with the protocol's function. */
  frame(kind: FrameKind, handler: (session: Session, frame: Uint8Array) => void | Promise<void>): void;
  /** Every heartbeat. Must not touch the database. */
  heartbeat(handler: (session: Session, beat: Heartbeat) => void): void;
  opened(handler: (session: Session) => void): void;
  closed(handler: (session: Session, reason: CloseReason) => void): void;
}

/**
 * Where a handler runs: in the process that holds the device's socket, or in the one that owns jobs and live views, whichever holds
 * the socket. With one process both are the same.
 */
export interface AgentPlaces {
  readonly here: AgentRoutes;
  readonly controller: AgentRoutes;
}

/** The connected devices, for features that want to say something to one. */
export interface Connections {
  /** The live session of a device, or undefined when it is offline. */
  find(tenant: number, idx: number): Session | undefined;
  count(): number;
}
