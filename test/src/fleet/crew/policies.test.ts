// Signed policies as simulated devices hold them: who asks, who is told, and that no device goes back.
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type AgentMessage,
  type Envelope,
  encodeBase64url,
  keyid,
  type Signer,
  type TrustDocument,
} from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import { draftPolicySet, draftRevision, POLICY_SET_TYPE, POLICY_TYPE } from '@muster/protocol/policy';
import t from 'tap';
import { crypto } from '../../support/crypto.ts';
import { makePolicy } from '../../support/policies.ts';
import { seal } from '../../support/signed.ts';
import { createCrewPolicies } from './policies.ts';
import type { World } from './world.ts';

const ORG = `org_${'a'.repeat(26)}`;
const AT = '2026-11-22T18:00:00.000Z';
const HASH = 'A'.repeat(43);

function newKey(): Signer & { readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    keyid: keyid(raw, crypto),
    key: encodeBase64url(raw),
    sign: (message) => sign(null, message, privateKey),
  };
}

const [ann, stranger] = [newKey(), newKey()];
const trust: TrustDocument = {
  ...{ v: 1, org: ORG, version: 1, issuedAt: AT, mode: 'solo', policyEpoch: 1 },
  root: { threshold: 1, keys: [{ scheme: 'ed25519', key: ann.key }] },
  signers: [
    {
      ...{ id: 'ann', name: 'Ann', kind: 'person', roles: ['request'], kinds: ['*'] },
      keys: [{ scheme: 'ed25519', key: ann.key }],
    },
  ],
  ...{ serverKeys: [], tlsPins: [], releaseKeys: [], rpIds: [], origins: [], classes: {} },
};
const common = { at: AT, requester: 'ann', reason: 'A test.' };

function revisionOf(name: string, { hand = ann, change = {} } = {}) {
  const draft = draftRevision(trust, { ...common, policy: makePolicy(name), version: 1, source: HASH });
  const envelope = seal(POLICY_TYPE, { ...draft, ...change }, hand);
  return { envelope, digest: documentDigest(envelope, crypto) };
}

function setOf(version: number, members: readonly { readonly digest: string }[]): Envelope {
  const policies = members.map(({ digest }) => digest);
  const draft = draftPolicySet(trust, { ...common, version, previous: '', policies, plan: HASH });
  return seal(POLICY_SET_TYPE, draft, ann);
}

/** Policies of a crew whose sockets are all open but those that are shut. */
function createPlace() {
  const said: [number, AgentMessage][] = [];
  const shut = new Set<number>();
  const notes: string[] = [];
  const world: Pick<World, 'send' | 'note' | 'deviceNow'> = {
    send(slot, message) {
      if (shut.has(slot) || message instanceof Uint8Array) return false;
      said.push([slot, message]);
      return true;
    },
    note: (reason) => void notes.push(reason),
    deviceNow: () => Date.parse(AT),
  };
  const policies = createCrewPolicies(world as World, {
    outboxes: {
      put(slot, body) {
        if (body.what === 'policies') said.push([slot, body.make(1)]);
      },
      ...{ opened() {}, settled() {}, resend() {}, depth: () => 0, waiting: () => 0 },
    },
    trust: {
      ...{ version: () => 1, chain: () => [], begin() {}, follow() {} },
      state: () => ({ document: trust, hash: HASH, payload: new Uint8Array() }),
      readWord() {
        throw new Error('no word is read here');
      },
    },
  });
  return {
    ...{ policies, shut, notes },
    show: (slot: number, envelope: Envelope) =>
      policies.shown(slot, { type: 'policy.set', envelope, selected: [] }),
    /** What was said since the last time, in short. */
    said: () =>
      said.splice(0).map(([slot, message]) => {
        if (message.type === 'policy.want') return `${slot} wants ${message.digest}`;
        if (message.type !== 'policy.state') return `${slot} ${message.type}`;
        return `${slot} holds ${message.held?.version ?? 'none'} ${message.code ?? 'well'}`;
      }),
  };
}

const [one, two] = [revisionOf('one'), revisionOf('two')];
const [first, second] = [setOf(1, [one]), setOf(2, [two])];

t.test('who is shown a newer set leaves the one before, which goes on with another device', async (t) => {
  const { policies, show, said } = createPlace();
  show(0, first);
  show(1, first);
  t.same(said(), [`0 wants ${one.digest}`], 'one asks for all');
  show(0, second);
  t.same(said(), [`1 wants ${one.digest}`, `0 wants ${two.digest}`]);
  policies.put(0, one.envelope);
  t.same(said(), [], 'what it asked for before is nobody’s answer');
  policies.put(0, two.envelope);
  t.same(said(), ['0 holds 2 well']);
  policies.put(1, one.envelope);
  t.same(said(), ['1 holds 1 well'], 'the older set reaches only who still waits for it');
  show(0, second);
  t.same(said(), [], 'as with every connection');
  show(0, first);
  t.same(said(), ['0 holds 2 E_ROLLBACK']);
  show(0, second);
  show(1, second);
  t.same(said(), ['0 holds 2 well', '1 holds 2 well']);
});

t.test('who cannot be asked, or has gone, holds nobody up', async (t) => {
  const { policies, show, said, shut } = createPlace();
  shut.add(0);
  show(0, first);
  show(1, first);
  show(2, first);
  t.same(said(), [`1 wants ${one.digest}`]);
  policies.closed(1);
  t.same(said(), [`2 wants ${one.digest}`]);
  policies.none(1, one.digest);
  policies.none(2, 'A'.repeat(43));
  policies.put(1, one.envelope);
  t.same(said(), [], 'who has not asked has no answer');
  policies.none(2, one.digest);
  t.same(said(), ['0 holds none E_WITHHELD', '2 holds none E_WITHHELD']);
  show(2, first);
  t.same(said(), [`2 wants ${one.digest}`], 'the next showing asks again');
});

t.test('a revision counts once it is verified; where it does not pass, all hear why', async (t) => {
  const { policies, show, said, notes } = createPlace();
  const foreign = revisionOf('three', { change: { org: `org_${'b'.repeat(26)}` } });
  const set = setOf(3, [foreign]);
  show(0, set);
  show(1, set);
  for (const slot of [0, 1]) {
    if (slot === 1) show(1, set);
    t.same(said(), [`${slot} wants ${foreign.digest}`]);
    policies.put(slot, foreign.envelope);
    if (slot === 0) t.same(said(), ['0 holds none E_ORG', '1 holds none E_ORG']);
  }
  t.same(said(), [], 'and the same again is no news');
  t.same(notes, ['E_ORG in a policy', 'E_ORG in a policy']);
});

t.test('a set with a void revision is held with the code of that', async (t) => {
  const { policies, show, said } = createPlace();
  const gone = revisionOf('four', { hand: stranger });
  show(0, setOf(4, [gone]));
  policies.put(0, gone.envelope);
  t.same(said().slice(1), ['0 holds 4 E_NOKEY']);
});

t.test('a set that somebody waits for is never forgotten', async (t) => {
  const { policies, show, said } = createPlace();
  for (let slot = 0; slot < 8; slot++) show(slot, setOf(slot + 1, [one]));
  t.equal(said().length, 8);
  show(8, setOf(9, [one]));
  t.same(said(), ['8 holds none E_LIMIT'], 'the one too many is told so');
  for (let slot = 0; slot < 8; slot++) policies.put(slot, one.envelope);
  t.same(
    said(),
    Array.from({ length: 8 }, (_, slot) => `${slot} holds ${slot + 1} well`),
  );
  show(8, setOf(9, [one]));
  policies.put(8, one.envelope);
  t.same(said(), [`8 wants ${one.digest}`, '8 holds 9 well'], 'and has room later');
});
