// The agent's side of the metrics conversation: chunks and alerts into the outbox, live samples to who looks.
import type { Alert, LiveSample, LiveStart, LiveStop } from '@muster/protocol';
import type { Outbox } from '../connection/outbox.ts';
import type { AgentSession } from '../connection/session.ts';
import type { AlertEvent } from '../sampler/alert-state.ts';
import type { HourChunk } from '../sampler/chunks.ts';
import type { Recorder } from '../sampler/recorder.ts';

/** What the conversation needs. */
export interface MetricsConversationDeps {
  readonly outbox: Outbox;
  /** The open session, or null. */
  session(): AgentSession | null;
  readonly log: { warn(fields: object, message: string): void };
}

/** Reactions to the recorder and to the server's messages. */
export interface MetricsConversation {
  /** An hour is to be sent; a newer form of the same hour replaces it in the outbox. */
  chunk(chunk: HourChunk): void;
  /** Takes an alert over for good; rejects when the outbox has no room. */
  alert(event: AlertEvent): Promise<void>;
  /** Puts the open hour into the outbox now. */
  get(recorder: Recorder): void;
  start(recorder: Recorder, message: LiveStart): void;
  stop(message: Pick<LiveStop, 'id'>): void;
  /** The session is over: nobody looks any more. */
  ended(): void;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Makes the conversation. */
export function createMetricsConversation(deps: MetricsConversationDeps): MetricsConversation {
  const { outbox, log } = deps;
  /** Stream id → the function that ends it. */
  const streams = new Map<number, () => void>();

  async function put(message: Parameters<Outbox['put']>[0]): Promise<void> {
    await outbox.put(message);
    deps.session()?.nudge();
  }

  function chunk({ fromMs, bytes }: HourChunk): void {
    put({ kind: 'chunk', key: `chunk:${fromMs}`, body: bytes }).catch((err: unknown) => {
      // The samples are in the ring still; the hour is encoded again at its next turn.
      log.warn({ err, fromMs }, 'a metric chunk did not get into the outbox');
    });
  }

  function stop({ id }: Pick<LiveStop, 'id'>): void {
    streams.get(id)?.();
    streams.delete(id);
  }

  return {
    chunk,
    async alert({ sinceMs, atMs, ...event }) {
      const body: Omit<Alert, 'type' | 'seq'> = { ...event, since: iso(sinceMs), at: iso(atMs) };
      await put({ kind: 'alert', key: '', body: Buffer.from(JSON.stringify(body)) });
    },
    get(recorder) {
      const open = recorder.openHour();
      if (open !== null) chunk(open);
    },
    start(recorder, { id, everyMs, untilMs }) {
      stop({ id });
      const endMs = Date.now() + untilMs;
      const end = recorder.startLive(everyMs, untilMs, ({ atMs, values }) => {
        const sample: LiveSample = { type: 'live.sample', id, at: iso(atMs), values };
        deps.session()?.send(JSON.stringify(sample));
        // It ends by itself with this sample or the next; an ended one is harmless to end again.
        if (Date.now() >= endMs) stop({ id });
      });
      streams.set(id, end);
    },
    stop,
    ended() {
      for (const id of [...streams.keys()]) stop({ id });
    },
  };
}
