// What the halts feature is handed.
import type { Crypto, Envelope, TrustState } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';

/** As much of the organization's trust as verification and the signed word need. */
export interface TrustInForce {
  readonly tenant: number;
  readonly org: string;
  current(): TrustState;
  /** Documents after that version, oldest first, at most MAX_TRUST_CHAIN. */
  chainAfter(version: number): Envelope[];
  /** Called after each update is in force. */
  onChange(listener: () => void): void;
  /** Signs a body with the server's key. */
  seal(payloadType: string, body: object): Envelope;
}

/** Its dependencies. */
export interface HaltsDeps {
  readonly sql: RawSql;
  /** How halts are stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crypto: Crypto;
  readonly trust: TrustInForce;
  /** The newest checkpoint of the audit, which the word carries; absent: there is no audit, as in tests. */
  readonly checkpoint?: () => Envelope | null;
}
