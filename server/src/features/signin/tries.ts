// Bounds how often a sign-in can be tried: counted before the attempt, taken back by success, so that many at once count as well.
import type { Clock } from '../../core/clock.ts';
import { MAX_TRIED, NETWORKS_OF_SITE, TRIES_MS } from './limits.ts';

/** What is counted, and how many of it are allowed in a window. */
export interface Tried {
  /** As `address 192.0.2.1`. */
  readonly key: string;
  readonly max: number;
}

/** The counters of this process. */
export interface Tries {
  /** Counts an attempt against each; 0 when it may go on, else the seconds until it may. */
  begin(tried: readonly Tried[]): number;
  /** The attempt was right: it counts against nothing. */
  succeed(tried: readonly Tried[]): void;
}

/** An address for counting: of IPv6 the network of 64 bits, for whoever has one has all of its addresses, or the site's of 48. */
export function networkOf(address: string, bits: 64 | 48 = 64): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/i, '');
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return `${[...left, ...Array(zeros).fill('0'), ...right].slice(0, bits / 16).join(':')}::/${bits}`;
}

/** What is counted of an address: `max` by network, and more by site where there is one. */
export function triedFrom(what: string, address: string, max: number): Tried[] {
  const [network, site] = [networkOf(address), networkOf(address, 48)];
  const counted = [{ key: `${what} ${network}`, max }];
  return network === site ? counted : [...counted, { key: `${what} ${site}`, max: max * NETWORKS_OF_SITE }];
}

/** Makes the counters. In memory, with a limit: a restart forgives, which argon2 and the second factor stand. */
export function createTries(clock: Clock): Tries {
  const windows = new Map<string, { count: number; readonly untilMs: number }>();

  function windowOf(key: string): { count: number; readonly untilMs: number } {
    const known = windows.get(key);
    if (known !== undefined && known.untilMs > clock.now()) return known;
    windows.delete(key);
    const begun = { count: 0, untilMs: clock.now() + TRIES_MS };
    windows.set(key, begun);
    for (const oldest of windows.keys()) if (windows.size > MAX_TRIED) windows.delete(oldest);
    return begun;
  }

  return {
    begin(tried) {
      const counted = tried.map(({ key, max }) => ({ window: windowOf(key), max }));
      const full = counted.filter(({ window, max }) => window.count >= max);
      if (full.length > 0)
        return Math.ceil(Math.max(...full.map(({ window }) => window.untilMs - clock.now())) / 1_000);
      for (const { window } of counted) window.count += 1;
      return 0;
    },
    succeed(tried) {
      for (const { key } of tried) {
        const window = windows.get(key);
        if (window !== undefined) window.count = Math.max(0, window.count - 1);
      }
    },
  };
}
