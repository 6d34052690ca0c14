// Shares one live stream a device among everybody who looks at it: started for the first, stopped after the last.
import type { LiveSample } from '@muster/protocol';
import type { Connections, Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { LIVE_RENEW_MS, LIVE_UNTIL_MS } from './limits.ts';

/** A sample as viewers get it. */
export interface Sample {
  readonly at: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Somebody who looks. */
export interface Viewer {
  /** Time between samples, ms. */
  readonly everyMs: number;
  sample(sample: Sample): void;
  /** The device connected, or its session ended. */
  online(isOnline: boolean): void;
}

export interface LiveStreams {
  /** Begins to look; the returned function ends it. */
  watch(device: { readonly tenant: number; readonly idx: number }, viewer: Viewer): () => void;
  /** A sample of a device. One of a stream that nobody asked for is dropped. */
  sample(session: Session, message: LiveSample): void;
  opened(session: Session): void;
  closed(session: Session): void;
  /** Ends all streams. */
  stop(): void;
  /** Devices that somebody looks at. */
  count(): number;
}

/** A device that somebody looks at. */
interface Watch {
  readonly viewers: Map<Viewer, { sentMs: number }>;
  session: Session | null;
  /** Number and pace of the running stream; 0 while there is none. */
  id: number;
  everyMs: number;
  cancelRenew: (() => void) | null;
}

const MAX_ID = 0xffffffff;
/** A viewer gets a sample this much early, as a share of its pace: samples do not come to the millisecond. */
const EARLY = 0.8;

export function createLiveStreams({
  connections,
  clock,
}: {
  readonly connections: Connections;
  readonly clock: Clock;
}): LiveStreams {
  const watches = new Map<string, Watch>();
  const run: StreamRun = { clock, lastId: 0, isOver: false };
  const keyOf = (tenant: number, idx: number) => `${tenant}/${idx}`;

  return {
    watch({ tenant, idx }, viewer) {
      const key = keyOf(tenant, idx);
      const session = connections.find(tenant, idx) ?? null;
      const watch = watches.get(key) ?? { viewers: new Map(), session, id: 0, everyMs: 0, cancelRenew: null };
      watches.set(key, watch);
      watch.viewers.set(viewer, { sentMs: Number.NEGATIVE_INFINITY });
      viewer.online(watch.session !== null);
      adjust(watch, run);
      return () => {
        if (!watch.viewers.delete(viewer)) return;
        adjust(watch, run);
        if (watch.viewers.size === 0) watches.delete(key);
      };
    },
    sample(session, message) {
      const watch = watches.get(keyOf(session.tenant, session.idx));
      if (watch === undefined || watch.session !== session || watch.id !== message.id) return;
      const sample = {
        at: message.at,
        values: Object.fromEntries(message.values.map(({ series, value }) => [series, value])),
      };
      const nowMs = clock.monotonic();
      for (const [viewer, state] of watch.viewers) {
        if (nowMs - state.sentMs < viewer.everyMs * EARLY) continue;
        state.sentMs = nowMs;
        viewer.sample(sample);
      }
    },
    opened(session) {
      const watch = watches.get(keyOf(session.tenant, session.idx));
      if (watch === undefined) return;
      endStream(watch);
      watch.session = session;
      for (const viewer of watch.viewers.keys()) viewer.online(true);
      adjust(watch, run);
    },
    closed(session) {
      const watch = watches.get(keyOf(session.tenant, session.idx));
      // The end of a session that was replaced comes after its successor's beginning.
      if (watch?.session !== session) return;
      endStream(watch);
      watch.session = null;
      for (const viewer of watch.viewers.keys()) viewer.online(false);
    },
    stop() {
      run.isOver = true;
      for (const watch of watches.values()) stopStream(watch);
      watches.clear();
    },
    count: () => watches.size,
  };
}

/** What all streams share. */
interface StreamRun {
  readonly clock: Clock;
  lastId: number;
  /** Nothing is started any more. */
  isOver: boolean;
}

/** Runs the stream at the pace of the fastest viewer; stops it when nobody is left. */
function adjust(watch: Watch, run: StreamRun): void {
  const everyMs = Math.min(...[...watch.viewers.keys()].map((viewer) => viewer.everyMs));
  if (watch.session === null || (watch.id !== 0 && everyMs === watch.everyMs)) return;
  if (watch.viewers.size === 0) stopStream(watch);
  else startStream(watch, everyMs, run);
}

/** Starts it, or starts it again under the same number, which replaces it on the device. */
function startStream(watch: Watch, everyMs: number, run: StreamRun): void {
  if (run.isOver) return;
  if (watch.id === 0) {
    run.lastId = (run.lastId % MAX_ID) + 1;
    watch.id = run.lastId;
  }
  watch.everyMs = everyMs;
  watch.session?.send({ type: 'live.start', id: watch.id, everyMs, untilMs: LIVE_UNTIL_MS });
  watch.cancelRenew?.();
  watch.cancelRenew = run.clock.after(LIVE_RENEW_MS, () => startStream(watch, everyMs, run));
}

function stopStream(watch: Watch): void {
  if (watch.id !== 0) watch.session?.send({ type: 'live.stop', id: watch.id });
  endStream(watch);
}

function endStream(watch: Watch): void {
  watch.cancelRenew?.();
  watch.cancelRenew = null;
  watch.id = 0;
}
