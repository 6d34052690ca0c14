// Runs the collectors and keeps what the device offers: the inventory of the agent.
import { type InventoryOffer, writeBody } from '@muster/protocol';
import { fail } from '../errors.ts';
import { readAddresses } from '../platform/addresses.ts';
import type { Clock } from '../platform/clock.ts';
import type { AnyCollector, CollectContext } from './collector.ts';
import { findFault } from './runner/bodies.ts';
import { createContents, type InventoryLog } from './runner/contents.ts';
import { GAP_MS, HOLD_MS, RETRY_MS } from './runner/limits.ts';
import { createPasses } from './runner/passes.ts';
import { createSchedule } from './runner/schedule.ts';
import type { SliceStore } from './runner/slice-store.ts';
import { type CollectorStats, createSlot, type Slot } from './runner/slot.ts';

/** What the inventory needs. */
export interface InventoryOptions {
  readonly collectors: readonly AnyCollector[];
  readonly context: CollectContext;
  readonly store: SliceStore;
  readonly clock: Clock;
  readonly log: InventoryLog;
  /** SHA-256, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Intervals of runner/limits.ts, ms; only tests change them. */
  readonly gapMs?: number;
  readonly retryMs?: number;
  readonly holdMs?: number;
}

/** The inventory of this device. */
export interface Inventory {
  /** Takes back what the last run knew, then collects everything in the background and keeps looking. */
  start(): Promise<void>;
  /** Nothing is collected any more; resolves when the run under way has ended. */
  stop(): Promise<void>;
  /** What the device holds now; before the first full pass, what it held at the last run. */
  offer(): InventoryOffer;
  /** Canonical text of an offered body, collected again where it is no longer held; null when the content has changed since. */
  body(hash: string): Promise<string | null>;
  /** First 8 bytes of the root, for the heartbeat. */
  digest(): Uint8Array;
  /** Calls back after the root changed, once a pass; returns the function that ends it. */
  onChange(callback: () => void): () => void;
  /** Body of one section, collected now, neither kept nor offered; packages as one body. @throws MusterError E_COLLECTOR */
  collect(name: string): Promise<string>;
  /** Body of a live section for a server that asks; a name unknown here is answered with the outcome `no-data`. */
  runLive(name: string): Promise<string>;
  /** Looks at every slice now, one after the other; resolves when all are done and the change was told. */
  runNow(): Promise<void>;
  /** How each collector has done since the agent started. */
  stats(): readonly CollectorStats[];
}

/** The body of a section that this agent does not have; a newer server may ask for one. */
function writeUnknown(name: string): string {
  const reason = 'This agent has no live section of that name.';
  return JSON.stringify({ section: name, outcome: 'no-data', reason, columns: [], rows: [] });
}

/** Runs a collector for somebody who waits; facts that a server would refuse become the outcome `error`. */
async function writeNow({ collector, run }: Slot): Promise<string> {
  const text = writeBody(collector.section, await run());
  const reason = collector.section.kind === 'live' ? findFault(collector.section, text) : null;
  return reason === null ? text : writeBody(collector.section, { outcome: 'error', reason });
}

/** Makes the inventory; nothing is read before start. */
export function createInventory(options: InventoryOptions): Inventory {
  const { clock, log, store, sha256, gapMs = GAP_MS, retryMs = RETRY_MS, holdMs = HOLD_MS } = options;
  const context: CollectContext = { addresses: readAddresses, ...options.context, sha256 };
  const slots = options.collectors.map((collector) => createSlot(collector, context, clock));
  const slices = slots.filter((slot) => slot.collector.section.kind === 'slice');
  const find = (name: string) => slots.find((slot) => slot.collector.section.name === name);

  const contents = createContents({ store, log, sha256, now: () => clock.now(), holdMs });
  const callbacks = new Set<() => void>();
  const changed = () => callbacks.forEach((callback) => void callback());
  const passes = createPasses({ slices, contents, log, changed });
  const tasks = slices.map((slot) => ({ everyMs: slot.collector.everyMs, run: () => passes.one(slot) }));
  const schedule = createSchedule({ tasks, clock, gapMs, retryMs });

  async function runFirst(): Promise<void> {
    try {
      await passes.all();
    } catch (err) {
      log.warn({ err }, 'the first inventory ended early');
    }
    schedule.start();
  }

  return {
    async start() {
      await contents.load(new Set(slices.map((slot) => slot.collector.section.name)));
      passes.begin();
      void runFirst();
    },
    async stop() {
      await Promise.all([schedule.stop(), passes.stop()]);
      contents.close();
    },
    offer: () => contents.offer(),
    body: async (hash) => contents.held(hash) ?? passes.again(hash),
    digest: () => contents.root().slice(0, 8),
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    async collect(name) {
      const slot = find(name);
      if (slot === undefined) throw fail('E_COLLECTOR');
      return writeNow(slot);
    },
    async runLive(name) {
      const slot = find(name);
      return slot?.collector.section.kind === 'live' ? writeNow(slot) : writeUnknown(name);
    },
    runNow: () => passes.all(),
    stats: () => slots.map((slot) => slot.stats),
  };
}
