// The device as a witness: what it keeps, over restarts and torn files, what it wants proven, and what raises an alarm.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUDIT_CHECKPOINT_TYPE,
  type AuditAlarm,
  type AuditProof,
  type AuditProve,
  createTreeRange,
  encodeBase64url,
  encodeUtf8,
  formatHash,
  hashLeaf,
  proveConsistency,
  sealEnvelope,
  type TrustDocument,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { createSigner, nodeCrypto, rawPublicKey } from '../identity/crypto.ts';
import { createStorage } from '../platform/storage.ts';
import { acceptShown, describeTestimony, readTestimony, WITNESS_FILE } from './testimony.ts';
import { createWitness } from './witness.ts';

const ORG = `org_${'a'.repeat(26)}`;

/** A history of so many entries; those from `forkAt` on, counted from 0, differ by name. */
function createHistory(name = '', forkAt = 0) {
  const rootOf = (from: number, count: number) => {
    const range = createTreeRange(nodeCrypto);
    for (let at = from; at < from + count; at++)
      range.append(hashLeaf(nodeCrypto.sha256(encodeUtf8(`${at < forkAt ? '' : name} ${at}`)), nodeCrypto));
    return range.root();
  };
  return {
    root: (size: number) => formatHash(rootOf(0, size)),
    async prove({ from, to }: Pick<AuditProve, 'from' | 'to'>): Promise<AuditProof> {
      const read = async (at: number, count: number) => rootOf(at, count);
      const hashes = await proveConsistency({ first: from, second: to }, { read, hasher: nodeCrypto });
      return { type: 'audit.proof', from, to, hashes: hashes.map(formatHash) };
    },
  };
}

const honest = createHistory();

async function open(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-witness-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const storage = createStorage(folder);
  const key = generateKeyPairSync('ed25519').privateKey;
  const other = generateKeyPairSync('ed25519').privateKey;
  const trust = {
    org: ORG,
    serverKeys: [{ scheme: 'ed25519', key: encodeBase64url(rawPublicKey(key)) }],
  } as unknown as TrustDocument;
  const sent: AuditAlarm[] = [];
  const asked: AuditProve[] = [];
  const refused: string[] = [];
  const delays: number[] = [];
  const clock = { now: Date.parse('2026-11-23T00:00:00.000Z') };
  const start = () =>
    createWitness({
      ...{ storage, now: () => clock.now, trust: async () => trust, random: () => 0.5 },
      send: (message) => void (message.type === 'audit.prove' ? asked.push(message) : sent.push(message)),
      refused: (_what, code) => void refused.push(code),
      log: { warn: () => undefined, error: () => undefined },
      after(delayMs, work) {
        delays.push(delayMs);
        queueMicrotask(work);
      },
    });
  const make = (size: number, root = 'A', { by = key, org = ORG } = {}) => {
    const full = root.length === 1 ? root.repeat(43) : root;
    const body = JSON.stringify({ v: 1, org, size, root: full, at: '2026-11-23T00:00:00.000Z' });
    return sealEnvelope(AUDIT_CHECKPOINT_TYPE, encodeUtf8(body), [createSigner(by)]);
  };
  /** Shows checkpoints of a history, each behind the answers to what the device asks. */
  async function show(
    witness: ReturnType<typeof start>,
    sizes: readonly number[],
    { history = honest, answers = true } = {},
  ) {
    for (const size of sizes) {
      witness.take(make(size, history.root(size)));
      for (let rounds = 0; rounds < 8; rounds++) {
        await witness.settle();
        await new Promise((resolve) => setImmediate(resolve));
        for (const question of answers ? asked.splice(0) : []) witness.prove(await history.prove(question));
      }
    }
  }
  return { storage, start, make, show, sent, asked, refused, delays, clock, other };
}

t.test('goes on to what is proven, keeps some of what it saw before, and over a restart', async (t) => {
  const { storage, start, make, show, sent, delays } = await open(t);
  t.same(await readTestimony(storage), { newest: null, older: [], unproven: null, alarm: null });
  await show(start(), [1, 5, 5, 9]);
  t.match(await readTestimony(storage), {
    newest: { size: 9, envelope: make(9, honest.root(9)) },
    older: [{ size: 1 }, { size: 5 }],
    unproven: null,
    alarm: null,
  });
  t.same(delays, [10_000, 10_000], 'nobody asks at once, nor twice');
  await show(
    start(),
    Array.from({ length: 60 }, (_, at) => 12 + at),
  );
  const { newest, older, alarm } = await readTestimony(storage);
  t.match({ newest, alarm }, { newest: { size: 71 }, alarm: null });
  t.ok(older.length > 8 && older.length <= 16, `${older.length} older ones`);
  t.match([older[0], older.at(-1)], [{ size: 1 }, { size: Number }], 'they span the whole time');
  t.same(sent, []);
});

t.test(
  'a checkpoint that is padded with signatures nobody knows is refused, and nothing is forgotten',
  async (t) => {
    const { storage, start, make, show, refused } = await open(t);
    const witness = start();
    await show(witness, [9]);
    const before = await readTestimony(storage);
    const envelope = make(12, honest.root(12));
    const junk = Array.from({ length: 15 }, (_, at) => ({
      keyid: at.toString(16).padStart(16, '0'),
      sig: 'A'.repeat(2_048),
    }));
    witness.take({
      ...envelope,
      signatures: [...envelope.signatures, ...junk],
    });
    await witness.settle();
    t.same(refused, ['E_SIZE']);
    t.same(await readTestimony(storage), before);
  },
);

t.test('a longer history that does not hold what was seen convicts, and what was seen is kept', async (t) => {
  const { storage, start, make, show, sent } = await open(t);
  const witness = start();
  await show(witness, [4, 20]);
  // Everything else is as it was: the same entries before, another one in the middle, and many more behind.
  const forged = createHistory('forged', 11);
  await show(witness, [40], { history: forged });
  t.match(await readTestimony(storage), {
    newest: { size: 20, root: honest.root(20) },
    alarm: { code: 'E_AUDIT_FORK', shown: { size: 40, root: forged.root(40) } },
  });
  t.same(sent[0], {
    type: 'audit.alarm',
    seen: make(20, honest.root(20)),
    shown: make(40, forged.root(40)),
  });
  await show(start(), [41, 50], { history: forged });
  t.match(await readTestimony(storage), {
    newest: { size: 20 },
    alarm: { code: 'E_AUDIT_FORK', shown: { size: 40 } },
  });
  t.ok(sent.length > 1, 'said behind each word');
  t.ok(await acceptShown(storage));
  await show(start(), [60], { history: forged });
  t.match(await readTestimony(storage), { newest: { size: 60 }, older: [{ size: 40 }], alarm: null });
});

t.test('proofs of something else prove nothing, and one that never comes is an alarm', async (t) => {
  const { storage, start, make, show, sent, asked, clock } = await open(t);
  const witness = start();
  await show(witness, [5]);
  await show(witness, [9, 10, 12], { answers: false });
  for (const sizes of [
    { from: 5, to: 10 },
    { from: 4, to: 9 },
  ])
    witness.prove(await honest.prove(sizes));
  await witness.settle();
  t.match(await readTestimony(storage), { newest: { size: 5 }, unproven: { asked: 3, shown: { size: 9 } } });
  t.match(describeTestimony(await readTestimony(storage)).join(), /9 entries are shown since.*not proven/);
  t.ok(asked.length >= 2 && asked.every(({ from, to }) => from === 5 && to === 9), 'the first one waits');
  clock.now += 3_600_000;
  await show(witness, [13], { answers: false });
  t.equal((await readTestimony(storage)).alarm, null, 'a few words later, not one');
  await show(witness, [13, 14], { answers: false });
  t.match(await readTestimony(storage), { newest: { size: 5 }, alarm: { code: 'E_AUDIT_UNPROVEN' } });
  t.match(sent.at(-1), { seen: make(5, honest.root(5)), shown: make(9, honest.root(9)) });
  await show(witness, [14]);
  t.match(
    await readTestimony(storage),
    { newest: { size: 14 }, unproven: null, alarm: null },
    'it came late',
  );

  await show(witness, [30], { answers: false });
  await show(witness, [25], { answers: false });
  const { alarm, unproven } = await readTestimony(storage);
  t.match(
    { alarm, unproven },
    { alarm: { code: 'E_AUDIT_SHRUNK', shown: { size: 25 } }, unproven: { shown: { size: 30 } } },
  );
});

t.test(
  'a smaller audit, or another of the same size, is an alarm that stays until a person ends it',
  async (t) => {
    const { storage, start, make, show, sent } = await open(t);
    const witness = start();
    await show(witness, [9]);
    witness.take(make(8));
    await witness.settle();
    t.match(await readTestimony(storage), {
      newest: { size: 9 },
      alarm: { code: 'E_AUDIT_SHRUNK', shown: { size: 8 } },
    });
    t.same(sent, [{ type: 'audit.alarm', seen: make(9, honest.root(9)), shown: make(8) }]);
    witness.take(make(9, 'B'));
    await show(witness, [10]);
    const testimony = await readTestimony(storage);
    t.match(
      testimony,
      { newest: { size: 10 }, alarm: { code: 'E_AUDIT_SHRUNK' } },
      'the first proof is kept',
    );
    t.equal(sent.length, 2);
    t.match(describeTestimony(testimony).join('\n'), /10 entries.*\n.*Alarm.*8 entries/);
    t.ok(await acceptShown(storage));
    t.match(await readTestimony(storage), { newest: { size: 8 }, alarm: null });
    t.notOk(await acceptShown(storage), 'nothing is left to end');
    witness.take(make(8, 'C'));
    await witness.settle();
    t.match(await readTestimony(storage), { alarm: { code: 'E_AUDIT_FORK' } });
  },
);

t.test('what the server did not sign changes nothing; a changed one is suspicious', async (t) => {
  const { storage, start, make, refused, other, sent } = await open(t);
  const witness = start();
  witness.take(make(9));
  witness.take(make(3, 'A', { by: other }));
  witness.take({ ...make(3), payload: make(4).payload });
  witness.take(make(2, 'A', { org: `org_${'b'.repeat(26)}` }));
  witness.take('nonsense');
  await witness.settle();
  t.match(await readTestimony(storage), { newest: { size: 9 }, alarm: null });
  t.same(refused, ['E_SIG', 'E_ORG', 'E_CANON'], 'an unknown key may stand in a newer trust document');
  t.same(sent, []);
});

t.test('a damaged file is begun anew, and a new organization begins anew', async (t) => {
  const { storage, start, make } = await open(t);
  await storage.writeAtomic(WITNESS_FILE, Buffer.from('{"newest"'));
  const witness = start();
  witness.take(make(9));
  await witness.settle();
  const { newest } = await readTestimony(storage);
  t.equal(newest?.size, 9);
  const elsewhere = { newest: { ...newest, org: `org_${'b'.repeat(26)}`, size: 100 }, alarm: null };
  await storage.writeAtomic(WITNESS_FILE, Buffer.from(JSON.stringify(elsewhere)));
  witness.take(make(10));
  await witness.settle();
  t.match(await readTestimony(storage), { newest: { size: 10, org: ORG }, alarm: null });
  const { newest: alone } = await readTestimony(storage);
  await storage.writeAtomic(WITNESS_FILE, Buffer.from(JSON.stringify({ newest: alone, alarm: null })));
  t.match(await readTestimony(storage), { older: [], unproven: null }, 'a file of an older build');
});
