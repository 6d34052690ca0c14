// Follows the live streams of the devices somebody looks at, and keeps the newest value of each.
import { isMusterError } from '@muster/protocol';
import type { Api, ServerEvent } from './client.ts';

/** Streams open at a time: more rows than that are on no screen, and a server has 200 for everybody. */
const MAX_STREAMS = 60;
/** A stream that failed is tried again after this, ms. */
const RETRY_MS = 15_000;

/** Newest measured values of a device; null says "no data". */
export interface LiveValues {
  readonly at: string;
  readonly cpuUsedRatio: number | null;
  readonly memoryUsedRatio: number | null;
  readonly swapUsedRatio: number | null;
  readonly diskUsedRatio: number | null;
}

/** One sample of a live stream. */
export interface Sample {
  readonly at: string;
  /** Values by series. */
  readonly values: Readonly<Record<string, number>>;
}

/** The sample of an event; null for other events. */
export function readSample({ event, data }: ServerEvent): Sample | null {
  if (event !== 'sample' || typeof data !== 'object' || data === null) return null;
  if (!('at' in data && typeof data.at === 'string' && 'values' in data)) return null;
  const entries = Object.entries(data.values ?? {}).filter(([, value]) => typeof value === 'number');
  return { at: data.at, values: Object.fromEntries(entries) };
}

/** What a table shows of a sample; the disk is the fullest one. */
function pickLiveValues({ at, values }: Sample): LiveValues {
  const disks = Object.entries(values).filter(([series]) =>
    series.startsWith('system.filesystem.utilization{'),
  );
  return {
    at,
    cpuUsedRatio: values['system.cpu.busy'] ?? null,
    memoryUsedRatio: values['system.memory.utilization'] ?? null,
    swapUsedRatio: values['system.paging.utilization'] ?? null,
    diskUsedRatio: disks.length === 0 ? null : Math.max(...disks.map(([, value]) => value)),
  };
}

/** The streams of one view. */
export interface LiveStreams {
  /** Opens streams of these devices and closes all others. */
  follow(ids: readonly string[]): void;
  get(id: string): LiveValues | null;
  /** Closes all and waits for them. @throws what none of the streams should have thrown */
  stop(): Promise<void>;
}

interface Stream {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Makes the set; nothing is open before `follow`. */
export function createLiveStreams(
  api: Api,
  { everyMs, now }: { everyMs: number; now(): number },
): LiveStreams {
  const streams = new Map<string, Stream>();
  const newest = new Map<string, LiveValues>();
  const failedAt = new Map<string, number>();
  const faults: unknown[] = [];

  async function read(id: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of api.events(`/api/v1/devices/${id}/metrics/live?everyMs=${everyMs}`, signal)) {
        const sample = readSample(event);
        if (sample !== null) newest.set(id, pickLiveValues(sample));
        // What a device said before it went away is no value of now.
        else if (event.event === 'state') newest.delete(id);
      }
    } catch (error) {
      // The heartbeat stands in; what is wrong with the server shows with the next look at the list.
      if (!isMusterError(error)) faults.push(error);
    } finally {
      newest.delete(id);
      streams.delete(id);
      if (!signal.aborted) failedAt.set(id, now());
    }
  }

  function open(id: string): void {
    if (now() - (failedAt.get(id) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return;
    const controller = new AbortController();
    // The stream is in the map before its first event can come: `read` yields only after it was called.
    streams.set(id, { controller, done: Promise.resolve().then(() => read(id, controller.signal)) });
  }

  return {
    follow(ids) {
      const wanted = new Set(ids.slice(0, MAX_STREAMS));
      for (const [id, { controller }] of streams) if (!wanted.has(id)) controller.abort();
      for (const id of wanted) if (!streams.has(id)) open(id);
    },
    get: (id) => newest.get(id) ?? null,
    async stop() {
      const open = [...streams.values()];
      for (const { controller } of open) controller.abort();
      await Promise.all(open.map(({ done }) => done));
      if (faults.length > 0) throw faults[0];
    },
  };
}
