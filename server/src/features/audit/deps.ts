// What the audit feature is handed.
import type { Crypto, Envelope, TrustState } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';

/** As much of the organization's trust as checkpoints and exports need. */
export interface AuditTrust {
  readonly tenant: number;
  readonly org: string;
  current(): TrustState;
  /** Documents from that version on, oldest first, at most MAX_TRUST_CHAIN. */
  chainFrom(version: number): Envelope[];
  /** Signs a body with the server's key. */
  seal(payloadType: string, body: object): Envelope;
}

/** Its dependencies. */
export interface AuditDeps {
  readonly sql: RawSql;
  /** How the chain grows when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crypto: Pick<Crypto, 'sha256' | 'verifyEd25519' | 'verifyP256'>;
  readonly trust: AuditTrust;
}
