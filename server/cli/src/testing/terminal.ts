// A terminal that keeps what was written and types what it is told.
import type { Terminal } from '../terminal.ts';

/** What a test can see and do. */
export interface FakeTerminal extends Terminal {
  out(): string;
  err(): string;
  /** Presses keys; they wait until somebody listens. */
  type(keys: string): void;
  /** How often raw mode was set, and to what. */
  readonly rawModes: boolean[];
}

/** How it is made. */
export interface FakeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  /** Text on standard input, where that is no keyboard. */
  readonly input?: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly now?: () => number;
  readonly namesWithinMs?: number;
}

/** Makes one. */
export function createFakeTerminal(options: FakeOptions = {}): FakeTerminal {
  const { env = {}, isTTY = false, input = '', columns = 100, rows = 24, now = Date.now } = options;
  const written = { out: '', err: '' };
  const listeners = new Set<(piece: Buffer) => void>();
  const waiting: Buffer[] = [];
  const rawModes: boolean[] = [];
  const output = (name: 'out' | 'err') => ({
    isTTY,
    columns,
    rows,
    write(text: string) {
      written[name] += text;
      return true;
    },
  });
  return {
    env,
    now,
    rawModes,
    ...(options.namesWithinMs === undefined ? {} : { namesWithinMs: options.namesWithinMs }),
    stdout: output('out'),
    stderr: output('err'),
    stdin: {
      isTTY,
      setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
      resume: () => undefined,
      pause: () => undefined,
      on(_event: 'data', listener: (piece: Buffer) => void) {
        listeners.add(listener);
        for (const piece of waiting.splice(0)) listener(piece);
      },
      off: (_event: 'data', listener: (piece: Buffer) => void) => listeners.delete(listener),
      async *[Symbol.asyncIterator]() {
        yield input;
      },
    },
    out: () => written.out,
    err: () => written.err,
    type(keys) {
      const piece = Buffer.from(keys);
      if (listeners.size === 0) waiting.push(piece);
      for (const listener of listeners) listener(piece);
    },
  };
}
