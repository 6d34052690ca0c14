// What is in force: the stored set with its revisions, verified by the trust document as a device would.
import type { Crypto, ReadonlyTrust, TrustState } from '@muster/protocol';
import {
  hashPolicy,
  type OpenedPolicy,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  type PolicySet,
  type PresentPolicy,
  readPolicySet,
} from '@muster/protocol/policy';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { createPauses } from '../../core/turns.ts';
import type { DeviceNames } from '../devices/index.ts';
import type { Fleet } from '../fleet/index.ts';
import { type RevisionRow, type SetRow, selectMembers, selectSet, selectSetDigest } from './store.ts';

/** What the feature is handed. */
export interface PoliciesDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly trust: { readonly tenant: number; readonly org: string; current(): TrustState };
  readonly fleet: Pick<Fleet, 'sets'>;
  readonly devices: Pick<DeviceNames, 'name' | 'find'>;
}

/** A policy in force. */
export interface Member extends PresentPolicy {
  readonly row: RevisionRow;
  /** Null: nobody who may sign now has signed it. */
  readonly opened: OpenedPolicy | null;
}

/** A set, whoever signed it. */
export interface StoredSet {
  readonly row: SetRow;
  readonly document: PolicySet;
  /** Nobody who may sign now has signed it. */
  readonly isVoid: boolean;
}

/** All that is in force. */
export interface Present {
  readonly epoch: number;
  /** Null: none was signed in this epoch. */
  readonly set: StoredSet | null;
  /** By name. */
  readonly members: readonly Member[];
}

/** Reads a stored set with its revisions; undefined: there is none. One statement. */
export type ReadStored = (sql: RawSql, row: SetRow | undefined) => Promise<Present>;

/** Reads what is in force: two statements. */
export type ReadPresent = (sql: RawSql) => Promise<Present>;

/** What was in force when it was read last, by digest: each revision is verified once under a trust document. */
interface Kept {
  /** Of the trust document. */
  readonly version: number;
  readonly members: ReadonlyMap<string, Member>;
}

/** Makes the reader. */
export function createReadPresent(deps: Pick<PoliciesDeps, 'crypto' | 'trust'>): ReadPresent {
  const readStored = createReadStored(deps);
  return async (sql) => {
    const { policyEpoch } = deps.trust.current().document;
    return readStored(sql, await selectSet(sql, deps.trust.tenant, policyEpoch));
  };
}

/** Makes a reader that keeps what it verified last. */
export function createReadStored(deps: Pick<PoliciesDeps, 'crypto' | 'trust'>): ReadStored {
  let kept: Kept = { version: 0, members: new Map() };

  return async (sql, row) => {
    const { document: trust } = deps.trust.current();
    if (row === undefined) return { epoch: trust.policyEpoch, set: null, members: [] };
    const set = readSet(deps, row);
    const rows = await selectMembers(sql, deps.trust.tenant, set.document.policies);
    const known = kept.version === trust.version ? kept.members : new Map<string, Member>();
    const rest = createPauses();
    const members: Member[] = [];
    for (const one of rows) {
      const found = known.get(one.digest);
      // Somebody may have changed the row meanwhile.
      const isSame = found?.row.envelope === one.envelope && found.name === one.name;
      members.push(isSame ? found : openRow(deps.crypto, trust, one));
      await rest();
    }
    kept = { version: trust.version, members: new Map(members.map((member) => [member.digest, member])) };
    return { epoch: trust.policyEpoch, set, members };
  };
}

/** A stored set with its document. @throws MusterError those of openPolicySet but for a signer who is none any more */
export function readSet({ crypto, trust }: Pick<PoliciesDeps, 'crypto' | 'trust'>, row: SetRow): StoredSet {
  const context = { trust: trust.current().document, crypto };
  const opened = openUnlessVoid(() => openPolicySet(row.envelope, context));
  if (opened !== null) return { row, document: opened.document, isVoid: false };
  // It was verified when it came; what it says is needed though its signer has gone since.
  return { row, document: readPolicySet(row.envelope), isVoid: true };
}

function openRow(crypto: Crypto, trust: ReadonlyTrust, row: RevisionRow): Member {
  const opened = openUnlessVoid(() => openPolicy(row.envelope, { trust, crypto }));
  const hash = opened === null ? null : hashPolicy(opened.policy, crypto);
  return { name: row.name, digest: row.digest, row, opened, hash };
}

/**
 * What is in force; its revisions are read only where the set, or who may sign, is another than when it was asked last: else one
 * small statement.
 */
export function createLatestPresent(
  { sql, trust }: Pick<PoliciesDeps, 'sql' | 'trust'>,
  readPresent: ReadPresent,
): () => Promise<Present> {
  let kept: { readonly version: number; readonly present: Present } | undefined;

  return async () => {
    const { version, policyEpoch } = trust.current().document;
    const digest = await selectSetDigest(sql, trust.tenant, policyEpoch);
    if (kept?.version === version && kept.present.set?.row.digest === digest) return kept.present;
    const present = await readPresent(sql);
    kept = { version, present };
    return present;
  };
}
