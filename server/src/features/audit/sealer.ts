// The sealer: moves what was committed into the chain, and signs how far it reaches. One process runs it, the controller.
//
//   stopped ── start ──▶ sealing (every second) ── stop ──▶ a last seal and checkpoint ──▶ stopped
import {
  AUDIT_CHECKPOINT_TYPE,
  type Envelope,
  formatEntry,
  formatHash,
  hashEntry,
  parseEnvelope,
} from '@muster/protocol';
import { takePending } from '../../core/audit/store.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { AuditDeps } from './deps.ts';
import { CHECKPOINT_EVERY_MS, SEAL_EVERY_MS, SEAL_ROWS } from './limits.ts';
import { readTree } from './proofs.ts';
import {
  ensurePartition,
  insertCheckpoint,
  insertSealed,
  lockHead,
  type SealedRow,
  selectCheckpoint,
} from './store.ts';
import type { TiledTree, TreeNode } from './tiles.ts';

/** The newest checkpoint. */
export interface Checkpoint {
  readonly size: number;
  readonly envelope: Envelope;
}

/** The sealer. */
export interface Sealer {
  /** Reads where the chain ends, and goes on. */
  start(): Promise<void>;
  /** Seals what is pending now; resolves when it is. */
  seal(): Promise<void>;
  /** Seals, and signs a checkpoint over all of it where there is none yet. */
  checkpoint(): Promise<Checkpoint | null>;
  /** The newest checkpoint; null: there is none. */
  newest(): Checkpoint | null;
  stop(): Promise<void>;
}

/** Makes it; nothing happens before `start`. */
export function createSealer(deps: AuditDeps): Sealer {
  return new ChainSealer(deps);
}

class ChainSealer implements Sealer {
  private readonly deps: AuditDeps;
  /** The tree as the last commit left it; null: it has to be read. */
  private tree: TiledTree | null = null;
  private latest: Checkpoint | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private checkedMs = 0;
  private cancel: (() => void) | undefined;
  private isRunning = false;
  private hasStopped = false;

  constructor(deps: AuditDeps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    const { sql, trust, clock } = this.deps;
    const row = await selectCheckpoint(sql, trust.tenant);
    this.latest = row === undefined ? null : { size: row.size, envelope: parseEnvelope(row.envelope) };
    if (this.hasStopped) return;
    this.isRunning = true;
    this.checkedMs = clock.monotonic();
    this.arm();
  }

  newest(): Checkpoint | null {
    return this.latest;
  }

  seal(): Promise<void> {
    return this.inTurn(() => this.sealAll());
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.inTurn(async () => {
      await this.sealAll();
      return this.sign();
    });
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    if (!this.isRunning) return;
    this.isRunning = false;
    this.cancel?.();
    try {
      await this.checkpoint();
    } catch (err) {
      // What is pending stays where it is; the next controller seals it.
      this.deps.log.warn({ err }, 'the audit was not sealed before the stop');
    }
  }

  /** One after the other: the tree in memory belongs to one of them. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private arm(): void {
    this.cancel = this.deps.clock.after(SEAL_EVERY_MS, () => {
      const { clock, log } = this.deps;
      const isDue = clock.monotonic() - this.checkedMs >= CHECKPOINT_EVERY_MS;
      if (isDue) this.checkedMs = clock.monotonic();
      (isDue ? this.checkpoint() : this.seal())
        .catch((err: unknown) => log.warn({ err }, 'the audit was not sealed; it is tried again'))
        .finally(() => {
          if (this.isRunning) this.arm();
        });
    });
  }

  private fenced<T>(work: (tx: RawSql) => Promise<T>): Promise<T> {
    const { fenced, sql } = this.deps;
    return fenced === undefined ? inTransaction(sql, work) : fenced(work);
  }

  private async sealAll(): Promise<void> {
    try {
      for (let count = SEAL_ROWS; count === SEAL_ROWS; ) count = await this.fenced((tx) => this.sealSome(tx));
    } catch (error) {
      // Whether it was committed is not known here.
      this.tree = null;
      throw error;
    }
  }

  /** Seals one batch; answers with how many entries it was. */
  private async sealSome(tx: RawSql): Promise<number> {
    const { trust, crypto } = this.deps;
    const { tenant, org } = trust;
    const pending = await takePending(tx, tenant, SEAL_ROWS);
    if (pending.length === 0) return 0;
    const head = await lockHead(tx, tenant);
    if (this.tree?.size() !== head.size) this.tree = await readTree({ sql: tx, tenant, crypto }, head.size);
    const nodes: TreeNode[] = [];
    const rows: SealedRow[] = [];
    let prev = formatHash(head.hash);
    for (const { at, body } of pending) {
      const seq = head.size + rows.length + 1;
      const hash = hashEntry(formatEntry({ org, seq, at: at.toISOString(), prev, event: body }), crypto);
      rows.push({ seq, at, body, hash });
      nodes.push(...this.tree.append(hash));
      prev = formatHash(hash);
    }
    await this.ensurePartitions(tx, rows);
    await insertSealed(tx, tenant, { rows, nodes });
    return rows.length;
  }

  private async ensurePartitions(tx: RawSql, rows: readonly SealedRow[]): Promise<void> {
    const months = new Set(rows.map(({ at }) => `${at.toISOString().slice(0, 7)}-01`));
    // Asked each time: one that was made in a transaction that was rolled back is not there.
    for (const month of months) await ensurePartition(tx, month);
  }

  private async sign(): Promise<Checkpoint | null> {
    const { clock, crypto, sql, trust } = this.deps;
    const { tenant, org } = trust;
    this.tree ??= await this.fenced(async (tx) =>
      readTree({ sql: tx, tenant, crypto }, (await lockHead(tx, tenant)).size),
    );
    const size = this.tree.size();
    if (size === 0 || size === this.latest?.size) return this.latest;
    const at = new Date(clock.now());
    const body = { v: 1, org, size, root: formatHash(this.tree.root()), at: at.toISOString() };
    const envelope = trust.seal(AUDIT_CHECKPOINT_TYPE, body);
    await this.fenced((tx) => insertCheckpoint(tx, tenant, { size, at, envelope: JSON.stringify(envelope) }));
    // Two answers lost in a row could have left another of that size.
    const stored = await selectCheckpoint(sql, tenant);
    this.latest = { size, envelope: stored?.size === size ? parseEnvelope(stored.envelope) : envelope };
    return this.latest;
  }
}
