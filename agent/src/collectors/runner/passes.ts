// Looks at slices one after the other, takes what they found into the contents, and tells when the root changed.
import { acceptOutcome } from './accept.ts';
import type { Contents, InventoryLog } from './contents.ts';
import type { Slot } from './slot.ts';

/** What the passes work on. */
export interface PassesOptions {
  readonly slices: readonly Slot[];
  readonly contents: Contents;
  readonly log: InventoryLog;
  /** The root changed; called once a pass. */
  changed(): void;
}

/** Passes over the slices; only one piece of work changes the contents at a time. */
export interface Passes {
  /** The root that counts as told already, after the contents were loaded. */
  begin(): void;
  /** Looks at all slices; resolves when the change was told. */
  all(): Promise<void>;
  /** Looks at one slice; true when its last run failed. */
  one(slot: Slot): Promise<boolean>;
  /** The body with that hash, from a new run of its collector; null when the facts are others by now. */
  again(hash: string): Promise<string | null>;
  /** No look starts any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** A pause that lets the event loop serve the session between two collectors. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Makes the passes; nothing runs yet. */
export function createPasses({ slices, contents, log, changed }: PassesOptions): Passes {
  let last: Promise<unknown> = Promise.resolve();
  let told = '';
  let stopped = false;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    // Whoever asked handles the error; the next in turn must not stumble over it.
    last = mine.catch(() => undefined);
    return mine;
  }

  async function look(slot: Slot) {
    const outcome = await slot.check();
    if (outcome !== null) acceptOutcome({ contents, log }, slot, outcome);
  }

  async function tell() {
    await contents.save();
    const { root } = contents.offer();
    if (root === told) return;
    told = root;
    changed();
  }

  return {
    begin() {
      told = contents.offer().root;
    },
    async all() {
      for (const slot of slices) {
        if (stopped) return;
        await inTurn(() => look(slot));
        await breathe();
      }
      await inTurn(tell);
    },
    one: (slot) =>
      inTurn(async () => {
        if (stopped) return false;
        await look(slot);
        await tell();
        return slot.stats.errorsInRow > 0;
      }),
    again: (hash) =>
      inTurn(async () => {
        // Whoever asked before for another part of the same section had it collected already.
        const held = contents.held(hash);
        if (held !== null) return held;
        const owner = contents.ownerOf(hash);
        const slot = slices.find(({ collector }) => collector.section.name === owner);
        if (slot === undefined || stopped) return null;
        const texts = acceptOutcome({ contents, log }, slot, await slot.run());
        contents.hold(texts);
        await tell();
        return texts.find((text) => contents.hashOf(text) === hash) ?? null;
      }),
    async stop() {
      stopped = true;
      await last;
    },
  };
}
