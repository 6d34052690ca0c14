// Hands alerts on in order and keeps their states: first told, then written down, so that a crash repeats rather than loses.
import type { ThresholdRule } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import type { Storage } from '../platform/storage.ts';
import { ALERT_FILE, formatAlertFile, readAlertFile } from './alert-file.ts';
import type { AlertEvent, AlertMoment } from './alert-state.ts';
import { ALERT_FILE_RETRY_MS, MAX_WAITING_ALERTS } from './limits.ts';
import type { SeriesValues } from './series-table.ts';
import { createThresholds } from './thresholds.ts';

/** Where states are kept in the storage. */

/** What alerting needs. */
export interface AlertingOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly rules: readonly ThresholdRule[];
  readonly processors: number;
  /** Takes an alert over for good; where it rejects, the alert is offered again with the next sample. */
  onAlert(event: AlertEvent): void | Promise<void>;
  /** Is told what could not be done; the work is tried again. */
  onTrouble(what: 'alert' | 'alert-file', error: unknown): void;
}

/** Makes alerting without earlier states; call `restore` before the first sample. */
export function createAlerting(options: AlertingOptions) {
  const { storage, clock, rules, processors, onAlert, onTrouble } = options;
  const waiting: AlertEvent[] = [];
  let thresholds = createThresholds({ rules, processors });
  let last: Promise<void> = Promise.resolve();
  let isDirty = false;
  let saveFromMs = Number.NEGATIVE_INFINITY;
  let dropped = 0;

  async function tellAll(): Promise<boolean> {
    for (let event = waiting[0]; event !== undefined; event = waiting[0]) {
      try {
        await onAlert(event);
      } catch (error) {
        onTrouble('alert', error);
        return false;
      }
      waiting.shift();
    }
    return true;
  }

  async function save() {
    const text = formatAlertFile(thresholds.serialize(), clock.now());
    try {
      await storage.writeAtomic(ALERT_FILE, new TextEncoder().encode(text));
      isDirty = false;
    } catch (error) {
      saveFromMs = clock.monotonic() + ALERT_FILE_RETRY_MS;
      onTrouble('alert-file', error);
    }
  }

  async function handOn() {
    // states say what the server was told, so they wait until it was
    if ((await tellAll()) && isDirty && clock.monotonic() >= saveFromMs) await save();
  }

  function queue(events: readonly AlertEvent[]) {
    waiting.push(...events);
    isDirty = true;
    dropped += waiting.splice(0, Math.max(0, waiting.length - MAX_WAITING_ALERTS)).length;
  }

  return {
    /** Takes up the states of before a restart. An unreadable file counts as none. */
    async restore() {
      try {
        const restored = await readAlertFile(storage, ALERT_FILE, clock.now());
        thresholds = createThresholds({ rules, processors, restored });
      } catch (error) {
        onTrouble('alert-file', error);
      }
    },
    /** Takes a sample in. True when an alert began to fire. */
    evaluate(values: SeriesValues, moment: AlertMoment): boolean {
      const events = thresholds.evaluate(values, moment);
      if (events.length > 0) queue(events);
      if (waiting.length > 0 || isDirty) last = last.then(handOn);
      return events.some(({ state }) => state === 'firing');
    },
    /** Writes waiting times down too, so that a short restart does not begin them anew. */
    async stop() {
      last = last.then(handOn).then(save);
      await last;
    },
    /** Alerts lost since the start because nobody took them. */
    dropped: () => dropped,
  };
}
