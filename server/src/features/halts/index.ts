// Halts: owns the table of halts and the server's signed word of now, which tells devices what must not start.
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { HaltsDeps } from './deps.ts';
import { createHaltRegistry, type HaltRegistry } from './registry.ts';
import { registerHaltRoutes } from './routes.ts';
import { createWord } from './word.ts';

export type { TrustInForce } from './deps.ts';
export { COMMANDS_CAPABILITY } from './limits.ts';

/** The feature. */
export interface Halts {
  register(routes: AgentRoutes): void;
  serve(app: HttpApp): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The halt that holds a command now; undefined: none. */
  find: HaltRegistry['find'];
  /** Commands that must not start any more, newest first; everybody is told. */
  setCanceled(ids: readonly string[]): void;
  /** Tells one device the newest word. */
  tell(session: Session): void;
  /** Called when a halt came or was lifted. */
  onChange(listener: () => void): void;
  /** Resolves when everybody has been told. */
  settle(): Promise<void>;
}

/** Makes the feature; nothing happens before `start`. */
export function createHalts(deps: HaltsDeps): Halts {
  const listeners: (() => void)[] = [];
  const registry = createHaltRegistry(deps, () => {
    word.renew();
    for (const listener of listeners) listener();
  });
  const word = createWord(deps, (nowMs) => {
    const current = registry.current(nowMs);
    return {
      halts: current
        // What devices would refuse is not named: a word that names what they do not have is none to them.
        .filter(({ lift, envelope }) => lift === null && registry.isValid(envelope))
        .map(({ row, envelope }) => ({ id: row.id, envelope })),
      lifts: current.flatMap(({ lift }) => (lift === null ? [] : [lift])),
    };
  });
  return {
    register(routes) {
      routes.opened((session) => word.opened(session));
      routes.closed((session) => word.closed(session));
      routes.message('trust.get', (session, { after }) =>
        session.send({ type: 'trust.chain', trust: deps.trust.chainAfter(after) }),
      );
    },
    serve: (app) => registerHaltRoutes(app, deps, registry),
    async start() {
      await registry.load();
      deps.trust.onChange(() => word.trustChanged());
      word.start();
    },
    stop() {
      registry.stop();
      return word.stop();
    },
    find: registry.find,
    setCanceled: (ids) => word.setCanceled(ids),
    tell: (session) => word.tell(session),
    onChange: (listener) => void listeners.push(listener),
    settle: () => word.settle(),
  };
}
