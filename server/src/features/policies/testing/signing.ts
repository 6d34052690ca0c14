// Policies that a test signs and puts in force, and the trust document that says who may.
import { encodeBase64url, encodeUtf8, sealEnvelope, type TrustDocument } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import {
  checkPolicy,
  draftPolicySet,
  draftRevision,
  formatPolicy,
  POLICY_SET_TYPE,
  POLICY_TYPE,
  type Policy,
} from '@muster/protocol/policy';
import { fromServer } from '../../../core/audit/audit.ts';
import { makeSigningKey, nodeCrypto } from '../../../core/crypto.ts';
import type { WavesOrder } from '../schema-rollout.ts';
import type { PoliciesService } from '../service.ts';

const ORG = `org_${'a'.repeat(26)}`;

/** A policy with so many rules, through the same door as files. */
export function makeTestPolicy(name: string, rules: number, change: object = {}): Policy {
  const checked = checkPolicy({
    ...{ policy: name, title: 'T', owner: 'me' },
    rules: Array.from({ length: rules }, (_, at) => ({
      ...{ id: `r${at}`, title: 'R' },
      sysctl: { key: `a.${name}_${at}`, value: '1' },
    })),
    ...change,
  });
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

/** Trust of an organization in which Anna may sign, and the hand that changes it. */
export function createTestTrust() {
  const key = makeSigningKey();
  const keys = [{ scheme: 'ed25519' as const, key: encodeBase64url(key.publicKey) }];
  const first: TrustDocument = {
    ...{ v: 1, org: ORG, version: 1, issuedAt: new Date().toISOString(), mode: 'hardened', policyEpoch: 1 },
    root: { threshold: 1, keys },
    signers: [{ id: 'anna', name: 'Anna', kind: 'person', roles: ['request'], kinds: [], keys }],
    ...{ serverKeys: keys, tlsPins: [], releaseKeys: [], rpIds: [], origins: [], classes: {} },
  };
  const stateOf = (document: TrustDocument) => ({
    ...{ document, hash: 'x', payload: encodeUtf8(JSON.stringify(document)) },
  });
  let state = stateOf(first);
  const listeners: (() => void)[] = [];
  return {
    key,
    document: () => state.document,
    trust: {
      ...{ tenant: 1, org: ORG, current: () => state },
      onChange: (listener: () => void) => void listeners.push(listener),
    },
    /** Puts the next document in force. */
    change(change: Partial<TrustDocument>) {
      state = stateOf({ ...state.document, ...change, version: state.document.version + 1 });
      for (const listener of listeners) listener();
    },
  };
}

/** Plans these, signs what the plan says, hands it in. */
export function createApply(
  service: PoliciesService,
  { key, document }: Pick<ReturnType<typeof createTestTrust>, 'key' | 'document'>,
) {
  const seal = (type: string, body: object) => sealEnvelope(type, encodeUtf8(JSON.stringify(body)), [key]);
  return async (wanted: readonly Policy[], waves?: WavesOrder) => {
    const present = await service.present();
    const view = await service.plan({ policies: wanted.map(formatPolicy), maySeeDevices: false });
    const common = { at: new Date().toISOString(), requester: 'anna', reason: 'A test.' };
    const versions = new Map(view.versions.map(({ name, version }) => [name, version]));
    const policies = wanted.flatMap((policy) => {
      const version = versions.get(policy.name);
      if (version === undefined) return [];
      const parts = { ...common, policy, version, source: 'A'.repeat(43) };
      return [seal(POLICY_TYPE, draftRevision(document(), parts))];
    });
    const kept = present.members.filter(({ name }) => view.unchanged.includes(name));
    const set = draftPolicySet(document(), {
      ...{ ...common, version: (present.set?.row.version ?? 0) + 1, previous: view.base, plan: view.digest },
      policies: [
        ...kept.map(({ digest }) => digest),
        ...policies.map((one) => documentDigest(one, nodeCrypto)),
      ],
    });
    return service.apply({ set: seal(POLICY_SET_TYPE, set), policies, ...(waves && { waves }) }, fromServer);
  };
}
