// What there is to do with policies: read what is in force and its history, plan, apply.
import { isMusterError } from '@muster/protocol';
import type { Expression } from '@muster/protocol/language';
import { diffLines, formatPolicyYaml, readBit, readPolicySet, readRevision } from '@muster/protocol/policy';
import type { AuditOrigin } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { createQueue } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import { applySet, type Handed } from './apply.ts';
import type { Delivery } from './delivery.ts';
import { MAX_WAITING_PLANS, SHOWN_REVISIONS } from './limits.ts';
import { findEffects, planFor, readWanted } from './plan.ts';
import { createReadPresent, type PoliciesDeps, type Present, type ReadPresent, readSet } from './present.ts';
import type { DevicePolicies, PlanView, PolicySetView, Standings } from './schema.ts';
import { type RevisionRow, selectHistory, selectMembers, selectSet, selectVersions } from './store.ts';
import { countStandings, selectState } from './store-states.ts';
import { viewItems, viewRevision, viewRow, viewSet } from './views.ts';

/** Two revisions of one policy. */
export interface RevisionPair {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What somebody wants planned. */
export interface PlanWish {
  readonly policies: readonly unknown[];
  /** False: devices are counted only, since whoever asks may not see every one of them. */
  readonly maySeeDevices: boolean;
}

/** The service. All of it throws E_UNAVAILABLE, and E_NOT_FOUND for what is not there. */
export interface PoliciesService {
  present(): Promise<Present>;
  /** How active devices stand to it, of those that these limits reach; null: the index cannot say now. */
  standings(present: Present, limits: readonly Expression[] | null): Promise<Standings | null>;
  /** What a device of that organization holds. */
  held(tenant: number, id: string): Promise<DevicePolicies>;
  history(name: string): Promise<{ name: string; revisions: ReturnType<typeof viewRow>[] }>;
  revision(name: string, digest: string): Promise<ReturnType<typeof viewRevision>>;
  /** Lines of both as files. */
  diff(pair: RevisionPair): Promise<string>;
  /** One at a time. @throws MusterError E_BUSY, E_POLICY, E_LIMIT, E_EXPRESSION, E_INDEX */
  plan(wish: PlanWish): Promise<PlanView>;
  apply(handed: Handed, origin: AuditOrigin): Promise<PolicySetView>;
}

/** What is shared with whoever tells devices; absent: nobody does. */
export interface Shared {
  readonly readPresent: ReadPresent;
  readonly delivery: Pick<Delivery, 'renew' | 'during'>;
}

const nobody: Shared['delivery'] = { renew: () => undefined, during: (work) => work() };

/** Makes it. */
export function createPoliciesService(deps: PoliciesDeps, shared?: Shared): PoliciesService {
  const { sql, trust } = deps;
  const { readPresent, delivery } = shared ?? { readPresent: createReadPresent(deps), delivery: nobody };
  const inTurn = createQueue(MAX_WAITING_PLANS);
  const present = () => withMappedErrors(() => readPresent(sql));

  async function rowsOf(name: string, digests: readonly string[]): Promise<RevisionRow[]> {
    const found = await withMappedErrors(() => selectMembers(sql, trust.tenant, digests));
    return digests.map((digest) => {
      const row = found.find((one) => one.digest === digest && one.name === name);
      if (row === undefined)
        throw fail('E_NOT_FOUND', { detail: `The policy ${name} has no revision ${digest}.` });
      return row;
    });
  }
  /** Digests of what is in force, out of the set alone. */
  async function inForce(): Promise<ReadonlySet<string>> {
    const { policyEpoch } = trust.current().document;
    const row = await withMappedErrors(() => selectSet(sql, trust.tenant, policyEpoch));
    return new Set(row === undefined ? [] : readPolicySet(row.envelope).policies);
  }

  return {
    present,
    standings: (now, limits) => countDevices(deps, now, limits),
    held: (tenant, id) => readHeld(deps, tenant, id),
    async history(name) {
      const rows = await withMappedErrors(() =>
        selectHistory(sql, { tenant: trust.tenant, name }, SHOWN_REVISIONS),
      );
      if (rows.length === 0)
        throw fail('E_NOT_FOUND', { detail: `There never was a policy of the name ${name}.` });
      const digests = await inForce();
      return { name, revisions: rows.map((row) => viewRow(row, digests)) };
    },
    async revision(name, digest) {
      const [row] = await rowsOf(name, [digest]);
      if (row === undefined) throw fail('E_NOT_FOUND');
      return viewRevision(row, await inForce());
    },
    async diff({ name, from, to }) {
      const [before = '', after = ''] = (await rowsOf(name, [from, to])).map((row) =>
        formatPolicyYaml(readRevision(row.envelope).policy),
      );
      return diffLines(before, after);
    },
    plan: (wish) => inTurn(async () => plan(deps, await present(), wish)),
    async apply(handed, origin) {
      const row = await delivery.during(() => applySet({ ...deps, readPresent }, handed, origin));
      delivery.renew();
      const { set } = await present();
      return viewSet(readSet(deps, row), set?.row.digest === row.digest);
    },
  };
}

/** One statement; who has never said anything holds none. */
async function countDevices(
  { sql, trust, fleet }: PoliciesDeps,
  { set }: Present,
  limits: readonly Expression[] | null,
): Promise<Standings | null> {
  try {
    const meant = { expression: null, state: 'active', within: limits };
    const [active = new Uint8Array(0)] = await fleet.sets(trust.tenant, [meant]);
    const within = { bytes: () => active };
    const digest = set?.row.digest ?? '';
    const found = await withMappedErrors(() => countStandings(sql, trust.tenant, { digest, within }));
    const said = new Map(found.map(({ standing, count }) => [standing, count]));
    const [current = 0, behind = 0, refused = 0] = (['current', 'behind', 'refused'] as const).map((one) =>
      said.get(one),
    );
    return { current, behind, none: countBits(active) - current - behind - refused, refused };
  } catch (error) {
    // What is in force is told all the same.
    if (isMusterError(error) && (error.code === 'E_INDEX' || error.code === 'E_BUSY')) return null;
    throw error;
  }
}

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length * 8; at++) if (readBit(bytes, at)) count += 1;
  return count;
}

/** @throws MusterError E_NOT_FOUND */
async function readHeld(deps: PoliciesDeps, tenant: number, id: string): Promise<DevicePolicies> {
  const { sql, trust, devices } = deps;
  const { idx } = await devices.find(tenant, id);
  const { policyEpoch } = trust.current().document;
  const [state, set] = await withMappedErrors(() =>
    Promise.all([selectState(sql, tenant, idx), selectSet(sql, tenant, policyEpoch)]),
  );
  const { held = null, code = null, at = null } = state ?? {};
  const isNewest = held !== null && set !== undefined && held.digest === set.digest;
  const isCurrent = isNewest && !readSet(deps, set).isVoid;
  return { held: held === null ? null : { ...held }, isCurrent, code, at: at?.toISOString() ?? null };
}

async function plan(
  deps: PoliciesDeps,
  present: Present,
  { policies, maySeeDevices }: PlanWish,
): Promise<PlanView> {
  const { sql, clock, trust, devices } = deps;
  const after = await readWanted(policies);
  const { isEmpty, ...made } = await planFor(deps, present, after);
  // A revision that is void says nothing on a device, so it says nothing before either.
  const before = present.members.flatMap(({ opened }) => (opened === null ? [] : [opened.policy]));
  const changed = new Set(made.changes.map(({ name }) => name));
  const nowMs = clock.now();
  const at = new Date(nowMs).toISOString();
  const found = await findEffects(deps, { before, after, nowMs }, changed);
  const examples = await devices.name(
    trust.tenant,
    maySeeDevices ? found.effects.flatMap((effect) => effect.examples) : [],
  );
  const names = made.changes.flatMap(({ name, to }) => (to === '' ? [] : [name]));
  const versions = await withMappedErrors(() =>
    selectVersions(sql, trust.tenant, { epoch: present.epoch, names }),
  );
  return {
    ...{ digest: made.digest, base: made.base, isEmpty, at },
    changes: made.changes.map((one) => ({ ...one })),
    unchanged: [...made.unchanged],
    versions: names.map((name) => ({ name, version: (versions.get(name) ?? 0) + 1 })),
    ...{ devices: found.devices, touched: found.touched, cases: found.cases },
    effectCount: found.effectCount,
    effects: found.effects.map(({ changes, examples: idxs, devices: count }) => ({
      devices: count,
      examples: idxs.flatMap((idx) => examples.get(idx) ?? []),
      itemCount: changes.length,
      items: viewItems(changes),
    })),
  };
}
