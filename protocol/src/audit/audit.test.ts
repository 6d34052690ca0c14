// The audit's tree against its definition, proofs in both directions, entries and checkpoints.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeHex } from '../signing/bytes.ts';
import { findFork } from './checkpoint.ts';
import { FIRST_PREV, formatEntry, formatHash, hashEntry, parseEntry } from './entry.ts';
import { createTreeRange, hashLeaf, hashNode, isConsistent, proveConsistency } from './tree.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const hasher = { sha256 };
const leafOf = (at: number) => hashLeaf(sha256(Uint8Array.of(at & 255, at >> 8)), hasher);

/** MTH of RFC 6962, word for word, over leaves that are hashed already. */
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashNode(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)), hasher);
}

const leaves = Array.from({ length: 300 }, (_, at) => leafOf(at));
const read = async (from: number, count: number) => rootOf(leaves.slice(from, from + count));

t.test('published roots: RFC 6962 trees over the test leaves of certificate transparency', async (t) => {
  const data = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const range = createTreeRange(hasher);
  const roots = [encodeHex(range.root())];
  for (const text of data) {
    range.append(hashLeaf(Uint8Array.from(Buffer.from(text, 'hex')), hasher));
    roots.push(encodeHex(range.root()));
  }
  t.equal(roots[0], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  t.equal(roots[1], '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  t.equal(roots[2], 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
  t.equal(roots[8], '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
});

t.test('a range that goes on has the roots of the definition, from any beginning', async (t) => {
  const range = createTreeRange(hasher);
  for (const [at, leaf] of leaves.entries()) {
    range.append(leaf);
    if (!t.same(range.root(), rootOf(leaves.slice(0, at + 1)))) break;
  }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 299 }), (cut) => {
      const first = createTreeRange(hasher);
      for (const leaf of leaves.slice(0, cut)) first.append(leaf);
      const second = createTreeRange(hasher, { size: cut, parts: first.parts() });
      for (const leaf of leaves.slice(cut)) second.append(leaf);
      return Buffer.from(second.root()).equals(rootOf(leaves)) && second.size() === 300;
    }),
  );
  t.throws(() => createTreeRange(hasher, { size: 3, parts: [leafOf(0)] }), RangeError);
});

t.test('a proof shows that a tree is the beginning of another, and nothing else', async (t) => {
  for (let second = 1; second <= 40; second++)
    for (let first = 1; first <= second; first++) {
      const claim = {
        ...{ first, second },
        firstRoot: rootOf(leaves.slice(0, first)),
        secondRoot: rootOf(leaves.slice(0, second)),
        proof: await proveConsistency({ first, second }, { read, hasher }),
      };
      if (!isConsistent(claim, hasher)) t.fail(`${first} is the beginning of ${second}`);
      const other = { ...claim, firstRoot: leafOf(9_999) };
      if (isConsistent(other, hasher)) t.fail(`another tree is not the beginning: ${first} of ${second}`);
      if (isConsistent({ ...claim, secondRoot: leafOf(9_999) }, hasher)) t.fail(`${second} is another tree`);
      if (isConsistent({ ...claim, proof: [...claim.proof, leafOf(1)] }, hasher)) t.fail('one hash too many');
      if (claim.proof.length > 0 && isConsistent({ ...claim, proof: claim.proof.slice(1) }, hasher))
        t.fail('one hash too few');
    }
  t.notOk(
    isConsistent({ first: 0, second: 1, firstRoot: leafOf(0), secondRoot: leafOf(0), proof: [] }, hasher),
  );
  t.notOk(
    isConsistent({ first: 2, second: 1, firstRoot: leafOf(0), secondRoot: leafOf(0), proof: [] }, hasher),
  );
});

t.test('an entry has one text, and its hash hangs on every part', async (t) => {
  const event = JSON.stringify({
    act: 'device.label',
    actor: { kind: 'person', id: 'per_a', name: 'Ada', address: '' },
    ...{ outcome: 'done', code: '', subject: null, detail: { set: ['a=b'] }, requestId: '' },
  });
  const parts = { org: 'org_a', seq: 1, at: '2026-11-23T00:00:00.000Z', prev: FIRST_PREV, event };
  const text = formatEntry(parts);
  t.match(parseEntry(text), { v: 1, seq: 1, prev: FIRST_PREV, event: { act: 'device.label' } });
  const hashes = [
    parts,
    { ...parts, org: 'org_b' },
    { ...parts, seq: 2 },
    { ...parts, at: '2026-11-23T00:00:00.001Z' },
    { ...parts, prev: FIRST_PREV.replace(/A$/, 'E') },
    { ...parts, event: event.replace('Ada', 'Eve') },
  ].map((one) => formatHash(hashEntry(formatEntry(one), hasher)));
  t.equal(new Set(hashes).size, hashes.length);
  t.throws(() => parseEntry(text.replace('{"v":1', '{ "v":1')), { code: 'E_CANON' });
  t.throws(() => parseEntry(text.replace('"seq":1', '"seq":1.5')), { code: 'E_SCHEMA' });
  t.throws(() => parseEntry('[]'), { code: 'E_SCHEMA' });
  t.throws(() => parseEntry(formatEntry({ ...parts, event: '"text"' })), { code: 'E_SCHEMA' });
});

t.test('a checkpoint that shrinks, or has another root at the same size, is a fork', async (t) => {
  const seen = { size: 5, root: 'a' };
  t.equal(findFork(seen, { size: 4, root: 'a' }), 'E_AUDIT_SHRUNK');
  t.equal(findFork(seen, { size: 5, root: 'b' }), 'E_AUDIT_FORK');
  t.equal(findFork(seen, seen), null);
  t.equal(findFork(seen, { size: 6, root: 'b' }), null);
});
