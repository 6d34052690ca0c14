// Proofs for devices, which ask whether the audit goes on from what they keep: read once for all who ask the same, and bounded for those who do not.
import { type AuditProof, formatHash } from '@muster/protocol';
import type { AuditDeps } from './deps.ts';
import { MAX_CACHED_PROOFS, MAX_PROOFS_A_MINUTE, MAX_WAITING_PROOFS } from './limits.ts';
import { readProof } from './proofs.ts';

const MINUTE_MS = 60_000;

/** The sizes that a proof is about. */
export interface ProofSizes {
  readonly from: number;
  readonly to: number;
}

/** Who asks: devices have a share each. */
interface Asker {
  readonly deviceId: string;
}

/** The prover. */
export interface Prover {
  /** The proof; null where there is none, or no room to read one now: whoever asked asks again. Never throws. */
  prove(sizes: ProofSizes, asker: Asker): Promise<AuditProof | null>;
}

/** Makes it; `newest` is the size of the newest checkpoint, 0 without one. */
export function createProver(deps: AuditDeps, newest: () => number): Prover {
  const { sql, clock, crypto, log, trust } = deps;
  /** By sizes, the one asked for longest ago first. The same object for everybody, so that it crosses to other processes once. */
  const proofs = new Map<string, Promise<AuditProof | null>>();
  /** Proofs that a device had read for it alone in this minute. */
  const shares = new Map<string, number>();
  let minuteMs = Number.NEGATIVE_INFINITY;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** One after the other: devices must not take the database from people. */
  function read({ from, to }: ProofSizes): Promise<AuditProof | null> {
    waiting += 1;
    const mine = turn
      .then(() => readProof({ sql, tenant: trust.tenant, crypto }, { first: from, second: to }))
      .then((hashes): AuditProof => ({ type: 'audit.proof', from, to, hashes: hashes.map(formatHash) }))
      .catch((err: unknown) => {
        proofs.delete(`${from}/${to}`);
        log.warn({ err, from, to }, 'a proof about the audit could not be read');
        return null;
      })
      .finally(() => {
        waiting -= 1;
      });
    turn = mine;
    return mine;
  }

  function hasShare({ deviceId }: Asker): boolean {
    if (clock.monotonic() - minuteMs > MINUTE_MS) {
      minuteMs = clock.monotonic();
      shares.clear();
    }
    const share = (shares.get(deviceId) ?? 0) + 1;
    shares.set(deviceId, share);
    return share <= MAX_PROOFS_A_MINUTE;
  }

  return {
    async prove({ from, to }, asker) {
      if (from >= to || to > newest()) return null;
      const key = `${from}/${to}`;
      const known = proofs.get(key);
      if (known === undefined && (waiting >= MAX_WAITING_PROOFS || !hasShare(asker))) return null;
      const proof = known ?? read({ from, to });
      proofs.delete(key);
      proofs.set(key, proof);
      const [oldest] = proofs.keys();
      if (proofs.size > MAX_CACHED_PROOFS && oldest !== undefined) proofs.delete(oldest);
      return proof;
    },
  };
}
