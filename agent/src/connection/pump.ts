// Empties the outbox over an open session: a window of unacknowledged messages, sent again when no ack comes.
import { encodeChunkFrame } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import { RESEND_AFTER_MS } from '../timing.ts';
import type { Outbox, OutboxItem } from './outbox.ts';

/** How the pump sends. */
export interface PumpDeps {
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Messages that may be unacknowledged at once, from the welcome. */
  readonly window: number;
  /** False while the socket has too much waiting. */
  ready(): boolean;
  send(data: string | Uint8Array): void;
  failed(error: unknown): void;
}

/** The pump of one session. */
export interface Pump {
  /** Sends what fits; call after a put, an ack, and now and then. */
  run(): void;
  /** The server answered for these. */
  settled(seqs: readonly number[]): void;
  stop(): void;
}

/** Messages by what waits; chunks travel as frames. */
const types = {
  alert: 'alert',
  result: 'run.report',
  policies: 'policy.state',
  compliance: 'policy.report',
} as const;

/** Makes the pump; the first `run` begins with the oldest message. */
export function createPump(deps: PumpDeps): Pump {
  const { outbox, clock } = deps;
  /** Sent and unanswered: sequence number → monotonic time of sending. */
  const underWay = new Map<number, number>();
  let running = false;
  let again = false;
  let stopped = false;

  async function sendOne(item: OutboxItem): Promise<void> {
    const body = await outbox.body(item.seq);
    if (stopped) return;
    if (body === null) {
      underWay.delete(item.seq);
      return;
    }
    if (item.kind === 'chunk') {
      deps.send(encodeChunkFrame({ seq: item.seq, chunk: body }));
      return;
    }
    deps.send(
      JSON.stringify({
        type: types[item.kind],
        seq: item.seq,
        ...JSON.parse(Buffer.from(body).toString('utf8')),
      }),
    );
  }

  async function sendWhatFits(): Promise<void> {
    for (const [seq, at] of underWay) if (clock.monotonic() - at >= RESEND_AFTER_MS) underWay.delete(seq);
    while (!stopped && deps.ready() && underWay.size < deps.window) {
      const [item] = outbox.waiting(1, new Set(underWay.keys()));
      if (item === undefined) return;
      underWay.set(item.seq, clock.monotonic());
      await sendOne(item);
    }
  }

  function run(): void {
    if (running) {
      again = true;
      return;
    }
    running = true;
    sendWhatFits()
      .catch(deps.failed)
      .finally(() => {
        running = false;
        if (!again || stopped) return;
        again = false;
        run();
      });
  }

  return {
    run,
    settled(seqs) {
      for (const seq of seqs) underWay.delete(seq);
      outbox.done(seqs);
      run();
    },
    stop() {
      stopped = true;
    },
  };
}
