// The contract of a collector: one subject, read from files, no timing, no logging, no sending.
import type { Columns, Outcome, RowOf, Section } from '@muster/protocol';
import type { InterfaceAddress } from '../platform/addresses.ts';
import type { Files } from '../platform/files.ts';

/** What a collector is given; everything it may touch is here. */
export interface CollectContext {
  readonly files: Files;
  /** Facts that Linux files do not give, from a short-lived unprivileged child; null where it is not available. */
  readonly probe: Probe | null;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Addresses of the running interfaces as the system lists them; absent where only files are at hand. */
  addresses?(): readonly InterfaceAddress[];
  /** SHA-256, for facts that must not leave the device as they are; absent: such facts are null. The runner adds it. */
  sha256?(bytes: Uint8Array): Uint8Array;
}

/** The child process that asks systeminformation and node-os-utils; one fixed question at a time, no arguments. */
export interface Probe {
  /** Answer of a named question, bounded in time and size; null when the platform has none. */
  ask(question: string): Promise<unknown>;
}

/**
 * One collector. The runner (runner.ts) times it, limits it to `timeoutMs`, counts and logs its outcome, and turns an
 * exception into the outcome `error`; so a collector just reads and returns.
 * "No data" is a result: return `{ outcome: 'no-data', reason }` with a plain reason, never an empty list, where the subject is absent.
 */
export interface Collector<C extends Columns = Columns> {
  readonly section: Section<C>;
  /** How often a slice is looked at, ms. Ignored for live sections, which run on request. */
  readonly everyMs: number;
  /** Longest run, ms; a slower one is given up and becomes the outcome `error`. */
  readonly timeoutMs: number;
  /**
   * A cheap text that changes when the facts may have changed (times and sizes of the files read); the collector is not run
   * again while it stays the same, for a day at most. Absent: it is always run.
   */
  stamp?(context: CollectContext): Promise<string>;
  collect(context: CollectContext): Promise<Outcome<RowOf<Section<C>>>>;
}

/** A collector of any section, as the list holds it. */
export type AnyCollector = Pick<Collector, 'everyMs' | 'timeoutMs'> & {
  readonly section: Section;
  stamp?(context: CollectContext): Promise<string>;
  collect(
    context: CollectContext,
  ): Promise<Outcome<Readonly<Record<string, string | number | boolean | null>>>>;
};
