// Applies a signed plan: holds it against what is in force, and stores it whole or not at all.
import { isMusterError, parseEnvelope } from '@muster/protocol';
import {
  checkMembers,
  checkRevisionDraft,
  exceptionNeedsServer,
  hashPolicy,
  MAX_IN_FORCE_CHARS,
  MAX_SELECTED,
  needsServer,
  type OpenedPolicy,
  type OpenedPolicySet,
  openPolicy,
  openPolicySet,
  type PolicyContext,
} from '@muster/protocol/policy';
import { type AuditOrigin, done } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { createPauses } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import { MAX_REVISIONS } from './limits.ts';
import { makePlan } from './plan.ts';
import type { PoliciesDeps, Present, ReadPresent } from './present.ts';
import { readOrder, storeOrder } from './rollout-service.ts';
import type { WavesOrder } from './schema-rollout.ts';
import {
  countRevisions,
  findSet,
  insertSet,
  type RevisionRow,
  type SetRow,
  selectVersions,
} from './store.ts';

/** What somebody hands in. */
export interface Handed {
  readonly set: unknown;
  /** Revisions that are not stored yet. */
  readonly policies: readonly unknown[];
  /** How it goes out; absent: to everybody at once, or as the unfinished one before it. */
  readonly waves?: WavesOrder;
}

/** The same, verified. */
interface Opened {
  readonly set: OpenedPolicySet;
  readonly revisions: readonly OpenedPolicy[];
  /** The revisions as they would be stored. */
  readonly rows: readonly RevisionRow[];
}

/**
 * Puts a set in force. The same bytes again are the same answer.
 * @throws MusterError those of openPolicy and openPolicySet, of readOrder, E_POLICY, E_WITHHELD, E_PLAN_MOVED, E_LIMIT
 */
export async function applySet(
  deps: PoliciesDeps & { readonly readPresent: ReadPresent },
  handed: Handed,
  origin: AuditOrigin,
): Promise<SetRow> {
  const { sql, crypto, trust } = deps;
  const context = { trust: trust.current().document, crypto };
  const set = openPolicySet(handed.set, context);
  const known = await withMappedErrors(() => findSet(sql, trust.tenant, set.digest));
  if (known !== undefined) return known;
  const revisions = await openRevisions(handed.policies, context);
  const storedAt = new Date(deps.clock.now());
  const row = { ...rowOf(set, handed.set), storedAt };
  const rows = revisions.map(
    (one, at): RevisionRow => ({
      ...rowOf(one, handed.policies[at]),
      name: one.policy.name,
      storedAt,
    }),
  );
  const opened = { set, revisions, rows };
  const ready = await readOrder(deps, handed.waves);
  const store = () =>
    inTransaction(sql, async (tx) => {
      const changes = await judge(deps, tx, opened);
      const by = origin.actor.name || origin.actor.kind;
      const beginning = { set: row, previous: set.document.previous, ready, by, now: storedAt };
      const waves = await storeOrder(tx, trust.tenant, beginning);
      const added = { set: row, revisions: rows, event: eventOf(deps, origin, { opened, changes, waves }) };
      // Somebody else's set of that version came between.
      if (!(await insertSet(tx, trust.tenant, added))) throw fail('E_PLAN_MOVED');
    });
  try {
    await withMappedErrors(store);
    return row;
  } catch (error) {
    if (!isMusterError(error, 'E_PLAN_MOVED')) throw error;
    // What came between may be the very same, handed in twice at one moment.
    const same = await withMappedErrors(() => findSet(sql, trust.tenant, set.digest));
    if (same === undefined) throw error;
    return same;
  }
}

/** Verifies a thousand at most; others get their turn between them. */
async function openRevisions(envelopes: readonly unknown[], context: PolicyContext): Promise<OpenedPolicy[]> {
  const rest = createPauses();
  const revisions: OpenedPolicy[] = [];
  for (const one of envelopes) {
    const opened = openPolicy(one, context);
    checkRevisionDraft(opened);
    revisions.push(opened);
    await rest();
  }
  return revisions;
}

/** How a document is stored: with signatures as they came, in one text. */
function rowOf({ document, digest }: OpenedPolicy | OpenedPolicySet, envelope: unknown) {
  const { epoch, version } = document;
  return { epoch, version, digest, envelope: JSON.stringify(parseEnvelope(envelope)) };
}

/** Whether it follows what is in force, and does exactly what its plan said. Answers with what changes. */
async function judge(deps: PoliciesDeps & { readonly readPresent: ReadPresent }, tx: RawSql, opened: Opened) {
  const { set, revisions } = opened;
  const present = await deps.readPresent(tx);
  const { document } = set;
  const isNext =
    document.previous === (present.set?.row.digest ?? '') &&
    document.version === (present.set?.row.version ?? 0) + 1;
  if (!isNext) throw fail('E_PLAN_MOVED');
  const members = joinMembers(present, opened);
  checkMembers(
    document,
    members.map(({ policy, digest }) => ({ name: policy.name, digest })),
  );
  const wanted = members.map(({ policy }) => ({
    name: policy.name,
    hash: hashPolicy(policy, deps.crypto),
  }));
  const plan = makePlan(deps, present, wanted);
  const signed = new Set(revisions.map(({ policy }) => policy.name));
  const named = plan.changes.filter(({ to }) => to !== '');
  // What is not in the plan cannot be exchanged beside it, not even for the same text.
  const isPlanned = named.length === signed.size && named.every(({ name }) => signed.has(name));
  if (plan.isEmpty || !isPlanned || plan.digest !== document.plan) throw fail('E_PLAN_MOVED');
  checkSelected(members);
  await checkRoom(deps, tx, { present, opened });
  return plan.changes;
}

/** The new revisions, and those in force that the set still names. */
function joinMembers(
  { members }: Present,
  { set, revisions }: Pick<Opened, 'set' | 'revisions'>,
): OpenedPolicy[] {
  const wanted = new Set(set.document.policies);
  const kept = members.flatMap(({ opened, digest }) =>
    opened !== null && wanted.has(digest) ? [opened] : [],
  );
  return [...revisions, ...kept];
}

/** Versions without a gap, and bounds. */
async function checkRoom(
  { trust }: PoliciesDeps,
  tx: RawSql,
  { present, opened }: { readonly present: Present; readonly opened: Opened },
): Promise<void> {
  const { set, revisions, rows } = opened;
  const { epoch, policies } = set.document;
  const names = revisions.map(({ policy }) => policy.name);
  const versions = await selectVersions(tx, trust.tenant, { epoch, names });
  for (const { policy, document } of revisions)
    if (document.version !== (versions.get(policy.name) ?? 0) + 1) throw fail('E_PLAN_MOVED');
  const named = new Set(policies);
  const kept = present.members.filter(({ digest }) => named.has(digest)).map(({ row }) => row);
  const chars = [...kept, ...rows].reduce((sum, { envelope }) => sum + envelope.length, 0);
  if ((await countRevisions(tx, trust.tenant)) + revisions.length > MAX_REVISIONS)
    throw fail('E_LIMIT', { detail: `More than ${MAX_REVISIONS} revisions are not kept.` });
  if (chars > MAX_IN_FORCE_CHARS)
    throw fail('E_LIMIT', {
      detail: 'All policies in force would be more than 16 MiB; take some out, or say less in them.',
    });
}

/** The server watches so many conditions, and tells each device so many digests. @throws MusterError E_LIMIT */
function checkSelected(members: readonly OpenedPolicy[]): void {
  const policies = members.filter(({ policy }) => needsServer(policy)).length;
  const exceptions = members.flatMap(({ policy }) => policy.exceptions.filter(exceptionNeedsServer)).length;
  const count = policies + exceptions;
  if (count > MAX_SELECTED)
    throw fail('E_LIMIT', {
      detail: `${policies} policies ${exceptions === 0 ? '' : `and ${exceptions} exceptions `}ask in on or except what only the server knows (label, group, seen, within, software), and ${MAX_SELECTED} are the most; let some of them ask what devices know, or put several together.`,
    });
}

function eventOf(
  { trust }: PoliciesDeps,
  origin: AuditOrigin,
  {
    opened,
    changes,
    waves,
  }: {
    readonly opened: Opened;
    readonly changes: ReturnType<typeof makePlan>['changes'];
    readonly waves: Awaited<ReturnType<typeof storeOrder>>;
  },
) {
  const { document, digest } = opened.set;
  const namesOf = (wanted: string) =>
    changes.filter(({ change }) => change === wanted).map(({ name }) => name);
  const [added, changed, deleted] = [namesOf('added'), namesOf('changed'), namesOf('deleted')];
  return done(origin, {
    tenant: trust.tenant,
    act: 'policy.apply',
    subject: { kind: 'policy-set', id: digest, name: `${document.epoch}.${document.version}` },
    detail: {
      plan: document.plan,
      policies: document.policies.length,
      requester: document.requester,
      reason: document.reason,
      // An event keeps some of a long list only.
      ...{ added, changed, deleted },
      ...{ addedCount: added.length, changedCount: changed.length, deletedCount: deleted.length },
      ...waves,
    },
  });
}
