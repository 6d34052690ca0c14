// Revisions that devices ask for: the signed policies in force in the memory of the process that holds the sockets.
//
// However many devices ask, the set in force is read again only for a revision that is not here, once for all who wait. A revision
// never changes, so what is here is answered without looking whether it still is in force: the device holds the set that says so.
import { type PolicyPut, parseEnvelope } from '@muster/protocol';
import { readPolicySet } from '@muster/protocol/policy';
import type { Session } from '../../core/agents/session.ts';
import { isPassing } from '../../core/db/failures.ts';
import { createPauses } from '../../core/turns.ts';
import type { DeliveryDeps } from './deps.ts';
import { MAX_OTHERS, MAX_WAITING_WANTS, RETRY_MAX_MS, WANT_READ_MS } from './limits.ts';
import { type RevisionRow, selectMembers, selectSet } from './store.ts';

/** The shelf. */
export interface Shelf {
  /** Answers at once, or after a read; while the database is away who is connected waits for it. */
  want(session: Session, digest: string): void;
  stop(): Promise<void>;
}

type ShelfDeps = Pick<DeliveryDeps, 'sql' | 'clock' | 'log' | 'trust'>;

/** Makes it; nothing is read before somebody asks. */
export function createShelf(deps: ShelfDeps): Shelf {
  return new PolicyShelf(deps);
}

class PolicyShelf implements Shelf {
  private readonly deps: ShelfDeps;
  /** By digest. */
  private kept = new Map<string, PolicyPut>();
  /** Digest of the set that was read last; empty: none was in force. */
  private set = '';
  /** Who waits for what; of one session the last it asked. */
  private waiting = new Map<Session, string>();
  private readMs = Number.NEGATIVE_INFINITY;
  /** How long after a read the next one may begin: longer after one that failed. */
  private pauseMs = WANT_READ_MS;
  private reading: Promise<void> | null = null;
  private cancel: (() => void) | undefined;
  private hasStopped = false;

  constructor(deps: ShelfDeps) {
    this.deps = deps;
  }

  want(session: Session, digest: string): void {
    const put = this.kept.get(digest);
    const { tenant } = this.deps.trust;
    // What is here is of one organization.
    if (put !== undefined || session.tenant !== tenant) {
      session.send(put !== undefined && session.tenant === tenant ? put : { type: 'policy.none', digest });
      return;
    }
    // No room: the device asks again over its next session.
    if (this.waiting.size >= MAX_WAITING_WANTS && !this.waiting.has(session)) return;
    this.waiting.set(session, digest);
    this.arm();
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    this.cancel?.();
    await this.reading;
  }

  private arm(): void {
    if (this.hasStopped || this.reading !== null || this.cancel !== undefined || this.waiting.size === 0)
      return;
    const { clock } = this.deps;
    const waitMs = Math.max(0, this.readMs + this.pauseMs - clock.monotonic());
    this.cancel = clock.after(waitMs, () => {
      this.cancel = undefined;
      this.reading = this.answer().finally(() => {
        this.reading = null;
        this.arm();
      });
    });
  }

  private async answer(): Promise<void> {
    const { clock, log } = this.deps;
    this.readMs = clock.monotonic();
    const asked = this.waiting;
    this.waiting = new Map();
    let others: ReadonlyMap<string, PolicyPut | null>;
    try {
      await this.read();
      others = await this.readOthers(asked.values());
      this.pauseMs = WANT_READ_MS;
    } catch (err) {
      log[isPassing(err) ? 'warn' : 'error'](
        { err },
        'policies that devices ask for could not be read; they are read later',
      );
      this.pauseMs = Math.min(this.pauseMs * 2, RETRY_MAX_MS);
      this.putBack([...asked]);
      return;
    }
    const left: (readonly [Session, string])[] = [];
    for (const [session, digest] of asked) {
      const put = this.kept.get(digest) ?? others.get(digest);
      if (put === undefined) left.push([session, digest]);
      else if (session.open) session.send(put ?? { type: 'policy.none', digest });
    }
    this.putBack(left);
  }

  /** They wait for the next read, before whoever came meanwhile; what a session asked since counts instead. */
  private putBack(asked: readonly (readonly [Session, string])[]): void {
    const room = Math.max(0, MAX_WAITING_WANTS - this.waiting.size);
    const left = asked.filter(([session]) => session.open && !this.waiting.has(session));
    this.waiting = new Map([...left.slice(0, room), ...this.waiting]);
  }

  /**
   * Revisions of another set: a device may still be fetching the one before, and must not take it for withheld. Not kept. Null: there
   * is none that can be read; those that were too many to be looked for are not among them.
   */
  private async readOthers(asked: Iterable<string>): Promise<ReadonlyMap<string, PolicyPut | null>> {
    const digests = [...new Set(asked)].filter((digest) => !this.kept.has(digest)).slice(0, MAX_OTHERS);
    const found = new Map<string, PolicyPut | null>(digests.map((digest) => [digest, null]));
    if (digests.length === 0) return found;
    const { sql, trust } = this.deps;
    for (const row of await selectMembers(sql, trust.tenant, digests))
      found.set(row.digest, this.makePut(row));
    return found;
  }

  /** One statement where the set is the same, two where it is another; what is here is not read again. */
  private async read(): Promise<void> {
    const { sql, trust, log } = this.deps;
    const row = await selectSet(sql, trust.tenant, trust.current().document.policyEpoch);
    if ((row?.digest ?? '') === this.set) return;
    const kept = new Map<string, PolicyPut>();
    const missing: string[] = [];
    let digests: readonly string[] = [];
    try {
      if (row !== undefined) digests = readPolicySet(row.envelope).policies;
    } catch (err) {
      log.error({ err }, 'the stored set of policies cannot be read; its revisions are answered one by one');
    }
    for (const digest of digests) {
      const put = this.kept.get(digest);
      if (put === undefined) missing.push(digest);
      else kept.set(digest, put);
    }
    const rest = createPauses();
    for (const row of await selectMembers(sql, trust.tenant, missing)) {
      const put = this.makePut(row);
      if (put !== null) kept.set(row.digest, put);
      await rest();
    }
    this.kept = kept;
    this.set = row?.digest ?? '';
  }

  /** Null: the row is damaged. It is read again for whoever asks next, since it may have been mended. */
  private makePut({ digest, envelope }: RevisionRow): PolicyPut | null {
    try {
      return { type: 'policy.put', envelope: parseEnvelope(envelope) };
    } catch (err) {
      const { log } = this.deps;
      log.error({ err, digest }, 'a stored policy cannot be read; devices are told that it is not there');
      return null;
    }
  }
}
