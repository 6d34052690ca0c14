// What signing in is made of, and what its parts hand each other.
import type { AuditOrigin } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Site } from '../../core/http/site.ts';
import type { Seal } from '../../core/seal.ts';
import type { Challenges } from './challenges.ts';
import type { Passwords } from './passwords.ts';
import type { Provider } from './provider.ts';
import type { Tries } from './tries.ts';

/** What every part works with. */
export interface SigninDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly tenant: number;
  /** Name of the organization, as authenticators show it. */
  readonly organization: string;
  readonly site: Site;
  readonly challenges: Challenges;
  readonly passwords: Passwords;
  readonly tries: Tries;
  readonly seal: Seal;
  /** Null: none is configured. */
  readonly provider: Provider | null;
}

/** Where a request came from, as sessions and the audit remember it. */
export interface Visitor {
  readonly address: string;
  /** Browser, as it names itself. */
  readonly program: string;
  /** He came by the listener for people at this machine. */
  readonly isLocal: boolean;
  readonly origin: AuditOrigin;
}

/** A person and his organization. */
export interface Owner {
  readonly tenant: number;
  readonly person: string;
}
