// Policies as the API shows them.
import { type Envelope, parseEnvelope } from '@muster/protocol';
import {
  describeWanted,
  formatPolicyYaml,
  type ItemChange,
  type ResolvedItem,
  readRevision,
  readRevisionDocument,
} from '@muster/protocol/policy';
import { SHOWN_ITEMS } from './limits.ts';
import type { Member, Present, StoredSet } from './present.ts';
import type { PlanView, PolicySetView, PolicyView } from './schema.ts';
import type { RevisionRow } from './store.ts';

/** An envelope that may be changed, as answers want it. */
export function toEnvelope(text: string) {
  const { payload, payloadType, signatures }: Envelope = parseEnvelope(text);
  return { payload, payloadType, signatures: signatures.map((one) => ({ ...one })) };
}

/** A set. */
export function viewSet({ row, document, isVoid }: StoredSet, isInForce: boolean): PolicySetView {
  const { digest, epoch, version } = row;
  const { requester, reason, at, plan, policies } = document;
  return {
    ...{ digest, epoch, version, requester, reason, at, plan, isVoid, isInForce },
    policies: policies.length,
    storedAt: row.storedAt.toISOString(),
    envelope: toEnvelope(row.envelope),
  };
}

/** The set in force, if there is one. */
export function viewPresentSet({ set }: Present): PolicySetView | null {
  return set === null ? null : viewSet(set, true);
}

/** A policy in force. */
export function viewMember({ row, opened }: Member): PolicyView {
  const { document, policy } = opened ?? readRevision(row.envelope);
  const { title, owner, mode, priority, on, except, rules } = policy;
  const { requester, reason, at } = document;
  return {
    ...{ name: row.name, digest: row.digest, version: row.version, requester, reason, at },
    ...{ isVoid: opened === null, title, owner, mode, priority, rules: rules.length, on, except },
  };
}

/** A revision in a history. */
export function viewRow(row: RevisionRow, inForce: ReadonlySet<string>) {
  const { requester, reason, at } = readRevisionDocument(row.envelope);
  const { name, epoch, version, digest } = row;
  const isInForce = inForce.has(digest);
  return {
    name,
    epoch,
    version,
    digest,
    requester,
    reason,
    at,
    isInForce,
    storedAt: row.storedAt.toISOString(),
  };
}

/** A revision with all it says. */
export function viewRevision(row: RevisionRow, inForce: ReadonlySet<string>) {
  const { document, policy } = readRevision(row.envelope);
  const { bound, source } = document;
  const yaml = formatPolicyYaml(policy);
  return { ...viewRow(row, inForce), bound, source, yaml, envelope: toEnvelope(row.envelope) };
}

/** The first items of an effect. */
export function viewItems(changes: readonly ItemChange[]): PlanView['effects'][number]['items'] {
  return changes
    .slice(0, SHOWN_ITEMS)
    .map(({ item, before, after }) => ({ item, before: viewWish(before), after: viewWish(after) }));
}

function viewWish(one: ResolvedItem | null) {
  if (one === null) return null;
  const { mode, decided, rule, exception } = one;
  return {
    ...{ says: describeWanted(one), mode, isDecided: decided },
    exemptUntil: exception?.until ?? null,
    rule: `${rule.policy}/${rule.id}`,
  };
}
