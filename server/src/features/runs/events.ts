// Live events of jobs: progress, runs, output. Nothing is made while nobody looks, and a slow reader loses lines, not the stream.
import { StringDecoder } from 'node:string_decoder';
import { decodeBase64url, type RunOutput, type RunState } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import type { EventStream } from '../../core/http/sse.ts';
import type { Moved } from './changes.ts';
import type { Job } from './job.ts';
import { MAX_EVENT_BACKLOG_BYTES, PROGRESS_MS } from './limits.ts';
import { clampJob } from './scope.ts';
import { type Counts, tally, toCounts } from './states.ts';

/** How a job stands. */
export interface Progress {
  readonly state: Job['head']['state'];
  readonly counts: Counts;
  readonly held: string | null;
}

/** The views of all jobs. */
export interface JobEvents {
  /** Somebody looks at a job until the stream ends. */
  watch(job: Job, stream: EventStream, scope?: () => DeviceSet | null): void;
  changed(job: Job, moved: readonly Moved[]): void;
  output(job: Job, device: { readonly deviceId: string; readonly idx: number }, message: RunOutput): void;
  /** True when somebody looks at that job. */
  isWatched(job: Job): boolean;
}

/** How a job stands now. */
export function toProgress({ head, counts }: Job): Progress {
  return {
    state: head.state,
    counts: toCounts(counts),
    held: head.state === 'held' || head.state === 'canceled' ? head.note : null,
  };
}

/** How it stands for somebody who sees these devices. */
function progressWithin(job: Job, seen: DeviceSet | null): Progress {
  if (seen === null) return toProgress(job);
  const clamped = clampJob(job, seen)?.job;
  return toProgress({ ...job, counts: clamped?.counts ?? tally([]) });
}

/** Somebody who looks. */
interface Reader {
  dropped: number;
  /** Devices that he may see as of now; null: all. */
  scope(): DeviceSet | null;
}

interface Watch {
  readonly readers: Map<EventStream, Reader>;
  /** Bytes of a character may be cut between two pieces of output. */
  readonly decoders: Map<number, StringDecoder>;
  isProgressDue: boolean;
}

/** Makes the views; nobody looks. */
export function createJobEvents(clock: Clock): JobEvents {
  const watches = new Map<string, Watch>();
  const keyOf = ({ tenant, number }: Job) => `${tenant}/${number}`;

  /** What a reader cannot take now is counted, and he is told how much it was as soon as he can. */
  function tell(watch: Watch, event: string, make: (seen: DeviceSet | null) => object | null): void {
    for (const [stream, reader] of watch.readers) {
      const data = make(reader.scope());
      if (data === null) continue;
      if (stream.backlogBytes() > MAX_EVENT_BACKLOG_BYTES) {
        reader.dropped += 1;
        continue;
      }
      if (reader.dropped > 0) stream.send({ event: 'dropped', data: { events: reader.dropped } });
      reader.dropped = 0;
      stream.send({ event, data });
    }
  }

  function end(job: Job, watch: Watch): void {
    for (const [stream, { scope }] of watch.readers) {
      const data = progressWithin(job, scope());
      stream.send({ event: 'progress', data });
      stream.send({ event: 'end', data });
      stream.close();
    }
    watches.delete(keyOf(job));
  }

  return {
    isWatched: (job) => watches.has(keyOf(job)),
    watch(job, stream, scope = () => null) {
      const key = keyOf(job);
      const watch = watches.get(key) ?? { readers: new Map(), decoders: new Map(), isProgressDue: false };
      watches.set(key, watch);
      watch.readers.set(stream, { dropped: 0, scope });
      void stream.closed.then(() => {
        watch.readers.delete(stream);
        if (watch.readers.size === 0 && watches.get(key) === watch) watches.delete(key);
      });
      if (job.head.endedMs !== null) end(job, watch);
      else stream.send({ event: 'progress', data: progressWithin(job, scope()) });
    },
    changed(job, moved) {
      const watch = watches.get(keyOf(job));
      if (watch === undefined) return;
      for (const { by, to, idx } of moved) {
        if (by === null) continue;
        const { code, message } = by.report;
        const run = { deviceId: by.deviceId, state: to satisfies RunState, code, message };
        tell(watch, 'run', (seen) => (seen?.has(idx) === false ? null : run));
        watch.decoders.delete(idx);
      }
      if (job.head.endedMs !== null) {
        end(job, watch);
        return;
      }
      if (watch.isProgressDue) return;
      watch.isProgressDue = true;
      clock.after(PROGRESS_MS, () => {
        watch.isProgressDue = false;
        if (watches.get(keyOf(job)) === watch && job.head.endedMs === null)
          tell(watch, 'progress', (seen) => progressWithin(job, seen));
      });
    },
    output(job, { deviceId, idx }, { offset, data }) {
      const watch = watches.get(keyOf(job));
      if (watch === undefined) return;
      const decoder = watch.decoders.get(idx) ?? new StringDecoder('utf8');
      watch.decoders.set(idx, decoder);
      const text = decoder.write(Buffer.from(decodeBase64url(data)));
      tell(watch, 'output', (seen) => (seen?.has(idx) === false ? null : { deviceId, offset, text }));
    },
  };
}
