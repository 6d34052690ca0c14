// What the content feature is handed.
import type { Crypto, TrustState } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** Its dependencies. */
export interface ContentDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly trust: { readonly tenant: number; readonly org: string; current(): TrustState };
}
