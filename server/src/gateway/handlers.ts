// Where features register what they want to handle; filled at start-up, read on every frame.
import type { Heartbeat } from '@muster/protocol';
import type {
  AgentRoutes,
  CloseReason,
  FeatureMessageType,
  FrameKind,
  Session,
} from '../core/agents/session.ts';

type MessageHandler = (session: Session, message: never) => void | Promise<void>;
type FrameHandler = (session: Session, frame: Uint8Array) => void | Promise<void>;

/** The filled table, as the gateway reads it. */
export interface Handlers {
  readonly routes: AgentRoutes;
  message(type: string): MessageHandler | undefined;
  frame(kind: FrameKind): FrameHandler | undefined;
  heartbeat(session: Session, beat: Heartbeat): void;
  opened(session: Session): void;
  closed(session: Session, reason: CloseReason): void;
}

/** Makes an empty table. A second handler for one message is a programming error and throws. */
export function createHandlers(): Handlers {
  const messages = new Map<FeatureMessageType, MessageHandler>();
  const frames = new Map<string, FrameHandler>();
  const heartbeats: ((session: Session, beat: Heartbeat) => void)[] = [];
  const openings: ((session: Session) => void)[] = [];
  const closings: ((session: Session, reason: CloseReason) => void)[] = [];

  function once(taken: boolean, name: string): void {
    if (taken) throw new Error(`two features handle ${name}`);
  }

  return {
    routes: {
      message(type, handler) {
        once(messages.has(type), type);
        messages.set(type, handler);
      },
      frame(kind, handler) {
        once(frames.has(kind), kind);
        frames.set(kind, handler);
      },
      heartbeat: (handler) => void heartbeats.push(handler),
      opened: (handler) => void openings.push(handler),
      closed: (handler) => void closings.push(handler),
    },
    message: (type) => messages.get(type as FeatureMessageType),
    frame: (kind) => frames.get(kind),
    heartbeat(session, beat) {
      for (const handler of heartbeats) handler(session, beat);
    },
    opened(session) {
      for (const handler of openings) handler(session);
    },
    closed(session, reason) {
      for (const handler of closings) handler(session, reason);
    },
  };
}
