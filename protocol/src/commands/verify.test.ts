// Verification of commands: a control arm that passes, every refusal with its code in its order, mutations, who may sign what.
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { isMusterError } from '../errors.ts';
import { decodeBase64url, encodeBase64url } from '../signing/base64url.ts';
import type { Signer } from '../signing/crypto.ts';
import { pae, sealEnvelope } from '../signing/envelope.ts';
import type { TrustDocument } from '../signing/trust.ts';
import { COMMAND_TYPE, type Command } from './command.ts';
import { CONTENT_TYPE, type Content } from './content.ts';
import { findUseFault } from './content-use.ts';
import { findDenial } from './deny.ts';
import { HALT_TYPE, LIFT_TYPE } from './halt.ts';
import { findHalt, openHalt, openLift } from './halts.ts';
import { documentDigest, FRESHNESS_TYPE, RESULT_TYPE } from './index.ts';
import { commandKinds, isCommandKind, kindEntry, matchesKind } from './kind-table.ts';
import { kindArgs } from './kinds.ts';
import { hasRole, signersNeeded } from './signers.ts';
import { buildTargetTree, holdsProof } from './targets.ts';
import {
  ann,
  bob,
  commandOf,
  contentOf,
  contextOf,
  crypto,
  digestOf,
  keyOf,
  ME,
  NOW_MS,
  ORG,
  robot,
  seal,
  sealCommand,
  sealContent,
  serverKey,
  stranger,
  timeAt,
  trustOf,
} from './testing/documents.ts';
import {
  checkFreshness,
  checkNotStopped,
  commandDigest,
  countTargets,
  isStoppable,
  type VerifyContext,
  verifyCommand,
} from './verify.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'passes';
  } catch (error) {
    if (!isMusterError(error)) throw error;
    return error.code;
  }
}

/** What becomes of an envelope with no content and no proof. */
function judge(envelope: unknown, change: Partial<VerifyContext> = {}): string {
  return codeOf(() => verifyCommand({ envelope, proof: null, content: [] }, contextOf(change)));
}

/** What becomes of a command that Ann and Bob signed, unless others are named. */
function judgeCommand(change: Partial<Command>, ...signers: Signer[]): string {
  return judge(sealCommand(change, ...(signers.length === 0 ? [ann, bob] : signers)));
}

t.test('a good command passes and says who signed what for when', async (t) => {
  const envelope = sealCommand({}, ann);
  const offer = { envelope, proof: null, content: [] };
  const verified = verifyCommand(offer, contextOf());
  t.same(verified.command, commandOf());
  t.equal(verified.kind, 'service.restart');
  t.equal(verified.commandClass, 'privileged');
  t.same(verified.signers, ['ann']);
  t.equal(verified.digest, commandDigest(JSON.stringify(envelope), crypto), 'text or object, one name');
  t.equal(verified.notBeforeMs, NOW_MS - 60_000);
  t.equal(verified.notAfterMs, NOW_MS + 3_600_000);
  t.equal(countTargets(verified.command), 1);
  t.equal(isStoppable('script.run'), true);
  const approved = sealCommand({}, ann, bob);
  t.equal(commandDigest(approved, crypto), verified.digest, 'an approval does not make it another order');
});

t.test('each step refuses with its own code', async (t) => {
  const good = sealCommand({}, ann);
  const table: readonly [string, string, string][] = [
    ['not an envelope', judge({ hello: 1 }), 'E_SHAPE'],
    ['a text of many bytes', judge(`"${'x'.repeat(300_000)}"`), 'E_SIZE'],
    ['stray bits in base64url', judge({ ...good, payload: `${good.payload}=` }), 'E_B64'],
    ['a policy posing as a command', judge({ ...good, payloadType: CONTENT_TYPE }), 'E_TYPE'],
    ['signed by a stranger', judge(sealCommand({}, stranger)), 'E_NOKEY'],
    ['signed by the server', judge(sealCommand({}, serverKey)), 'E_NOKEY'],
    ['signed by a root key', judge(sealCommand({}, keyOf(1))), 'E_NOKEY'],
    ['an unknown field', judge(seal(COMMAND_TYPE, { ...commandOf(), more: 1 }, [ann])), 'E_SCHEMA'],
    ['an unknown kind', judgeCommand({ kind: 'teleport' }), 'E_SCHEMA'],
    ['a parameter too many', judgeCommand({ args: { name: 'nginx', force: true } }), 'E_SCHEMA'],
    ['an option as a name', judgeCommand({ args: { name: '--now' } }), 'E_SCHEMA'],
    ['another organization', judgeCommand({ org: `org_${'b'.repeat(26)}` }), 'E_ORG'],
    ['another device', judgeCommand({ targets: listOf({ id: `dev_${'z'.repeat(26)}` }) }), 'E_TARGET'],
    ['a device called otherwise', judgeCommand({ targets: listOf({ hostname: 'db-1' }) }), 'E_TARGET'],
    [
      'a device with another key',
      judgeCommand({ targets: listOf({ fingerprint: Array(8).fill('zzzz').join('-') }) }),
      'E_TARGET',
    ],
    ['a condition that does not hold', judgeCommand({ bound: 'false' }), 'E_TARGET'],
    ['a tree without a proof', judgeCommand({ targets: { root: 'A'.repeat(43), count: 9 } }), 'E_TARGET'],
    ['a later trust version', judgeCommand({ trustVersion: 6 }), 'E_TRUST'],
    ['over', judgeCommand({ notAfter: timeAt(-1) }), 'E_TIME'],
    ['no time at all', judgeCommand({ notAfter: timeAt(-60_000) }), 'E_TIME'],
    ['31 days', judgeCommand({ notAfter: timeAt(31 * 86_400_000) }), 'E_TIME'],
    [
      'a month ahead',
      judgeCommand({ notBefore: timeAt(31 * 86_400_000), notAfter: timeAt(32 * 86_400_000) }),
      'E_TIME',
    ],
    ['a day that is none', judgeCommand({ notAfter: '2026-02-31T00:00:00.000Z' }), 'E_RANGE'],
    ['an id seen with other bytes', judge(good, { digestOf: () => 'another' }), 'E_REPLAY'],
    ['no word of the server', judge(good, { freshness: null }), 'E_STALE'],
    ['a rule of the owner', judge(good, { deny: [{ kinds: ['service.*'], reason: 'no' }] }), 'E_LOCAL_DENY'],
  ];
  for (const [what, code, expected] of table) t.equal(code, expected, what);
  t.equal(judge(good, { digestOf: () => commandDigest(good, crypto) }), 'passes', 'seen with these bytes');
  t.equal(
    judgeCommand({ notBefore: timeAt(86_400_000), notAfter: timeAt(2 * 86_400_000) }),
    'passes',
    'early waits',
  );
  t.equal(
    judgeCommand({ trustVersion: 1 }),
    'passes',
    'an older trust version is judged by the one in force',
  );
  t.equal(judgeCommand({ bound: 'true' }), 'passes');
});

/** A list of one device: this one but for the change. */
function listOf(change: Partial<Command['targets'] & { id: string; hostname: string; fingerprint: string }>) {
  const [me] = 'list' in commandOf().targets ? (commandOf().targets as { list: object[] }).list : [];
  return { list: [{ ...me, ...change }] } as Command['targets'];
}

t.test('lists are sorted and name nobody twice', async (t) => {
  const one = { id: `dev_${'a'.repeat(26)}`, hostname: 'x', fingerprint: Array(8).fill('abcd').join('-') };
  const [me] = (commandOf().targets as { list: (typeof one)[] }).list;
  if (me === undefined) throw new Error('no target');
  t.equal(judgeCommand({ targets: { list: [one, me] } }), 'passes');
  t.equal(judgeCommand({ targets: { list: [me, one] } }), 'E_TARGET');
  t.equal(judgeCommand({ targets: { list: [me, me] } }), 'E_TARGET');
});

t.test('every single-bit change of the signed bytes is refused', async (t) => {
  const good = sealCommand({}, ann);
  const payload = decodeBase64url(good.payload);
  const codes = new Map<string, number>();
  for (let bit = 0; bit < payload.length * 8; bit++) {
    const changed = payload.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const code = judge({ ...good, payload: encodeBase64url(changed) });
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  t.same([...codes.keys()], ['E_SIG'], `${payload.length * 8} changes`);
});

t.test('who must sign: class by mode', async (t) => {
  const wipe = { kind: 'device.wipe', args: {} };
  const inMode = (mode: TrustDocument['mode'], change: Partial<Command>, ...signers: Signer[]) =>
    judge(sealCommand(change, ...signers), { trust: trustOf(mode) });
  const fromRobot = { requester: 'robot' };
  const fromBob = { requester: 'bob' };
  const table: readonly [string, string, string][] = [
    ['hardened: one for a service', inMode('hardened', {}, ann), 'passes'],
    ['hardened: the requester must sign', inMode('hardened', {}, bob), 'E_ROLE'],
    ['hardened: an automation within its kinds', inMode('hardened', fromRobot, robot), 'passes'],
    [
      'hardened: an automation outside its kinds',
      inMode('hardened', { ...fromRobot, kind: 'power.reboot', args: { delayMs: 0, message: '' } }, robot),
      'E_ROLE',
    ],
    ['hardened: one for a wipe', inMode('hardened', wipe, ann), 'E_QUORUM'],
    ['hardened: two for a wipe', inMode('hardened', wipe, ann, bob), 'passes'],
    ['hardened: an automation approves nothing', inMode('hardened', wipe, ann, robot), 'E_QUORUM'],
    [
      'hardened: an automation may ask, one approves',
      inMode('hardened', { ...wipe, ...fromRobot }, robot, ann),
      'passes',
    ],
    ['hardened: one for an emergency', inMode('hardened', { emergency: true }, ann), 'E_QUORUM'],
    ['hardened: an automation is no second', inMode('hardened', { emergency: true }, ann, robot), 'E_QUORUM'],
    ['hardened: two for an emergency', inMode('hardened', { emergency: true }, ann, bob), 'passes'],
    ['solo: his one signature for an emergency', inMode('solo', { emergency: true }, ann), 'passes'],
    ['solo: not of who only requests', inMode('solo', { ...fromBob, emergency: true }, bob), 'E_QUORUM'],
    ['quickstart: an emergency', inMode('quickstart', { emergency: true }, ann), 'passes'],
    ['no other word for it', inMode('solo', { emergency: false as never }, ann), 'E_SCHEMA'],
    ['solo: his one signature for a wipe', inMode('solo', wipe, ann), 'passes'],
    ['solo: who only requests cannot wipe', inMode('solo', { ...wipe, requester: 'bob' }, bob), 'E_QUORUM'],
    ['quickstart: no wipe at all', inMode('quickstart', wipe, ann, bob), 'E_MODE'],
    ['quickstart: a service', inMode('quickstart', {}, ann), 'passes'],
  ];
  for (const [what, code, expected] of table) t.equal(code, expected, what);
  const stricter = trustOf('hardened', { classes: { 'service.restart': 'destructive' } });
  t.equal(
    judge(sealCommand({}, ann), { trust: stricter }),
    'E_QUORUM',
    'the trust document makes a kind stricter',
  );
  const looser = trustOf('hardened', { classes: { 'device.wipe': 'routine' } });
  t.equal(judge(sealCommand(wipe, ann), { trust: looser }), 'E_QUORUM', 'never looser');
  const twoKeys = trustOf('hardened');
  twoKeys.signers[0]?.keys.push(keyOf(13).entry);
  t.equal(
    judge(sealCommand(wipe, ann, keyOf(13)), { trust: twoKeys }),
    'E_QUORUM',
    'two keys are one signer',
  );
  t.equal(hasRole(twoKeys, 'nobody', { role: 'halt', kind: '' }), false);
  t.equal(signersNeeded('routine', 'hardened'), 1);
  t.equal(signersNeeded('routine', 'hardened', true), 2);
  t.equal(signersNeeded('routine', 'solo', true), 1);
});

t.test('a destructive command names few devices and lives a day at most', async (t) => {
  const wipe = { kind: 'device.wipe', args: {} };
  const tree = buildTargetTree([ME], crypto);
  const envelope = sealCommand({ ...wipe, targets: { root: tree.root, count: 1 } }, ann, bob);
  const offer = { envelope, proof: tree.proof(0), content: [] };
  t.equal(
    codeOf(() => verifyCommand(offer, contextOf())),
    'E_BLAST',
  );
  t.equal(judgeCommand({ ...wipe, notAfter: timeAt(25 * 3_600_000) }), 'E_TIME');
  const stale = { ...contextOf().freshness, at: timeAt(-2 * 3_600_000) } as VerifyContext['freshness'];
  t.equal(judge(sealCommand(wipe, ann, bob), { freshness: stale }), 'E_STALE');
  t.equal(judge(sealCommand({}, ann), { freshness: stale }), 'passes', 'privileged has a day');
  const day = 86_400_000;
  const ahead = { ...contextOf().freshness, at: timeAt(day) } as VerifyContext['freshness'];
  const held = (heldMs: number) => judge(sealCommand({}, ann), { freshness: ahead, nowMs: NOW_MS, heldMs });
  t.equal(held(day), 'passes');
  t.equal(held(day + 1), 'E_STALE', 'a word that was dated ahead is no younger than it was held');
  const canceled = new Set([commandOf().cmdId]);
  t.equal(judge(sealCommand({}, ann), { canceled }), 'E_HALTED', 'canceled by a word that was not taken');
  t.equal(judge(sealCommand({}, ann), { canceled: new Set() }), 'passes');
  t.equal(
    codeOf(() => checkFreshness('routine', { freshness: null, nowMs: NOW_MS })),
    'passes',
    'routine needs no word',
  );
});

/** What makes approved code a file. */
const aFile = {
  use: 'file',
  interpreter: 'none',
  place: { path: '/etc/motd', mode: '0644', owner: '', group: '' },
  timeoutMs: 0,
  okExits: [],
} satisfies Partial<Content>;

t.test('code runs by the name of the document that two approved', async (t) => {
  const content = contentOf();
  const argsFor = (change: Partial<Content> = {}) => ({
    content: digestOf(change),
    ...{ parameters: {}, stdin: '', runAs: '' },
  });
  const orderOf = (change: Partial<Content> = {}) =>
    sealCommand({ kind: 'script.run', args: argsFor(change) }, ann);
  const envelope = orderOf();
  const run = (documents: unknown[], mode: TrustDocument['mode'] = 'hardened') =>
    codeOf(() =>
      verifyCommand({ envelope, proof: null, content: documents }, contextOf({ trust: trustOf(mode) })),
    );
  t.equal(run([sealContent({}, ann, bob)]), 'passes');
  t.equal(run([]), 'E_CONTENT', 'without the document');
  t.equal(run([sealContent({}, ann)]), 'E_QUORUM', 'approved by one');
  t.equal(run([sealContent({}, ann)], 'quickstart'), 'passes', 'one key in quickstart');
  t.equal(run([sealContent({}, ann)], 'solo'), 'passes', 'one signer in solo');
  const solo = (...signers: Signer[]) =>
    codeOf(() =>
      verifyCommand(
        {
          envelope: orderOf({ requester: 'robot' }),
          proof: null,
          content: [sealContent({ requester: 'robot' }, ...signers)],
        },
        contextOf({ trust: trustOf('solo') }),
      ),
    );
  t.equal(solo(robot), 'E_QUORUM', 'not an automation');
  t.equal(solo(robot, ann), 'passes');
  t.equal(run([sealContent({ sha256: `${'B'.repeat(42)}A` }, ann, bob)]), 'E_CONTENT', 'another body');
  const ordered = (change: Partial<Content>, ...signers: Signer[]) =>
    codeOf(() =>
      verifyCommand(
        { envelope: orderOf(change), proof: null, content: [sealContent(change, ...signers)] },
        contextOf(),
      ),
    );
  t.equal(ordered(aFile, ann, bob), 'E_CONTENT', 'a file is no script');
  t.equal(ordered({ org: `org_${'b'.repeat(26)}` }, ann, bob), 'E_ORG');
  t.equal(run([seal(CONTENT_TYPE, { ...content, more: 1 } as Content, [ann, bob])]), 'E_SCHEMA');
  t.equal(
    run([sealContent({ sha256: `${'B'.repeat(42)}A` }, ann, bob), sealContent({}, ann, bob)]),
    'passes',
    'the fitting one',
  );
  const put = sealCommand({ kind: 'file.put', args: { content: digestOf(aFile) } }, ann);
  const asFile = { envelope: put, proof: null, content: [sealContent(aFile, ann, bob)] };
  t.same(verifyCommand(asFile, contextOf()).content?.place, aFile.place, 'a file is put where two approved');
  const verified = verifyCommand(
    { envelope, proof: null, content: [sealContent({}, ann, bob)] },
    contextOf(),
  );
  t.same(verified.content, content);
  t.equal(
    verifyCommand({ envelope: sealCommand({}, ann), proof: null, content: [] }, contextOf()).content,
    null,
  );
});

t.test('of two approved documents over the same bytes the server cannot choose', async (t) => {
  // Ann ordered the one for an ordinary account and a quiet place; the owned server hands over the other, which two approved as well.
  const ofAccount = { runAs: ['www-data'] };
  const ofRoot = { runAs: ['root', 'www-data'], stdin: true };
  const script = (ordered: Partial<Content>, ...handedOver: Partial<Content>[]) => {
    const args = { content: digestOf(ordered), parameters: {}, stdin: '', runAs: 'www-data' };
    const content = handedOver.map((change) => sealContent(change, ann, bob));
    const envelope = sealCommand({ kind: 'script.run', args }, ann);
    return verifyCommand({ envelope, proof: null, content }, contextOf()).content?.runAs;
  };
  t.same(script(ofAccount, ofAccount), ['www-data']);
  t.same(script(ofRoot, ofAccount, ofRoot), ['root', 'www-data'], 'whatever comes first');
  t.throws(() => script(ofAccount, ofRoot), { code: 'E_CONTENT' });
  const elsewhere = { ...aFile, place: { ...aFile.place, path: '/etc/cron.d/motd' } };
  const file = (...handedOver: Partial<Content>[]) => {
    const envelope = sealCommand({ kind: 'file.put', args: { content: digestOf(aFile) } }, ann);
    const content = handedOver.map((change) => sealContent(change, ann, bob));
    return verifyCommand({ envelope, proof: null, content }, contextOf()).content?.place?.path;
  };
  t.equal(file(elsewhere, aFile), '/etc/motd');
  t.throws(() => file(elsewhere), { code: 'E_CONTENT' });
  // Named by the bytes, as nothing is any more, neither is found.
  const byBytes = sealCommand({ kind: 'file.put', args: { content: contentOf().sha256 } }, ann);
  t.throws(
    () =>
      verifyCommand({ envelope: byBytes, proof: null, content: [sealContent(aFile, ann, bob)] }, contextOf()),
    { code: 'E_CONTENT' },
  );
});

t.test('one signer does with code only what two have signed with it', async (t) => {
  const order = (kind: string, args: object, change: Partial<Content>, ...signers: Signer[]) => {
    const named = { content: digestOf(change), ...args } as Command['args'];
    const envelope = sealCommand({ kind, args: named }, ann);
    const content = [sealContent(change, ...(signers.length === 0 ? [ann, bob] : signers))];
    return (more: Partial<VerifyContext> = {}) =>
      codeOf(() => verifyCommand({ envelope, proof: null, content }, contextOf(more)));
  };
  const put = (change: object = {}, args: object = {}, ...signers: Signer[]) =>
    order('file.put', args, { ...aFile, ...change }, ...signers)();
  t.equal(put(), 'passes');
  t.equal(
    put({ place: { ...aFile.place, path: '/etc/cron.d/x' } }, {}, ann),
    'E_QUORUM',
    'a place of his own',
  );
  for (const own of [{ path: '/etc/nologin' }, { mode: '0777' }, { owner: 'ann' }, { group: 'ann' }])
    t.equal(put({}, own), 'E_SCHEMA', `beside the content: ${Object.keys(own)}`);
  for (const bad of [{ mode: '4755' }, { mode: '644' }, { owner: '-x' }, { path: 'etc/motd' }, { more: 1 }])
    t.equal(put({ place: { ...aFile.place, ...bad } }), 'E_SCHEMA', JSON.stringify(bad));
  t.equal(put({ place: null }), 'E_CONTENT', 'a file without a place');
  for (const idle of [
    { stdin: true },
    { runAs: ['ann'] },
    { interpreter: 'sh' },
    { timeoutMs: 1_000 },
    { okExits: [0] },
  ])
    t.equal(put(idle), 'E_CONTENT', `a file with ${Object.keys(idle)}`);
  t.equal(
    put({ parameters: [{ name: 'a', type: 'string', required: false, description: 'a' }] }),
    'E_CONTENT',
  );

  const plain = { parameters: {}, stdin: '', runAs: '' };
  const run = (change: object, args: object = {}) => order('script.run', { ...plain, ...args }, change)();
  t.equal(run({}), 'passes');
  t.equal(run({}, { stdin: 'rm -rf /' }), 'E_CONTENT', 'input');
  t.equal(run({ stdin: true }, { stdin: 'words' }), 'passes');
  t.equal(run({ stdin: true }), 'passes', 'input may be left out');
  t.equal(run({}, { runAs: 'ann' }), 'E_CONTENT', 'another user');
  t.equal(run({}, { runAs: 'root' }), 'E_CONTENT', 'not even by name');
  t.equal(run({ runAs: ['ann', 'bob'] }, { runAs: 'bob' }), 'passes');
  t.equal(run({ runAs: ['ann'] }, { runAs: 'root' }), 'E_CONTENT');
  t.equal(
    run({ runAs: ['ann'] }),
    'E_CONTENT',
    'a script for a user does not become root by leaving him out',
  );
  t.equal(run({ place: aFile.place }), 'E_CONTENT', 'a script with a place');
  t.equal(run({ interpreter: 'none' }), 'E_CONTENT');
  t.equal(run({ timeoutMs: 999 }), 'E_CONTENT', 'a script that is ended at once');
  t.equal(run({ okExits: [] }), 'E_CONTENT', 'a script that cannot succeed');
  t.equal(run({}, { timeoutMs: 1_000 }), 'E_SCHEMA', 'half a script, by a short time of his own');
  t.equal(run({}, { okExits: [0, 1] }), 'E_SCHEMA', 'a failure that counts as success');
  for (const field of ['place', 'runAs', 'stdin', 'timeoutMs', 'okExits'])
    t.equal(run({ [field]: undefined }), 'E_SCHEMA', `${field} is always there`);
  const deny = [{ kinds: ['file.put'], names: ['/etc/motd'], reason: 'mine' }];
  t.equal(
    order('file.put', {}, aFile)({ deny }),
    'E_LOCAL_DENY',
    "the owner's rule speaks of the signed path",
  );
  t.equal(order('file.put', {}, { ...aFile, place: { ...aFile.place, path: '/srv/x' } })({ deny }), 'passes');
  const bytes = [{ kinds: ['script.run'], names: [contentOf().sha256], reason: 'not these' }];
  t.equal(
    order('script.run', plain, {})({ deny: bytes }),
    'E_LOCAL_DENY',
    'and of the bytes, whoever names them',
  );
});

t.test('halts hold what they name until they end, and two lift them', async (t) => {
  const halt = {
    v: 1,
    org: ORG,
    haltId: `hlt_${'h'.repeat(26)}`,
    scope: { what: 'kind', kind: 'service.*' },
    at: timeAt(-1_000),
    until: timeAt(3_600_000),
    requester: 'bob',
    reason: 'the wrong rollout',
    trustVersion: 5,
  };
  const context = { trust: trustOf('hardened'), crypto, org: ORG, nowMs: NOW_MS };
  const open = (change: object, ...signers: Signer[]) =>
    codeOf(() => openHalt(seal(HALT_TYPE, { ...halt, ...change }, signers), context));
  t.equal(open({}, bob), 'passes');
  t.equal(open({}, ann), 'E_ROLE', 'the requester must sign');
  t.equal(open({ requester: 'robot' }, robot), 'E_ROLE', 'who has not the role');
  t.equal(open({ until: timeAt(8 * 86_400_000) }, bob), 'E_TIME', 'more than a week');
  const ahead = { at: timeAt(2 * 86_400_000), until: timeAt(3 * 86_400_000) };
  t.equal(open(ahead, bob), 'E_TIME', 'dated ahead');
  t.equal(open({ until: timeAt(-2_000) }, bob), 'E_TIME', 'ends before it begins');
  t.equal(open({ org: `org_${'b'.repeat(26)}` }, bob), 'E_ORG');
  const inForce = openHalt(seal(HALT_TYPE, halt, [bob]), context);
  t.equal(judge(sealCommand({}, ann), { halts: [inForce] }), 'E_HALTED');
  t.equal(judge(sealCommand({}, ann), { halts: [inForce], nowMs: NOW_MS + 3_600_000 - 1 }), 'E_HALTED');
  const asked = { cmdId: commandOf().cmdId, kind: 'power.reboot', nowMs: NOW_MS };
  t.equal(findHalt([inForce], asked), undefined, 'another kind goes on');
  t.ok(findHalt([{ ...inForce, scope: { what: 'all' } }], asked));
  t.ok(findHalt([{ ...inForce, scope: { what: 'command', cmdId: asked.cmdId } }], asked));
  t.notOk(findHalt([{ ...inForce, scope: { what: 'command', cmdId: `cmd_${'d'.repeat(26)}` } }], asked));
  t.notOk(
    findHalt([{ ...inForce, scope: { what: 'all' } }], { ...asked, nowMs: NOW_MS + 3_600_000 }),
    'over',
  );
  t.notOk(
    findHalt([{ ...inForce, scope: { what: 'all' }, dropAtMs: NOW_MS }], asked),
    'let go of by the device',
  );
  const canceled = { ...contextOf().freshness, canceled: [asked.cmdId] } as VerifyContext['freshness'];
  t.equal(judge(sealCommand({}, ann), { freshness: canceled }), 'E_HALTED');
  t.equal(
    codeOf(() => checkNotStopped(asked, { halts: [], freshness: null, nowMs: NOW_MS })),
    'passes',
  );

  const lift = {
    v: 1,
    org: ORG,
    haltId: halt.haltId,
    at: timeAt(0),
    requester: 'ann',
    reason: 'mended',
    trustVersion: 5,
  };
  const lifted = (mode: TrustDocument['mode'], change: object, ...signers: Signer[]) =>
    codeOf(() =>
      openLift(seal(LIFT_TYPE, { ...lift, ...change }, signers), { ...context, trust: trustOf(mode) }),
    );
  t.equal(lifted('hardened', {}, ann), 'E_QUORUM');
  t.equal(lifted('hardened', {}, ann, bob), 'passes');
  t.equal(lifted('hardened', {}, ann, robot), 'E_QUORUM');
  t.equal(lifted('hardened', {}, bob), 'E_ROLE');
  t.equal(lifted('solo', {}, ann), 'passes');
  t.equal(lifted('solo', { org: `org_${'b'.repeat(26)}` }, ann), 'E_ORG');
});

t.test('hash trees: every leaf proves itself and nothing else', async (t) => {
  const ids = (count: number) =>
    Array.from(
      { length: count },
      (_, n) =>
        `dev_${String.fromCharCode(97 + (n % 26)).repeat(2)}${n.toString(2).padStart(24, '0').replace(/0/g, 'a').replace(/1/g, 'b')}`,
    ).toSorted();
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 33]) {
    const sorted = ids(count);
    const { root, proof } = buildTargetTree(sorted, crypto);
    for (const [index, deviceId] of sorted.entries()) {
      const claim = { deviceId, root, count, proof: proof(index), crypto };
      t.ok(holdsProof(claim), `${index} of ${count}`);
      t.notOk(holdsProof({ ...claim, deviceId: `dev_${'7'.repeat(26)}` }), 'another device');
      t.notOk(holdsProof({ ...claim, proof: { ...claim.proof, index: count } }), 'outside');
      t.notOk(
        holdsProof({ ...claim, proof: { ...claim.proof, path: [...claim.proof.path, root] } }),
        'longer',
      );
      if (count > 1) {
        t.notOk(
          holdsProof({ ...claim, proof: { ...claim.proof, path: claim.proof.path.slice(1) } }),
          'shorter',
        );
        t.notOk(
          holdsProof({ ...claim, proof: { ...claim.proof, path: claim.proof.path.map(() => 'AA') } }),
          'no hash',
        );
      }
    }
    t.throws(() => proof(count), { code: 'E_TARGET' });
    t.throws(() => proof(-1), { code: 'E_TARGET' });
  }
  t.throws(() => buildTargetTree([], crypto), { code: 'E_TARGET' });
  t.throws(() => buildTargetTree(['b', 'a'], crypto), { code: 'E_TARGET' });
  const sorted = ids(6);
  const { root, proof } = buildTargetTree(sorted, crypto);
  const claim = { deviceId: sorted[0] ?? '', root, proof: proof(0), crypto };
  t.notOk(holdsProof({ ...claim, count: 10_000_001 }), 'more than a tree may have');
  t.notOk(
    holdsProof({ ...claim, count: 6, proof: { index: 0, path: Array(25).fill(root) } }),
    'too long at all',
  );
  const envelope = sealCommand({ targets: { root, count: 6 } }, ann);
  t.equal(
    codeOf(() => verifyCommand({ envelope, proof: proof(0), content: [] }, contextOf())),
    'E_TARGET',
  );
  const mine = buildTargetTree([ME, ...sorted].toSorted(), crypto);
  const forMe = sealCommand({ targets: { root: mine.root, count: 7 } }, ann);
  const place = [ME, ...sorted].toSorted().indexOf(ME);
  const offer = { envelope: forMe, proof: mine.proof(place), content: [] };
  t.equal(
    codeOf(() => verifyCommand(offer, contextOf())),
    'passes',
  );
  t.equal(countTargets(verifyCommand(offer, contextOf()).command), 7);
  // Two trees never share a root, whatever they hold: an inner node cannot pose as a leaf.
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'binary-ascii', minLength: 1 }), { minLength: 1, maxLength: 40 }),
      (texts) => {
        const tree = buildTargetTree(texts.toSorted(), crypto);
        return texts
          .toSorted()
          .every((deviceId, index) =>
            holdsProof({ deviceId, root: tree.root, count: tree.count, proof: tree.proof(index), crypto }),
          );
      },
    ),
    { numRuns: 50 },
  );
});

t.test('the table of kinds is whole', async (t) => {
  t.same(commandKinds.toSorted(), Object.keys(kindArgs).toSorted());
  for (const kind of commandKinds) {
    const { description, defaults } = kindEntry(kind);
    t.match(description, /^[A-Z].*\.$/, kind);
    const known = Object.keys(kindArgs[kind].properties ?? {});
    t.same(
      Object.keys(defaults).filter((name) => !known.includes(name)),
      [],
      `${kind} has no stray default`,
    );
  }
  t.equal(isCommandKind('constructor'), false);
  const table: readonly [string, string, boolean][] = [
    ['*', 'a.b', true],
    ['a.*', 'a.b', true],
    ['a.*', 'ab.c', false],
    ['a.*', 'a', false],
    ['a.b', 'a.b', true],
    ['a.b', 'a.bc', false],
  ];
  for (const [pattern, kind, expected] of table)
    t.equal(matchesKind(pattern, kind), expected, `${pattern} ${kind}`);
});

t.test("the owner's deny list only subtracts", async (t) => {
  const rules = [
    { kinds: ['package.*'], names: ['nginx', 'linux-image'], reason: 'pinned by the vendor' },
    { kinds: ['power.reboot'], reason: 'never by remote' },
  ];
  const table: readonly [string, Record<string, unknown>, string | undefined][] = [
    ['package.remove', { names: ['curl', 'nginx'] }, 'pinned by the vendor'],
    ['package.install', { packages: [{ name: 'nginx', version: '' }] }, 'pinned by the vendor'],
    ['package.remove', { names: ['curl'] }, undefined],
    ['package.upgrade', { names: [] }, 'pinned by the vendor'],
    ['power.reboot', { delayMs: 0 }, 'never by remote'],
    ['service.stop', { name: 'nginx' }, undefined],
  ];
  for (const [kind, args, reason] of table)
    t.equal(findDenial(rules, kind, args), reason, `${kind} ${JSON.stringify(args)}`);
  t.equal(findDenial([], 'package.remove', { names: ['nginx'] }), undefined);

  // A name has more than one spelling; a command must not get past a rule by another one.
  const spelled: readonly [string, Record<string, unknown>, boolean][] = [
    ['nginx', { name: 'nginx.service' }, true],
    ['nginx.service', { name: 'nginx' }, true],
    ['nginx', { name: 'nginx.socket' }, true],
    ['nginx.socket', { name: 'nginx.service' }, false],
    ['nginx', { name: 'nginx2' }, false],
    ['vpn', { name: 'vpn@office.service' }, true],
    ['vpn@', { name: 'vpn@office' }, true],
    ['vpn@.service', { name: 'vpn@office' }, true],
    ['vpn@home', { name: 'vpn@office' }, false],
    ['vpn@home.service', { name: 'vpn@home' }, true],
    ['nginx:amd64', { names: ['nginx'] }, true],
    ['nginx', { names: ['nginx.x86_64'] }, true],
    ['/etc/nginx', { path: '/etc/nginx/sites/a' }, true],
    ['/etc/nginx/', { path: '/etc/nginx' }, true],
    ['/etc/nginx', { path: '/etc//./x/../nginx/a' }, true],
    ['/etc/nginx', { path: '/etc/nginx2' }, false],
    ['/', { path: '/srv/x' }, true],
    ['root', { runAs: '' }, true],
    ['root', { runAs: 'ann' }, false],
    ['root', { stdin: '', runAs: 'ann' }, false],
  ];
  for (const [name, args, isDenied] of spelled) {
    const rule = { kinds: ['*'], names: [name], reason: 'no' };
    t.equal(findDenial([rule], 'a.b', args), isDenied ? 'no' : undefined, `${name} ${JSON.stringify(args)}`);
  }
  const word = fc.oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^\/?[a.@:/]{0,6}(?:\.service)?$/));
  const rule = fc.record({
    kinds: fc.constant(['*']),
    names: fc.array(word, { maxLength: 3 }),
    reason: word,
  });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), rule, word, (some, more, name) => {
      const before = findDenial(some, 'a.b', { name });
      const after = findDenial([...some, more], 'a.b', { name });
      // More rules take nothing back, and the very same text is denied in any case.
      return (
        (before === undefined || after === before) && (!more.names.includes(name) || after !== undefined)
      );
    }),
  );
});

t.test('names of documents', async (t: Test) => {
  const payload = new TextEncoder().encode('{"a":1}');
  const envelope = sealEnvelope(COMMAND_TYPE, payload, [ann]);
  t.equal(documentDigest(envelope, crypto), encodeBase64url(crypto.sha256(pae(COMMAND_TYPE, payload))));
  t.not(documentDigest(sealEnvelope(CONTENT_TYPE, payload, [ann]), crypto), documentDigest(envelope, crypto));
});

t.test('each kind of document has a type of its own', async (t) => {
  const types = [COMMAND_TYPE, CONTENT_TYPE, HALT_TYPE, LIFT_TYPE, FRESHNESS_TYPE, RESULT_TYPE];
  t.equal(new Set(types).size, types.length);
});

t.test('a file is no script and a script no file, whoever asks', async (t) => {
  const script = contentOf();
  t.match(
    findUseFault({ kind: 'file.put', args: {} }, script),
    /was signed as a script; file\.put takes a file\.$/,
  );
});
