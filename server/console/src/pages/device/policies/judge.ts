// Reads the policies in force and the facts of a device, and resolves them here: nothing of it is the server's opinion but the facts.
import { findAsked, findUnknownGroups, readJudged } from '@muster/cli/judged';
import { compileExpression, explainExpression, listExplained } from '@muster/protocol/language';
import {
  type Policy,
  preparePolicies,
  type ResolvedItem,
  resolvePolicies,
  type Trace,
  traceItem,
} from '@muster/protocol/policy';
import { api, take } from '../../../api/client.ts';
import { decodePolicy } from '../../../api/decode-policy.ts';
import type { Device } from '../types.ts';

/** A part of an expression with its answer and what was read for it. */
export type Part = ReturnType<typeof listExplained>[number];

/** Why a policy in force says nothing on this device. */
export interface Absent {
  readonly policy: Policy;
  readonly why: /** Nobody who may sign now has signed it. */
    | { readonly kind: 'void' }
    /** It names a group that is gone, so that nobody can say whom it is for. */
    | { readonly kind: 'group'; readonly called: string }
    /** `on` does not hold, or `except` does. */
    | { readonly kind: 'on' | 'except'; readonly parts: readonly Part[] };
}

/** What is wanted of a device. */
export interface JudgedPolicies {
  /** Policies that are for it. */
  readonly present: readonly Policy[];
  readonly absent: readonly Absent[];
  /** By item. */
  readonly items: readonly ResolvedItem[];
  /** When its facts are of, RFC 3339; null: it has reported no inventory. */
  readonly inventoryAt: string | null;
  /** All rules about an item, and what became of each. */
  trace(item: string): Trace;
}

interface Member {
  readonly policy: Policy;
  readonly isVoid: boolean;
}

/** The policies in force, read from their bytes. @throws ApiError */
async function readMembers(broken: string): Promise<Member[]> {
  const [{ set, revisions }, { policies }] = await Promise.all([
    take(api.GET('/api/v1/policies/set')),
    take(api.GET('/api/v1/policies')),
  ]);
  const voids = new Set(policies.filter(({ isVoid }) => isVoid).map(({ digest }) => digest));
  return revisions.map((revision) => ({
    policy: decodePolicy(revision, broken),
    isVoid: set?.isVoid === true || voids.has(revision.digest),
  }));
}

/** What the policies in force want of the device, by its facts of now. @throws ApiError */
export async function judgeDevice(device: Device, broken: string): Promise<JudgedPolicies> {
  const asking = { http: api, take, now: Date.now };
  const members = await readMembers(broken);
  const asked = findAsked(members.map(({ policy }) => policy));
  const [gone, { facts, inventoryAt }] = await Promise.all([
    findUnknownGroups(asking, asked.groups),
    readJudged(asking, device, asked),
  ]);
  const explain = (text: string) => explainExpression(compileExpression(text, { for: 'server' }).tree, facts);
  function findWhy({ policy, isVoid }: Member, at: number): Absent['why'] | null {
    if (isVoid) return { kind: 'void' };
    const group = gone.find(({ policyAt, path }) => policyAt === at && path[0] !== 'exceptions');
    if (group !== undefined) return { kind: 'group', called: group.called };
    const on = explain(policy.on);
    if (!on.holds) return { kind: 'on', parts: listExplained(on) };
    const except = explain(policy.except);
    return except.holds ? { kind: 'except', parts: listExplained(except) } : null;
  }
  // An exception whose group is gone is for nobody.
  const isAsked = (policyAt: number, at: number) =>
    !gone.some(({ policyAt: own, path }) => own === policyAt && path[0] === 'exceptions' && path[1] === at);
  const judged = members.map((member, at) => ({
    policy: { ...member.policy, exceptions: member.policy.exceptions.filter((_, one) => isAsked(at, one)) },
    why: findWhy(member, at),
  }));
  // One that is void or whose group is gone says nothing anywhere; one for others belongs into the reasons.
  const counted = judged.flatMap(({ policy, why }) =>
    why?.kind === 'void' || why?.kind === 'group' ? [] : [policy],
  );
  const prepared = preparePolicies(counted);
  const items = [...resolvePolicies(prepared, facts).items.values()];
  return {
    present: judged.flatMap(({ policy, why }) => (why === null ? [policy] : [])),
    absent: judged.flatMap(({ policy, why }) => (why === null ? [] : [{ policy, why }])),
    items: items.toSorted((a, b) => (a.item < b.item ? -1 : 1)),
    inventoryAt,
    trace: (item) => traceItem(prepared, facts, { item }),
  };
}
