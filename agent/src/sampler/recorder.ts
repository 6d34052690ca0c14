// Puts the sampler together: each sample goes to the ring, into the open hour, and through the thresholds.
import type { Block, Deflate, Inflate } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import type { ProcSource } from '../platform/linux/proc-reader.ts';
import type { Storage } from '../platform/storage.ts';
import type { AlertEvent } from './alert-state.ts';
import { createAlerting } from './alerting.ts';
import { createBlockWindow } from './block-window.ts';
import { createChunks, type HourChunk } from './chunks.ts';
import { BLOCK_SAMPLES, BREACH_APPEND_EVERY_MS } from './limits.ts';
import { countProcessors } from './readers/cpu.ts';
import { createRing, type RingStatus } from './ring.ts';
import { defaultRules, type ThresholdRule } from './rules.ts';
import { createSampler, type Sample } from './sampler.ts';
import type { After } from './ticker.ts';

/** What could not be done. The sampler goes on: a reader is left out, everything else is tried again. */
export type SamplerTrouble = 'reader' | 'alert' | 'alert-file';

/** What the recorder needs. */
export interface RecorderOptions {
  readonly clock: Clock;
  readonly after: After;
  readonly source: ProcSource;
  /** The sampler's own folder. */
  readonly storage: Storage;
  readonly deflate: Deflate;
  readonly inflate: Inflate;
  /** A number from 0 up to 1; spreads writes and chunks of a fleet over time. */
  random(): number;
  /** Absent: defaultRules. */
  readonly rules?: readonly ThresholdRule[];
  outboxDepth(): number | null;
  onChunk(chunk: HourChunk): void;
  /** Takes an alert over for good; where it rejects, it is offered again. */
  onAlert(event: AlertEvent): void | Promise<void>;
  /** `name`: which reader, else ''. */
  onTrouble(what: SamplerTrouble, error: unknown, name: string): void;
}

/** How the recorder is. */
export interface RecorderStatus {
  readonly ring: RingStatus;
  readonly refusedSeries: number;
  readonly droppedAlerts: number;
}

/** Makes the recorder; nothing is read before `start`. */
export function createRecorder(options: RecorderOptions) {
  const { clock, after, source, storage, deflate, inflate, random, outboxDepth, onChunk, onTrouble } =
    options;
  const processors = countProcessors(source);
  const ring = createRing({ storage, folder: 'ring', deflate, inflate });
  const chunks = createChunks({ ring, deflate, phase: random(), onChunk });
  const window = createBlockWindow(1 + Math.floor(random() * BLOCK_SAMPLES));
  const alerting = createAlerting({
    storage,
    clock,
    rules: options.rules ?? defaultRules,
    processors,
    onAlert: options.onAlert,
    onTrouble: (what, error) => onTrouble(what, error, ''),
  });
  const sampler = createSampler({
    clock,
    after,
    source,
    processors,
    outboxDepth,
    onSample,
    onReaderFault: (name, error) => onTrouble('reader', error, name),
  });
  let writing: Promise<void> = Promise.resolve();
  let broughtForwardMs = Number.NEGATIVE_INFINITY;

  function flush(): Promise<void> {
    const block: Block | null = window.take();
    if (block !== null) writing = ring.append(block);
    return writing;
  }

  function onSample({ slotMs, elapsedMs, values }: Sample) {
    if (!window.fits(slotMs)) void flush();
    window.add(slotMs, values);
    chunks.add(slotMs, values);
    const isFiring = alerting.evaluate(values, { atMs: slotMs, elapsedMs });
    const now = clock.monotonic();
    if (!isFiring || now - broughtForwardMs < BREACH_APPEND_EVERY_MS) return;
    // a machine in trouble may not live to the end of the five minutes
    broughtForwardMs = now;
    void flush();
  }

  return {
    /** Takes up what an earlier run left, then begins to sample. */
    async start() {
      await alerting.restore();
      const newestMs = await ring.open();
      await chunks.resume(clock.now(), newestMs);
      sampler.start();
    },
    /** Writes everything down. */
    async stop() {
      sampler.stop();
      await flush();
      await chunks.settle();
      await alerting.stop();
    },
    latest: sampler.latest,
    startLive: sampler.startLive,
    openHour: chunks.openHour,
    /** An hour again from the ring, with the samples that have not been written yet. Null where there is none. */
    async rebuildHour(fromMs: number): Promise<HourChunk | null> {
      await flush();
      return chunks.rebuildHour(fromMs);
    },
    /** Raw samples of a range, a block at a time. */
    readRing: ring.read,
    status: (): RecorderStatus => ({
      ring: ring.status(),
      refusedSeries: sampler.refusedSeries(),
      droppedAlerts: alerting.dropped(),
    }),
  };
}

/** The recorder as the agent uses it. */
export type Recorder = ReturnType<typeof createRecorder>;
