// Puts the sampler together: each sample is kept and goes through the thresholds.
import { defaultRules, type ThresholdRule } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import type { ProcSource } from '../platform/linux/proc-reader.ts';
import type { AlertEvent } from './alert-state.ts';
import { createAlerting } from './alerting.ts';
import { type ArchiveOptions, createArchive } from './archive.ts';
import { BREACH_APPEND_EVERY_MS } from './limits.ts';
import { countProcessors } from './readers/cpu.ts';
import type { RingStatus } from './ring.ts';
import { createSampler, type Sample } from './sampler.ts';
import type { After } from './ticker.ts';

/** What could not be done. The sampler goes on: a reader is left out, a chunk is still in the ring, alerts are tried again. */
export type SamplerTrouble = 'reader' | 'chunk' | 'alert' | 'alert-file';

/** What the recorder needs. */
export interface RecorderOptions extends Omit<ArchiveOptions, 'onTrouble'> {
  readonly clock: Clock;
  readonly after: After;
  readonly source: ProcSource;
  /** Absent: defaultRules. */
  readonly rules?: readonly ThresholdRule[];
  /** Messages that wait in the outbox; null where nobody knows. */
  outboxDepth(): number | null;
  /** Takes an alert over for good; where it rejects, it is offered again. */
  onAlert(event: AlertEvent): void | Promise<void>;
  /** `name`: which reader, else ''. */
  onTrouble(what: SamplerTrouble, error: unknown, name: string): void;
}

/** How the recorder is. */
export interface RecorderStatus {
  readonly ring: RingStatus;
  /** Series of the last sample that are not measured, because there are too many. */
  readonly refusedSeries: number;
  /** Alerts lost since the start because nobody took them. */
  readonly droppedAlerts: number;
}

/** Makes the recorder; but for the number of processors nothing is read before `start`. */
export function createRecorder(options: RecorderOptions) {
  const { clock, after, source, storage, outboxDepth, onAlert, onTrouble } = options;
  const processors = countProcessors(source);
  const archive = createArchive({ ...options, onTrouble: (what, error) => onTrouble(what, error, '') });
  const alerting = createAlerting({
    storage,
    clock,
    rules: options.rules ?? defaultRules,
    processors,
    onAlert,
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
  let broughtForwardMs = Number.NEGATIVE_INFINITY;

  function onSample({ slotMs, elapsedMs, values }: Sample) {
    archive.add(slotMs, values);
    const isFiring = alerting.evaluate(values, { atMs: slotMs, elapsedMs });
    const now = clock.monotonic();
    if (!isFiring || now - broughtForwardMs < BREACH_APPEND_EVERY_MS) return;
    // a machine in trouble may not live to the end of the five minutes
    broughtForwardMs = now;
    void archive.flush();
  }

  return {
    /** Takes up what an earlier run left, then begins to sample. */
    async start() {
      await alerting.restore();
      await archive.open(clock.now());
      sampler.start();
    },
    /** Ends streams and samples and writes everything down. */
    async stop() {
      sampler.stop();
      await archive.close();
      await alerting.stop();
    },
    latest: sampler.latest,
    startLive: sampler.startLive,
    openHour: archive.openHour,
    rebuildHour: archive.rebuildHour,
    readRing: archive.readRing,
    status: (): RecorderStatus => ({
      ring: archive.ringStatus(),
      refusedSeries: sampler.refusedSeries(),
      droppedAlerts: alerting.dropped(),
    }),
  };
}

/** The recorder as the agent uses it. */
export type Recorder = ReturnType<typeof createRecorder>;
