// Plans and signs policies on the server of a quick start, whose signer's key lies beside it.
import type { Envelope } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import {
  checkPolicy,
  draftPolicySet,
  draftRevision,
  formatPolicy,
  POLICY_SET_TYPE,
  POLICY_TYPE,
  type Policy,
  type PolicySet,
} from '@muster/protocol/policy';
import { crypto } from './crypto.ts';
import type { Answer, Call } from './server.ts';
import { readKey, seal } from './signed.ts';

/** A server that can be asked and whose folder can be read. */
interface Plannable {
  readonly dataDir: string;
  call<Body>(path: string, call?: Call): Promise<Answer<Body>>;
}

/** What applies a plan. */
export interface SignedPlan {
  readonly set: Envelope;
  readonly policies: readonly Envelope[];
}

interface PlanBody {
  readonly digest: string;
  readonly base: string;
  readonly changes: readonly { readonly name: string; readonly to: string; readonly from: string }[];
  readonly unchanged: readonly string[];
  readonly versions: readonly { readonly name: string; readonly version: number }[];
}

interface SetBody {
  readonly epoch: number;
  readonly set: { readonly version: number } | null;
  readonly revisions: readonly { readonly name: string; readonly digest: string }[];
}

/** A policy with one rule, through the same door as files. */
export function makePolicy(name: string, change: object = {}): Policy {
  const rule = { id: 'root', title: 'R', ssh: { option: 'PermitRootLogin', value: 'no' } };
  const checked = checkPolicy({ policy: name, title: 'T', owner: 'me', rules: [rule], ...change });
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

async function ask<Body>(server: Plannable, path: string, call: Call = {}): Promise<Body> {
  const { status, body, text } = await server.call<Body>(`/api/v1${path}`, call);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return body;
}

/** Signs what makes these the policies in force. `change` is put over the set before it is signed; its reason is that of the revisions too. */
export async function signPolicies(
  server: Plannable,
  wanted: readonly Policy[],
  change: Partial<PolicySet> = {},
): Promise<SignedPlan> {
  const signer = await readKey(server.dataDir, 'signer');
  const { organization, version } = await ask<{ organization: { id: string }; version: number }>(
    server,
    '/trust',
  );
  const { epoch, set, revisions } = await ask<SetBody>(server, '/policies/set');
  const body = { policies: wanted.map(formatPolicy) };
  const plan = await ask<PlanBody>(server, '/policies/plan', { method: 'POST', body });
  const trust = { org: organization.id, version, policyEpoch: epoch };
  const common = { at: new Date().toISOString(), requester: 'admin', reason: change.reason ?? 'A test.' };
  const versions = new Map(plan.versions.map((one) => [one.name, one.version]));
  const policies = wanted.flatMap((policy) => {
    const next = versions.get(policy.name);
    if (next === undefined) return [];
    const parts = { ...common, policy, version: next, source: 'A'.repeat(43) };
    return [seal(POLICY_TYPE, draftRevision(trust, parts), signer)];
  });
  const kept = revisions.flatMap(({ name, digest }) => (plan.unchanged.includes(name) ? [digest] : []));
  const document = draftPolicySet(trust, {
    ...common,
    version: (set?.version ?? 0) + 1,
    previous: plan.base,
    policies: [...kept, ...policies.map((one) => documentDigest(one, crypto))],
    plan: plan.digest,
  });
  return { set: seal(POLICY_SET_TYPE, { ...document, ...change }, signer), policies };
}
