// Documents in the making: what a page or a terminal writes is what a device takes, and devices that do not fit together are none.
import t from 'tap';
import { decodeBase64url, encodeBase64url } from '../signing/base64url.ts';
import { passkeyChallenge, toEnvelope, toPasskeySignature, toUnsigned } from '../signing/passkey-sign.ts';
import { sha256 } from '../signing/sha256.ts';
import { parseStrict } from '../signing/strict-json.ts';
import { COMMAND_TYPE } from './command.ts';
import { parseDocument } from './document.ts';
import { draftCommand, draftHalt, draftLift, draftTargets, makeDocumentId } from './drafts.ts';
import type { Halt, HaltLift } from './halt.ts';
import { buildTargetTree } from './targets.ts';
import { annPasskey, contextOf, ME, passkeyTrust, timeAt } from './testing/documents.ts';
import { verifyCommand } from './verify.ts';

const hash = { sha256 };
const trust = passkeyTrust('hardened');
const { device } = contextOf();
const me = { id: ME, hostname: device.hostname, fingerprint: device.fingerprint };

t.test('a page orders a restart, and the device does it', async (t) => {
  const found = { count: 1, root: 'A'.repeat(43), devices: [{ ...me, presence: 'online' }] };
  const targets = draftTargets(found, [], hash);
  if (targets === null) throw new Error('no targets');
  const cmdId = makeDocumentId('cmd', new Uint8Array(16).fill(7));
  t.match(cmdId, /^cmd_[a-z2-7]{26}$/);
  const command = draftCommand(trust, {
    ...{ cmdId, kind: 'service.restart', args: { name: 'nginx' }, targets, bound: '', requester: 'ann' },
    ...{ notBefore: timeAt(0), notAfter: timeAt(60_000), reason: 'a test', dryRun: false },
  });
  const unsigned = toUnsigned(COMMAND_TYPE, command);
  t.same(parseStrict(unsigned.payload, { maxBytes: 10_000, maxDepth: 8 }), command);
  // What the browser does between the two, with a real key.
  const assertion = annPasskey.assert(new Uint8Array());
  const { challenge } = JSON.parse(Buffer.from(assertion.clientDataJSON).toString());
  t.equal(decodeBase64url(challenge).length, passkeyChallenge(unsigned).length);
  const gesture = annPasskey.assert(new Uint8Array(), {
    clientData: (honest) =>
      JSON.stringify({ ...honest, challenge: encodeBase64url(passkeyChallenge(unsigned)) }),
  });
  const envelope = toEnvelope(unsigned, [toPasskeySignature(annPasskey.publicKey, gesture)]);
  const verified = verifyCommand({ envelope, proof: null, content: [] }, contextOf({ trust }));
  t.same([verified.signers, verified.command], [['ann'], command]);
});

t.test('an emergency stands in the bytes, and only where it is one', async (t) => {
  const targets = { root: 'A'.repeat(43), count: 60 };
  const parts = {
    ...{ cmdId: makeDocumentId('cmd', new Uint8Array(16)), kind: 'service.restart', args: { name: 'nginx' } },
    ...{ targets, bound: '', requester: 'ann', reason: 'a test', dryRun: false },
    ...{ notBefore: timeAt(0), notAfter: timeAt(60_000) },
  } as const;
  const usual = draftCommand(trust, parts);
  t.notOk('emergency' in usual);
  t.same(draftCommand(trust, { ...parts, emergency: false }), usual, 'no other bytes than without the word');
  t.same(draftCommand(trust, { ...parts, emergency: true }), { ...usual, emergency: true });
});

t.test('many devices are signed by a root that was built from all of them', async (t) => {
  const ids = Array.from({ length: 60 }, (_, n) => makeDocumentId('cmd', new Uint8Array(16).fill(n))).sort();
  const { root } = buildTargetTree(ids, hash);
  t.same(draftTargets({ count: 60, root, devices: [] }, ids, hash), { root, count: 60 });
  const other = buildTargetTree(ids.slice(1), hash).root;
  t.equal(draftTargets({ count: 60, root: other, devices: [] }, ids, hash), null, 'another root');
  t.equal(draftTargets({ count: 60, root, devices: [] }, ids.slice(1), hash), null, 'one less');
  t.equal(draftTargets({ count: 60, root, devices: [] }, ids.toReversed(), hash), null, 'out of order');
  const devices = [{ ...me, id: 'dev_b' }, me, { ...me, id: 'dev_a' }];
  const listed = draftTargets({ count: 3, root, devices }, [], hash);
  t.same(listed, { list: [devices[2], devices[0], me] }, 'few are sorted by id');
  t.equal(draftTargets({ count: 2, root, devices }, [], hash), null, 'more than were counted');
  t.equal(draftTargets({ count: 2, root, devices: [me, me] }, [], hash), null, 'one twice');
  t.equal(draftTargets({ count: 0, root, devices: [] }, [], hash), null, 'none');
});

t.test('halts and lifts fit their schemas', async (t) => {
  const haltId = makeDocumentId('hlt', new Uint8Array(16));
  const times = { at: timeAt(0), until: timeAt(60_000) };
  const halt = draftHalt(trust, { haltId, scope: { what: 'all' }, ...times, requester: 'ann', reason: 'x' });
  const lift = draftLift(trust, { haltId, at: times.at, requester: 'ann', reason: 'x' });
  t.same(parseDocument<Halt>(toUnsigned('a/b', halt).payload, 'halt'), halt);
  t.same(parseDocument<HaltLift>(toUnsigned('a/b', lift).payload, 'haltLift'), lift);
});
