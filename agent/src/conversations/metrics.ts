// The agent's side of the metrics conversation: chunks and alerts into the outbox, live samples to who looks.
import type { LiveStart, LiveStop } from '@muster/protocol';
import type { Outbox } from '../connection/outbox.ts';
import type { AgentSession } from '../connection/session.ts';
import type { AlertChange, MetricChunk, Sampler } from '../sampler/index.ts';

/** Live streams of one device at once; more replace the oldest. */
const MAX_STREAMS = 4;

/** What the conversation needs. */
export interface MetricsConversationDeps {
  readonly sampler: Sampler;
  readonly outbox: Outbox;
  session(): AgentSession | null;
  readonly log: { warn(fields: object, message: string): void };
}

/** Reactions to the sampler and to the server's messages. */
export interface MetricsConversation {
  chunk(chunk: MetricChunk): void;
  alert(change: AlertChange): void;
  /** Puts the open hour into the outbox now. */
  get(): void;
  start(message: LiveStart): void;
  stop(message: LiveStop): void;
  /** The session is over: nobody looks any more. */
  ended(): void;
}

/** Makes the conversation. */
export function createMetricsConversation(deps: MetricsConversationDeps): MetricsConversation {
  const { sampler, outbox, log } = deps;
  /** Stream id → the function that ends it. */
  const streams = new Map<number, () => void>();

  function put(message: Parameters<Outbox['put']>[0]): void {
    outbox.put(message).then(
      () => deps.session()?.nudge(),
      (err: unknown) => log.warn({ err, kind: message.kind }, 'a message did not fit into the outbox'),
    );
  }

  function chunk({ fromMs, bytes }: MetricChunk): void {
    put({ kind: 'chunk', key: `chunk:${fromMs}`, body: bytes });
  }

  function stop({ id }: { readonly id: number }): void {
    streams.get(id)?.();
    streams.delete(id);
  }

  return {
    chunk,
    alert: (change) => put({ kind: 'alert', key: '', body: Buffer.from(JSON.stringify(change)) }),
    get() {
      const open = sampler.openHour();
      if (open !== null) chunk(open);
    },
    start({ id, everyMs, untilMs }) {
      stop({ id });
      const [oldest] = streams.keys();
      if (streams.size >= MAX_STREAMS && oldest !== undefined) stop({ id: oldest });
      streams.set(
        id,
        sampler.startLive({ everyMs, untilMs }, (sample) => {
          deps.session()?.send(JSON.stringify({ type: 'live.sample', id, ...sample }));
        }),
      );
    },
    stop,
    ended() {
      for (const id of [...streams.keys()]) stop({ id });
    },
  };
}
