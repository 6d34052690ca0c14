// muster-verify on exports that are whole, and on everything that can be done to one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUDIT_CHECKPOINT_TYPE,
  createTreeRange,
  encodeBase64url,
  encodeUtf8,
  FIRST_PREV,
  formatEntry,
  formatHash,
  hashEntry,
  hashLeaf,
  proveConsistency,
  sealEnvelope,
  TRUST_TYPE,
  type TrustDocument,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { makeSigningKey, nodeCrypto, type SigningKey } from '../keys/signing-key.ts';
import { hashOfTrust } from './keys.ts';
import { runVerify } from './program.ts';

const ORG = `org_${'a'.repeat(26)}`;
const AT = '2026-11-23T00:00:00.000Z';

/** A server that keeps an audit: the same bytes as a real one writes. */
function createHouse() {
  const [root, first, second] = [makeSigningKey(), makeSigningKey(), makeSigningKey()];
  const keyOf = (key: SigningKey) => ({ scheme: 'ed25519' as const, key: encodeBase64url(key.publicKey) });
  const document: TrustDocument = {
    ...{ v: 1, org: ORG, version: 1, issuedAt: AT, mode: 'quickstart', policyEpoch: 1 },
    root: { threshold: 1, keys: [keyOf(root)] },
    signers: [
      {
        id: 'anna',
        name: 'Anna',
        kind: 'person',
        roles: ['request', 'approve'],
        kinds: ['*'],
        keys: [keyOf(makeSigningKey())],
      },
    ],
    ...{ serverKeys: [keyOf(first)], tlsPins: [], releaseKeys: [], rpIds: [], origins: [], classes: {} },
  };
  const seal = (type: string, body: object, key: SigningKey) =>
    sealEnvelope(type, encodeUtf8(JSON.stringify(body)), [key]);
  const trust = [
    seal(TRUST_TYPE, document, root),
    seal(TRUST_TYPE, { ...document, version: 2, serverKeys: [keyOf(second)] }, root),
  ];
  const eventOf = (at: number) =>
    JSON.stringify({
      ...{
        act: 'device.label',
        actor: { kind: 'person', id: 'per_a', name: 'Ada', address: '' },
        outcome: 'done',
      },
      ...{ code: '', subject: { kind: 'device', id: `dev_${at}`, name: '' }, detail: {}, requestId: '' },
    });
  return {
    trustHash: hashOfTrust(trust[0]),
    keys: { first, second },
    trust,
    checkpoint: (size: number, hash: string, key = second) =>
      seal(AUDIT_CHECKPOINT_TYPE, { v: 1, org: ORG, size, root: hash, at: AT }, key),
    eventOf,
    async write({ count = 20, every = 10, event = eventOf } = {}) {
      const leaves: Uint8Array[] = [];
      const rootOf = (from: number, size: number) => {
        const range = createTreeRange(nodeCrypto);
        for (const leaf of leaves.slice(from, from + size)) range.append(leaf);
        return range.root();
      };
      const read = async (from: number, size: number) => rootOf(from, size);
      const lines: object[] = [
        { t: 'audit', v: 1, org: ORG, from: 1, to: count, at: AT, prev: FIRST_PREV, parts: [] },
        ...trust.map((envelope) => ({ t: 'trust', envelope })),
      ];
      let prev = FIRST_PREV;
      for (let seq = 1; seq <= count; seq++) {
        const entry = formatEntry({ org: ORG, seq, at: AT, prev, event: event(seq) });
        const hash = hashEntry(entry, nodeCrypto);
        leaves.push(hashLeaf(hash, nodeCrypto));
        prev = formatHash(hash);
        lines.push({ t: 'entry', entry, hash: prev });
        if (seq % every !== 0 && seq !== count) continue;
        const before = seq % every === 0 ? seq - every : seq - (seq % every);
        if (before > 0) {
          const hashes = await proveConsistency({ first: before, second: seq }, { read, hasher: nodeCrypto });
          lines.push({ t: 'proof', from: before, to: seq, hashes: hashes.map(formatHash) });
        }
        // The first of several is by the key of the first trust document.
        const key = seq === every && count > every ? first : second;
        lines.push({ t: 'checkpoint', envelope: this.checkpoint(seq, formatHash(rootOf(0, seq)), key) });
      }
      lines.push({ t: 'end', entries: count });
      return lines.map((line) => JSON.stringify(line));
    },
    /** The export that begins with entry 11. */
    part(lines: readonly string[]) {
      const entries = lines.filter((line) => line.includes('"t":"entry"'));
      const ranges = [createTreeRange(nodeCrypto), createTreeRange(nodeCrypto)];
      // Ten are a part of eight and one of two.
      for (const [at, line] of entries.slice(0, 10).entries())
        ranges[at < 8 ? 0 : 1]?.append(hashLeaf(hashEntry(JSON.parse(line).entry, nodeCrypto), nodeCrypto));
      const last = lines.findLast((line) => line.includes('"t":"checkpoint"')) ?? '';
      const head = { t: 'audit', v: 1, org: ORG, from: 11, to: 20, at: AT };
      return [
        JSON.stringify({
          ...{ ...head, prev: JSON.parse(entries[9] ?? '{}').hash },
          parts: ranges.map((range) => formatHash(range.root())),
        }),
        ...lines.filter((line) => line.includes('"t":"trust"')),
        ...entries.slice(10),
        last,
        JSON.stringify({ t: 'end', entries: 10 }),
      ];
    },
    rootAt(lines: readonly string[], size: number) {
      const range = createTreeRange(nodeCrypto);
      for (const line of lines.filter((one) => one.includes('"t":"entry"')).slice(0, size))
        range.append(hashLeaf(hashEntry(JSON.parse(line).entry, nodeCrypto), nodeCrypto));
      return formatHash(range.root());
    },
  };
}

async function createBench(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-verify-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return async (lines: readonly string[], args: readonly string[], files: Record<string, unknown> = {}) => {
    const path = join(folder, 'audit.jsonl');
    await writeFile(path, `${lines.join('\n')}\n`);
    for (const [name, value] of Object.entries(files))
      await writeFile(join(folder, name), JSON.stringify(value));
    const out: string[] = [];
    const output = { write: (text: string) => out.push(text) };
    const named = args.map((arg) => (arg in files ? join(folder, arg) : arg));
    const code = await runVerify([path, ...named], { stdout: output, stderr: output });
    return { code, text: out.join('') };
  };
}

t.test('a whole export holds, by hash, document or key, and says what it cannot know', async (t) => {
  const house = createHouse();
  const verify = await createBench(t);
  const lines = await house.write();
  const good = await verify(lines, ['--trust-hash', house.trustHash]);
  t.equal(good.code, 0, good.text);
  t.match(good.text, /Everything holds: 20 entries \(1 to 20\).*2 signed checkpoints/);
  t.match(good.text, /No device was asked/);
  t.equal((await verify(lines, ['--trust', 'first.json'], { 'first.json': house.trust[0] })).code, 0);
  t.equal((await verify(lines, ['--trust', 'c.json'], { 'c.json': { envelopes: house.trust } })).code, 0);
  const keys = [house.keys.first, house.keys.second].flatMap(({ publicKey }) => [
    '--server-key',
    encodeBase64url(publicKey),
  ]);
  t.equal((await verify(lines, keys)).code, 0);
  const loose = await verify(lines, ['--unanchored', '--json']);
  t.match(JSON.parse(loose.text), { isAnchored: false, faultCount: 0, entries: 20 });
  t.match((await verify(lines, ['--unanchored'])).text, /made it up as a whole/);
});

t.test('the command line says what it wants', async (t) => {
  const verify = await createBench(t);
  t.match(await verify([], []), { code: 2, text: /Say whose audit it is/ });
  t.match(await verify([], ['--help']), { code: 0, text: /muster-verify audit.jsonl/ });
  t.match(await verify([], ['--nonsense']), { code: 2 });
  t.match(await verify([], ['second']), { code: 2, text: /one export/ });
  t.match(await verify([], ['--unanchored', '--witness', '/nowhere/x']), { code: 3, text: /cannot be read/ });
  t.match(await verify([], ['--unanchored']), { code: 1, text: /empty/ });
});

t.test('every tampering with an export is found', async (t) => {
  const house = createHouse();
  const verify = await createBench(t);
  const lines = await house.write();
  const anchor = ['--trust-hash', house.trustHash];
  const entryAt = 3;
  const swap = (list: readonly string[], a: number, b: number) =>
    list.map((line, at) => (at === a ? (list[b] ?? '') : at === b ? (list[a] ?? '') : line));
  const rehash = (line: string) => {
    const { entry } = JSON.parse(line);
    return JSON.stringify({ t: 'entry', entry, hash: formatHash(hashEntry(entry, nodeCrypto)) });
  };
  const edited = lines.map((line, at) => (at === entryAt + 4 ? line.replace('per_a', 'per_b') : line));
  const cut = lines.slice(0, lines.findIndex((line) => line.includes('"t":"checkpoint"')) + 1);
  const cases: Record<string, readonly string[]> = {
    edited,
    'edited, with its hash': edited.map((line, at) => (at === entryAt + 4 ? rehash(line) : line)),
    deleted: lines.filter((_, at) => at !== entryAt + 4),
    doubled: lines.flatMap((line, at) => (at === entryAt + 4 ? [line, line] : [line])),
    reordered: swap(lines, entryAt + 1, entryAt + 2),
    'without its end': lines.slice(0, -1),
    'cut at a checkpoint': cut,
    'cut at a checkpoint, with an end': [...cut, JSON.stringify({ t: 'end', entries: 10 })],
    'without the last checkpoint': lines.filter((_, at) => at !== lines.length - 2),
    'without the first checkpoint': lines.filter((_, at) => at !== cut.length - 1),
    'without proofs': lines.filter((line) => !line.includes('"t":"proof"')),
    'with a line behind the end': [...lines, lines[entryAt] ?? ''],
    'with rubbish': [...lines.slice(0, 5), '{{', ...lines.slice(5)],
    'with a line of another kind': [...lines.slice(0, 5), '{"t":"more"}', ...lines.slice(5)],
    'without its first line': lines.slice(1),
    'with another beginning': [(lines[0] ?? '').replace('"from":1', '"from":2'), ...lines.slice(1)],
    'of another organization': lines.map((line) => line.replaceAll(ORG, `org_${'b'.repeat(26)}`)),
    'without trust documents': lines.filter((line) => !line.includes('"t":"trust"')),
  };
  for (const [name, tampered] of Object.entries(cases)) {
    const { code, text } = await verify(tampered, anchor);
    t.equal(code, 1, `${name}: ${text.split('\n')[1]}`);
  }
  // A thief of the database makes everything anew, but not the signatures.
  const thief = createHouse();
  const forged = await thief.write();
  t.equal((await verify(forged, anchor)).code, 1, 'another server');
  const mixed = [forged[0] ?? '', ...lines.slice(1, 3), ...forged.slice(3)];
  t.match(await verify(mixed, anchor), { code: 1, text: /not signed by the server/ });
});

t.test('devices that saw more, or something else, convict', async (t) => {
  const house = createHouse();
  const verify = await createBench(t);
  const anchor = ['--trust-hash', house.trustHash];
  const lines = await house.write();
  const seen = (size: number, root: string) => ({
    witness: { newest: { envelope: house.checkpoint(size, root) }, alarm: null },
  });
  const agrees = seen(20, house.rootAt(lines, 20));
  const files = { 'a.json': agrees, 'b.json': seen(13, house.rootAt(lines, 13)) };
  const good = await verify(lines, [...anchor, '--witness', 'a.json', '--witness', 'b.json'], files);
  t.match(good, { code: 0, text: /2 seen by devices/ });

  const short = await house.write({ count: 10 });
  t.equal((await verify(short, anchor)).code, 0, 'nothing in it tells that it was cut');
  const convicted = await verify(short, [...anchor, '--witness', 'a.json'], files);
  t.match(convicted, { code: 1, text: /saw 20 entries, and the export ends with entry 10/ });

  const other = await house.write({ event: (at) => house.eventOf(at + 1_000) });
  t.equal((await verify(other, anchor)).code, 0, 'the owner of the server key can write another history');
  const rewritten = await verify(other, [...anchor, '--witness', 'b.json'], files);
  t.match(rewritten, { code: 1, text: /b\.json saw other entries up to 13/ });

  const fork = { 'a.json': agrees, 'c.json': seen(20, house.rootAt(other, 20)) };
  const both = await verify(lines, [...anchor, '--witness', 'a.json', '--witness', 'c.json'], fork);
  t.match(both, { code: 1, text: /showed two histories: .*a\.json and .*c\.json/ });

  const alarm = {
    witness: {
      newest: agrees.witness.newest,
      alarm: { shown: { envelope: house.checkpoint(20, house.rootAt(other, 20)) } },
    },
  };
  t.match(await verify(lines, [...anchor, '--witness', 'd.json'], { 'd.json': alarm }), {
    code: 1,
    text: /two histories/,
  });
  const forged = { witness: { newest: { envelope: house.checkpoint(9, 'A'.repeat(43), makeSigningKey()) } } };
  t.match(await verify(lines, [...anchor, '--witness', 'e.json'], { 'e.json': forged }), {
    code: 1,
    text: /did not sign/,
  });
  t.match(await verify(lines, [...anchor, '--witness', 'f.json'], { 'f.json': {} }), {
    code: 1,
    text: /no checkpoint/,
  });
});

t.test('a key that was replaced signs no history any more', async (t) => {
  const house = createHouse();
  const verify = await createBench(t);
  const anchor = ['--trust-hash', house.trustHash];
  const lines = await house.write();
  const { first } = house.keys;
  const at = (lines: readonly string[], nth: number) =>
    lines.flatMap((line, at) => (line.includes('"t":"checkpoint"') ? [at] : [])).at(nth) ?? 0;
  const resign = (lines: readonly string[], nth: number, size: number) =>
    lines.with(
      at(lines, nth),
      JSON.stringify({ t: 'checkpoint', envelope: house.checkpoint(size, house.rootAt(lines, size), first) }),
    );
  // The thief of the old key writes another history and signs all of it.
  const other = await house.write({ event: (seq) => house.eventOf(seq + 1_000) });
  t.match(await verify(resign(other, -1, 20), anchor), {
    code: 1,
    text: /key that trust version 2 does not list/,
  });
  const long = await house.write({ count: 30 });
  t.match(
    await verify(resign(long, -1, 30), anchor),
    { code: 1, text: /not signed by the server/ },
    'never back',
  );
  // He leaves the newer document out: then only who knows of it can tell.
  const without = resign(other, -1, 20).filter((_, line) => line !== 2);
  t.equal((await verify(without, anchor)).code, 0);
  t.match(await verify(without, [...anchor, '--trust-version', '2']), { code: 1, text: /up to version 1/ });
  t.equal((await verify(lines, [...anchor, '--trust-version', '2'])).code, 0);
  // What ends before the key was replaced is verified when the version of that time is named.
  const early = resign(await house.write({ count: 10 }), -1, 10);
  t.match(await verify(early, anchor), { code: 1, text: /--trust-version/ });
  t.equal((await verify(early, [...anchor, '--trust-version', '1'])).code, 0);
  t.match(await verify(early, [...anchor, '--trust-version', 'x']), { code: 2 });
  t.match(await verify(early, ['--server-key', 'A'.repeat(43), '--trust-version', '2']), {
    code: 2,
    text: /give one of them/,
  });
});

t.test('testimony that cannot be compared is a fault, and never counted', async (t) => {
  const house = createHouse();
  const verify = await createBench(t);
  const anchor = ['--trust-hash', house.trustHash];
  const lines = await house.write();
  const part = house.part(lines);
  const keep = (size: number, from: readonly string[] = lines) => ({
    envelope: house.checkpoint(size, house.rootAt(from, size)),
  });
  const ask = (lines: readonly string[], witness: object) =>
    verify(lines, [...anchor, '--witness', 'a.json'], { 'a.json': { witness } });
  t.match(await verify(part, anchor), { code: 0, text: /10 entries \(11 to 20\)/ });
  t.match(await ask(part, { newest: keep(20) }), { code: 0, text: /1 seen by devices/ });
  t.match(await ask(part, { newest: keep(10) }), { code: 0, text: /1 seen by devices/ }, 'where it begins');
  const other = await house.write({ event: (seq) => house.eventOf(seq + 1_000) });
  const early = await ask(part, { newest: keep(5, other) });
  t.match(early, { code: 1, text: /0 seen by devices\.\n.*a\.json saw 5 entries.*export from 1/ });
  t.match(await ask(lines, { newest: keep(5, other) }), { code: 1, text: /saw other entries up to 5/ });

  const older = { newest: keep(20), older: [keep(3), keep(12)] };
  t.match(await ask(lines, older), { code: 0, text: /3 seen by devices/ });
  t.match(await ask(part, older), { code: 0, text: /2 seen by devices/ }, 'the device itself led them there');
  t.equal((await ask(part, { ...older, newest: keep(20, other) })).code, 1);
  t.equal((await ask(part, { ...older, unproven: { shown: keep(4, other) } })).code, 1);
  t.match(await ask(lines, { ...older, unproven: { shown: keep(18, other) } }), {
    code: 1,
    text: /up to 18/,
  });
});
