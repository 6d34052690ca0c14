// A small hub inside one process: features say what happened, live views listen. Nothing durable goes through it.
import { fail } from '../errors.ts';
import { MAX_SUBSCRIBERS } from '../limits.ts';
import type { Logger } from './log.ts';

/** Topics and what is said on each: `{ 'device.changed': { tenant: number; idx: number } }`. */
export type Topics = Record<string, unknown>;

export interface EventHub<T extends Topics> {
  /** Tells every subscriber at once, in the order they came. One that throws is logged and does not hold up the others. */
  publish<Topic extends keyof T & string>(topic: Topic, event: T[Topic]): void;
  /** Listens until the returned function is called. Must be quick: it runs inside `publish`. Throws E_BUSY beyond the limit. */
  subscribe<Topic extends keyof T & string>(topic: Topic, listener: (event: T[Topic]) => void): () => void;
  /** Subscribers of a topic, so that what nobody watches need not be made. */
  count(topic: keyof T & string): number;
}

/** Makes a hub. */
export function createEventHub<T extends Topics>(log: Logger, maxSubscribers = MAX_SUBSCRIBERS): EventHub<T> {
  const listeners: { [Topic in keyof T]?: Set<(event: T[Topic]) => void> } = {};
  return {
    publish(topic, event) {
      // A copy, because a listener may end its own subscription or begin another.
      for (const listener of [...(listeners[topic] ?? [])]) {
        try {
          listener(event);
        } catch (err) {
          log.error({ err, topic }, 'a subscriber failed');
        }
      }
    },
    subscribe(topic, listener) {
      const set = listeners[topic] ?? new Set();
      listeners[topic] = set;
      if (set.size >= maxSubscribers) throw fail('E_BUSY', { detail: 'Too many live views are open.' });
      // Wrapped, so that the same function may subscribe twice.
      const own: typeof listener = (event) => listener(event);
      set.add(own);
      return () => void set.delete(own);
    },
    count: (topic) => listeners[topic]?.size ?? 0,
  };
}
