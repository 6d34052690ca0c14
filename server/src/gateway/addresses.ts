// What is remembered of remote addresses: how fast each may come, and whether agents or people are behind it.
import type { Clock } from '../core/clock.ts';
import { type Bucket, createBucket } from './bucket.ts';
import { MAX_ADDRESSES, PERSON_MS } from './limits.ts';

/** The addresses seen lately; when there are too many, who was quiet longest is forgotten. */
export interface Addresses {
  /** One handshake of the share of an address; false when it has come too often. */
  take(address: string): boolean;
  /** An agent connected from there. */
  noteAgent(address: string): void;
  /** Somebody who is signed in used the API from there. */
  notePerson(address: string): void;
  /** True when nobody but agents is known behind it. */
  isOfAgents(address: string): boolean;
}

/** What is known of one. */
interface Known {
  readonly bucket: Bucket;
  hasAgents: boolean;
  /** When somebody signed in was last there, monotonic ms. */
  personMs: number;
}

/** What one address may do of everything. */
export interface AddressShare {
  readonly perSecond: number;
  readonly burst: number;
}

/** This host: whoever is on it needs no connections to do harm, and its admin must always get in. */
const OWN: readonly string[] = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

/** The network of an address: IPv4 as it is, of IPv6 the 64 bits that one customer has all to himself. Null for this host. */
export function groupOf(address: string): string | null {
  if (OWN.includes(address)) return null;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [before = '', after] = address.split('%')[0]?.split('::') ?? [];
  const front = before.split(':').filter(Boolean);
  const back = after?.split(':').filter(Boolean) ?? [];
  const zeros = after === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back].slice(0, 4).join(':');
}

/** Makes the list; no address is known. */
export function createAddresses(share: AddressShare, clock: Clock, max = MAX_ADDRESSES): Addresses {
  const known = new Map<string, Known>();

  /** Newest last. */
  function touch(address: string): Known {
    const one = known.get(address) ?? {
      bucket: createBucket(share, clock),
      hasAgents: false,
      personMs: Number.NEGATIVE_INFINITY,
    };
    known.delete(address);
    known.set(address, one);
    for (const oldest of known.keys()) {
      if (known.size <= max) break;
      known.delete(oldest);
    }
    return one;
  }

  return {
    take: (address) => touch(address).bucket.take(),
    noteAgent(address) {
      touch(address).hasAgents = true;
    },
    notePerson(address) {
      touch(address).personMs = clock.monotonic();
    },
    isOfAgents(address) {
      const one = known.get(address);
      return one?.hasAgents === true && clock.monotonic() - one.personMs > PERSON_MS;
    },
  };
}
