// What passkeys may do on a device and what not: each class in each mode, code, halts, lifts, and documents that may not list them.
import t from 'tap';
import { isMusterError } from '../errors.ts';
import type { Signer } from '../signing/crypto.ts';
import { createPasskey } from '../signing/testing/authenticator.ts';
import type { TrustDocument } from '../signing/trust.ts';
import { checkTrustDocument, checkTrustDraft } from '../signing/trust-check.ts';
import type { Command } from './command.ts';
import { HALT_TYPE, LIFT_TYPE } from './halt.ts';
import { openHalt, openLift } from './halts.ts';
import {
  ann,
  annPasskey,
  bob,
  bobPasskey,
  contextOf,
  crypto,
  digestOf,
  keyOf,
  NOW_MS,
  ORG,
  passkeyTrust,
  robot,
  seal,
  sealCommand,
  sealContent,
  timeAt,
  trustOf,
} from './testing/documents.ts';
import { verifyCommand } from './verify.ts';

type Mode = TrustDocument['mode'];

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
}

function judge(trust: TrustDocument, change: Partial<Command>, ...signers: Signer[]): string {
  const offer = { envelope: sealCommand(change, ...signers), proof: null, content: [] };
  return codeOf(() => verifyCommand(offer, contextOf({ trust })));
}

/** A script that these have signed, ordered by Ann with her key file. */
function judgeCode(mode: Mode, ...signers: Signer[]): string {
  const args = { content: digestOf({}), parameters: {}, stdin: '', runAs: '' };
  const envelope = sealCommand({ kind: 'script.run', args }, ann);
  const offer = { envelope, proof: null, content: [sealContent({}, ...signers)] };
  return codeOf(() => verifyCommand(offer, contextOf({ trust: passkeyTrust(mode) })));
}

const wipe = { kind: 'device.wipe', args: {} };

t.test('routine and privileged commands run by a passkey alone, in every mode', async (t) => {
  for (const mode of ['hardened', 'solo', 'quickstart'] as const) {
    t.equal(judge(passkeyTrust(mode), {}, annPasskey), 'accepted', `restart, ${mode}`);
    const refresh = { kind: 'inventory.refresh', args: {} };
    t.equal(judge(passkeyTrust(mode), refresh, annPasskey), 'accepted', `refresh, ${mode}`);
  }
  t.equal(judge(passkeyTrust('hardened'), { requester: 'bob' }, annPasskey), 'E_ROLE', 'for another');
  t.equal(judge(trustOf('hardened'), {}, annPasskey), 'E_NOKEY', 'one that is not listed');
  const moved = passkeyTrust('hardened', { origins: ['https://other.muster.example'] });
  t.equal(judge(moved, {}, annPasskey), 'E_PAGE', 'an origin that was taken from the list');
});

t.test('a destructive command needs one signature of a person outside of any page', async (t) => {
  const hardened = passkeyTrust('hardened');
  const rows: readonly [string, string, Partial<Command>, ...Signer[]][] = [
    ['E_QUORUM', 'one passkey', wipe, annPasskey],
    ['E_QUORUM', 'two passkeys', wipe, annPasskey, bobPasskey],
    ['E_QUORUM', 'key file and passkey of one person', wipe, ann, annPasskey],
    ['accepted', 'asked by passkey, approved by key file', wipe, annPasskey, bob],
    ['accepted', 'asked by key file, approved by passkey', wipe, ann, bobPasskey],
    ['accepted', 'as ever', wipe, ann, bob],
    ['accepted', 'a key file beside two passkeys', wipe, annPasskey, bobPasskey, ann],
    ['E_QUORUM', 'the key of an automation', { ...wipe, requester: 'robot' }, robot, bobPasskey],
    ['accepted', 'an automation and a person', { ...wipe, requester: 'robot' }, robot, bob],
  ];
  for (const [code, name, change, ...signers] of rows)
    t.equal(judge(hardened, change, ...signers), code, name);
  const raised = passkeyTrust('hardened', { classes: { 'service.restart': 'destructive' } });
  t.equal(judge(raised, {}, annPasskey, bobPasskey), 'E_QUORUM', 'a kind that was made destructive');
  const solo = passkeyTrust('solo');
  t.equal(judge(solo, wipe, annPasskey), 'E_QUORUM', 'solo by passkey');
  t.equal(judge(solo, wipe, annPasskey, ann), 'accepted', 'solo, the key file added later');
  t.equal(judge(solo, { ...wipe, requester: 'robot' }, robot, annPasskey), 'E_QUORUM');
  t.equal(judge(passkeyTrust('quickstart'), wipe, ann), 'E_MODE');
});

t.test('a stranger’s key file adds nothing, and a helper who may not approve neither', async (t) => {
  const trust = passkeyTrust('hardened');
  const eve = { id: 'eve', name: 'Eve', kind: 'person' as const, kinds: ['*'], keys: [keyOf(50).entry] };
  const watcher: TrustDocument = { ...trust, signers: [...trust.signers, { ...eve, roles: ['halt'] }] };
  t.equal(judge(watcher, wipe, annPasskey, bobPasskey, keyOf(50)), 'E_QUORUM');
});

t.test('the second signature on code is never a passkey', async (t) => {
  t.equal(judgeCode('hardened', ann, bobPasskey), 'E_QUORUM');
  t.equal(judgeCode('hardened', annPasskey, bobPasskey), 'E_QUORUM');
  t.equal(judgeCode('hardened', annPasskey, bob), 'accepted', 'the first may be');
  t.equal(judgeCode('hardened', ann, bob), 'accepted');
  for (const mode of ['solo', 'quickstart'] as const) {
    t.equal(judgeCode(mode, annPasskey), 'E_QUORUM', mode);
    t.equal(judgeCode(mode, annPasskey, ann), 'accepted', mode);
  }
});

t.test('one gesture stops, and two do not let go on', async (t) => {
  const fields = { v: 1, org: ORG, haltId: `hlt_${'h'.repeat(26)}`, reason: 'stop', trustVersion: 5 };
  const halt = { ...fields, scope: { what: 'all' }, at: timeAt(0), until: timeAt(60_000), requester: 'ann' };
  const { v, org, haltId, reason, trustVersion } = fields;
  const lift = { v, org, haltId, at: timeAt(0), requester: 'ann', reason, trustVersion };
  for (const mode of ['hardened', 'solo'] as const) {
    const context = { trust: passkeyTrust(mode), crypto, org: ORG, nowMs: NOW_MS };
    t.equal(
      codeOf(() => openHalt(seal(HALT_TYPE, halt, [annPasskey]), context)),
      'accepted',
      mode,
    );
    const by = (...signers: Signer[]) => codeOf(() => openLift(seal(LIFT_TYPE, lift, signers), context));
    t.equal(by(annPasskey), 'E_QUORUM', mode);
    t.equal(by(annPasskey, bobPasskey), 'E_QUORUM', mode);
    t.equal(by(annPasskey, bob), 'accepted', mode);
    t.equal(by(ann, bobPasskey), 'accepted', mode);
    t.equal(by(ann, annPasskey), mode === 'solo' ? 'accepted' : 'E_QUORUM', 'one person is one');
  }
});

t.test('where a passkey may stand in a trust document', async (t) => {
  const good = passkeyTrust('hardened');
  t.equal(
    codeOf(() => checkTrustDraft(good)),
    'accepted',
  );
  const drafts: Record<string, TrustDocument> = {
    'an origin of another domain': { ...good, origins: ['https://evil.test'] },
    'an origin that ends alike': { ...good, origins: ['https://evilmuster.example'] },
  };
  for (const [name, draft] of Object.entries(drafts)) {
    t.equal(
      codeOf(() => checkTrustDraft(draft)),
      'E_SCHEMA',
      name,
    );
    t.equal(
      codeOf(() => checkTrustDocument(draft)),
      'accepted',
      `${name}: a reader bears it`,
    );
  }
  const ports = { ...good, origins: ['https://a.muster.example:8443', 'https://muster.example:443'] };
  t.equal(
    codeOf(() => checkTrustDraft(ports)),
    'accepted',
  );
  const twice = createPasskey().entry;
  const shared = good.signers.map((signer) => ({ ...signer, keys: [...signer.keys, twice] }));
  t.equal(
    codeOf(() => checkTrustDocument({ ...good, signers: shared })),
    'E_KEY',
    'one passkey, one signer',
  );
});
