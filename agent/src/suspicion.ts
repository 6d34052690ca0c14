// What an honest server never hands over, counted: bad signatures and bytes that came through an authenticated session.
/** Faults that no wrong clock, late word or old build explains: somebody made or changed what a server says is signed. */
const FAULTS: ReadonlySet<string> = new Set([
  'E_SIG',
  'E_B64',
  'E_CANON',
  'E_SHAPE',
  'E_TYPE',
  'E_ORG',
  'E_REPLAY',
]);
/** The status is written again at most so often, ms: a server that floods must not wear the disk. */
const WRITE_PAUSE_MS = 60_000;
/** A suspicion is shown for so long after the last fault, ms. */
const KEEP_MS = 30 * 86_400_000;

/** Why the server is suspected, as the status shows it. */
export interface Suspicion {
  /** Faults since the first one. */
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** What the last one was about: command, trust, freshness, halt or lift. */
  readonly what: string;
  /** Code of the last one. */
  readonly code: string;
}

/** The suspicion of a device. */
export interface Suspicions {
  /** Something signed did not pass; only what no honest server does counts. */
  note(what: string, code: string): void;
  /** Null: none, or it is long past. */
  view(): Suspicion | null;
}

/** Goes on with what the status file said when the agent ended. */
export function createSuspicions(
  deps: { now(): number; after(delayMs: number, work: () => void): () => void; changed(): void },
  before: Suspicion | null,
): Suspicions {
  let current = before;
  let writtenMs = Number.NEGATIVE_INFINITY;
  let isDue = false;

  function write(): void {
    isDue = false;
    writtenMs = deps.now();
    deps.changed();
  }

  return {
    note(what, code) {
      if (!FAULTS.has(code)) return;
      const lastAt = new Date(deps.now()).toISOString();
      current = { count: (current?.count ?? 0) + 1, firstAt: current?.firstAt ?? lastAt, lastAt, what, code };
      if (isDue) return;
      isDue = true;
      const pauseMs = writtenMs + WRITE_PAUSE_MS - deps.now();
      if (pauseMs > 0) deps.after(pauseMs, write);
      else write();
    },
    view: () => (current !== null && deps.now() - Date.parse(current.lastAt) < KEEP_MS ? current : null),
  };
}
