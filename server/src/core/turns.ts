// Long work by turns: a piece of it, then whatever else waits in the process, then the next piece.
import { setImmediate } from 'node:timers/promises';
import { fail } from '../errors.ts';

/** Short works follow each other for so long before everybody else gets a turn, ms: a pause for each would cost more than they do. */
const SLICE_MS = 5;

/** Lets sockets, timers and other requests go first. */
export function pause(): Promise<void> {
  return setImmediate();
}

/** Makes a pause that is none until the work has gone on for a slice of time; call it between works of unknown length. */
export function createPauses(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < SLICE_MS) return;
    await pause();
    sinceMs = performance.now();
  };
}

/** Shows a long list in pieces, with a pause between them; a list of one piece costs no pause. */
export async function inPieces<T>(
  list: readonly T[],
  pieceRows: number,
  visit: (piece: readonly T[]) => void,
): Promise<void> {
  for (let from = 0; from < list.length; from += pieceRows) {
    if (from > 0) await pause();
    visit(list.slice(from, from + pieceRows));
  }
}

/** Work that is done one at a time, whoever asked for it. */
export interface Turns<Key extends object> {
  /**
   * Does the work when its turn comes: that of one key in the order asked for, keys by turns, so that one who asks for much
   * does not hold up the others. Settles as the work does.
   */
  run<T>(key: Key, work: () => T | Promise<T>): Promise<T>;
}

type Work = () => Promise<void>;

/** Makes turns; nobody waits yet. The first work begins at once. */
export function createTurns<Key extends object>(): Turns<Key> {
  const queues = new Map<Key, Work[]>();
  let isAtWork = false;

  async function workOff(): Promise<void> {
    isAtWork = true;
    const rest = createPauses();
    while (queues.size > 0) {
      for (const [key, queue] of queues) {
        await queue.shift()?.();
        if (queue.length === 0) queues.delete(key);
        await rest();
      }
    }
    isAtWork = false;
  }

  return {
    run(key, work) {
      return new Promise((resolve, reject) => {
        const queue = queues.get(key) ?? [];
        queues.set(key, queue);
        // A throw of the work itself becomes a rejection too.
        queue.push(async () => {
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
        });
        if (!isAtWork) void workOff();
      });
    },
  };
}

/** Does heavy work one at a time, whoever asked for it. @throws MusterError E_BUSY where as many are at it or wait as may */
export function createQueue(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const turns = createTurns<object>();
  const everybody = {};
  let waiting = 0;
  return async (work) => {
    if (waiting >= most) throw fail('E_BUSY');
    waiting += 1;
    try {
      return await turns.run(everybody, work);
    } finally {
      waiting -= 1;
    }
  };
}
