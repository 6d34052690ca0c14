// Tests of what stands between a person and his keys: key files, passphrases at the keyboard, and the sentences of a change of trust.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64url, isMusterError, pae, type TrustDocument } from '@muster/protocol';
import t from 'tap';
import { fieldsOf, parseArgs } from '../jobs/fields.ts';
import { runCommandLine } from '../run.ts';
import { holdsAlways } from '../testing/chance.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { describeChanges } from '../trust/describe.ts';
import { draftNext, keyField } from '../trust/drafts.ts';
import { type KeyFile, openKey, parseKey, sealKey } from './key-file.ts';
import { makeSigningKey, nodeCrypto } from './signing-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-keys-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const nowMs = Date.UTC(2026, 10, 22, 12);
const PASSPHRASE = 'four plain English words';

t.test('a sealed key opens with its passphrase only, and only as it was sealed', async (t) => {
  const key = makeSigningKey();
  const file = await sealKey(key, { name: 'anna', passphrase: PASSPHRASE, nowMs });
  const text = JSON.stringify(file);
  t.notMatch(text, encodeBase64url(key.exportSeed()));
  const parsed = parseKey(text, 'a file');
  if (parsed.form !== 'file') throw new Error('not a file');
  const opened = await openKey(parsed.file, PASSPHRASE);
  const message = pae('a/b', new Uint8Array([1]));
  t.ok(nodeCrypto.verifyEd25519(key.publicKey, message, opened.sign(message)));
  const wrong: [KeyFile, string | null][] = [
    [file, `${PASSPHRASE} `],
    [file, null],
    [{ ...file, name: 'berta' }, PASSPHRASE],
    [{ ...file, publicKey: encodeBase64url(makeSigningKey().publicKey) }, PASSPHRASE],
  ];
  for (const [other, passphrase] of wrong)
    await t.rejects(openKey(other, passphrase), {
      code: 'E_PASSPHRASE',
      message: 'The passphrase does not open this key; type it again.',
    });
});

t.test('a key file of another form is refused before any work is done for it', async (t) => {
  const bare = await sealKey(makeSigningKey(), { name: 'ci', passphrase: null, nowMs });
  t.same(parseKey(JSON.stringify(bare), 'x'), { form: 'file', file: bare });
  const sealed = {
    ...bare,
    protection: { kind: 'scrypt-aes-256-gcm', n: 2 ** 17, r: 8, p: 1, salt: 'x', nonce: 'x', sealed: 'x' },
  };
  t.ok(parseKey(JSON.stringify(sealed), 'x'));
  const damaged = [
    '',
    '{}',
    'null',
    '[]',
    JSON.stringify({ ...bare, v: 2 }),
    JSON.stringify({ ...bare, protection: { kind: 'rot13' } }),
    JSON.stringify({ ...sealed, protection: { ...sealed.protection, n: 2 ** 30 } }),
    JSON.stringify({ ...sealed, protection: { ...sealed.protection, r: 1e9 } }),
    JSON.stringify({ ...sealed, protection: { ...sealed.protection, p: 0 } }),
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    JSON.stringify({ ...bare, name: 'x'.repeat(9_000) }),
  ];
  for (const text of damaged) t.throws(() => parseKey(text, 'x'), { code: 'E_KEY_FILE' }, text.slice(0, 40));
});

t.test(
  'at the keyboard: a passphrase is typed twice, not shown, and never taken from an argument',
  async (t) => {
    const env = { MUSTER_KEYS: join(folder, 'typed'), NO_COLOR: '1' };
    /** Runs a line and types one text after the other, each when it is asked for. */
    async function type(line: string, ...answers: string[]) {
      const terminal = createFakeTerminal({ env, isTTY: true, now: () => nowMs });
      const done = runCommandLine(line.split(' '), terminal);
      for (const [at, answer] of answers.entries()) {
        while ((terminal.err().match(/: /g) ?? []).length <= at)
          await new Promise((next) => setTimeout(next, 5));
        terminal.type(`${answer}\r`);
      }
      return { code: await done, out: terminal.out(), err: terminal.err(), rawModes: terminal.rawModes };
    }
    t.match(await type('keys new --name me', PASSPHRASE, 'something else'), {
      code: 1,
      err: /differ.*E_PASSPHRASE/,
    });
    t.match(await type('keys new --name me', 'short', 'short'), { code: 1, err: /at least 12 characters/ });
    const made = await type('keys new --name me', PASSPHRASE, PASSPHRASE);
    t.equal(made.code, 0, made.err);
    t.same(made.rawModes, [true, false, true, false], 'without echo, and the terminal is as before');
    t.notMatch(made.err + made.out, 'English');
    const path = join(env.MUSTER_KEYS, 'me.key.json');
    t.equal(statSync(path).mode & 0o777, 0o600);
    t.match(await type(`keys new --name me`, PASSPHRASE, PASSPHRASE), {
      code: 1,
      err: /a file of that name already/,
    });
    t.match(await type(`keys new --passphrase ${PASSPHRASE.slice(0, 4)}`), {
      code: 2,
      err: /Unknown option '--passphrase'/,
    });
    t.match(await type('keys new --name ../me --no-passphrase'), {
      code: 2,
      err: /cannot be the name of a key/,
    });
    const robot = await type('keys new --name robot --no-passphrase');
    t.match(robot, { code: 0, err: /whoever reads the file can sign with it/, out: /Passphrase +none/ });
    t.match((await type('keys')).out, /^NAME[\s\S]*me +[0-9a-f]{16} +yes[\s\S]*robot +[0-9a-f]{16} +none/);
    t.match((await type('keys show me --json')).out, JSON.parse(readFileSync(path, 'utf8')).publicKey);
    writeFileSync(join(env.MUSTER_KEYS, 'broken.key.json'), '{}');
    t.match(await type('keys list'), { code: 1, err: /broken\.key\.json is not a key file/ });
  },
);

const field = () => keyField(encodeBase64url(makeSigningKey().publicKey));

function makeTrust(): TrustDocument {
  const signer = { id: 'anna', name: 'Anna', kind: 'person' as const, kinds: ['*'], keys: [field()] };
  return {
    ...{ v: 1, org: `org_${'a'.repeat(26)}`, version: 1, issuedAt: '2026-11-22T11:00:00.000Z', mode: 'solo' },
    root: { threshold: 1, keys: [field()] },
    signers: [{ ...signer, roles: ['request', 'approve', 'halt'] }],
    ...{
      serverKeys: [field()],
      tlsPins: [],
      releaseKeys: [],
      rpIds: [],
      origins: [],
      classes: {},
      policyEpoch: 1,
    },
  };
}

t.test('every change of a trust document is a sentence; nothing is signed unseen', async (t) => {
  const changes: [(next: TrustDocument) => void, RegExp][] = [
    [(next) => next.root.keys.push(field()), /root key .* is added: its holder can replace this document/],
    [(next) => Object.assign(next.root, { keys: [field()] }), /is no root key any more/],
    [
      (next) =>
        next.signers.push({
          ...signerOf(next),
          id: 'ci',
          kind: 'automation',
          roles: ['request'],
          keys: [field()],
        }),
      /ci \(Anna, automation\) becomes a signer/,
    ],
    [(next) => signerOf(next).keys.push(field()), /anna gets the key/],
    [(next) => Object.assign(signerOf(next), { name: 'Bob' }), /is called Bob, not Anna/],
    [
      (next) => Object.assign(signerOf(next), { kinds: ['service.*'] }),
      /may ask for commands.* for service\.\*; until now/,
    ],
    [(next) => next.serverKeys.push(field()), /The server may sign with the key/],
    [(next) => next.tlsPins.push('A'.repeat(43)), /Devices connect to the TLS key/],
    [(next) => next.releaseKeys.push(field()), /Agent builds signed by/],
    [
      (next) => Object.assign(next.classes, { 'power.reboot': 'destructive' }),
      /power\.reboot counts as destructive/,
    ],
    [(next) => Object.assign(next, { policyEpoch: 2 }), /All policies older than epoch 2 are void/],
    [(next) => next.rpIds.push('example.org'), /Passkeys of example\.org count \(rpIds\)/],
    [
      (next) => Object.assign(next, { rpIds: ['example.org'], origins: ['https://example.org'] }),
      /Passkeys of https:\/\/example\.org count \(origins\)/,
    ],
    [(next) => Object.assign(next, { mode: 'quickstart' }), /The mode becomes quickstart/],
  ];
  const before = makeTrust();
  for (const [change, expected] of changes) {
    const after = draftNext(before, change, nowMs);
    const lines = describeChanges(before, after);
    t.match(lines.join('\n'), expected);
    t.ok(lines.length >= 2, 'the change, and the version');
    t.equal(after.version, 2);
  }
  t.same(
    describeChanges(
      before,
      draftNext(before, () => undefined, nowMs),
    ).length,
    1,
  );
  t.equal(
    draftNext({ ...before, issuedAt: '2027-01-01T00:00:00.000Z' }, () => undefined, nowMs).issuedAt,
    '2027-01-01T00:00:00.000Z',
    'a clock that lags does not date it before the one in force',
  );
});

function signerOf({ signers }: TrustDocument) {
  const [first] = signers;
  if (first === undefined) throw new Error('no signer');
  return first;
}

t.test(
  'whatever is typed as parameters is read or refused with a sentence, and never anything else',
  async (t) => {
    const kinds = [
      'service.restart',
      'package.install',
      'script.run',
      'process.signal',
      'power.reboot',
    ] as const;
    const all = await Promise.all(kinds.map(async (kind) => ({ kind, fields: await fieldsOf(kind) })));
    const [one, ...more] = all;
    if (one === undefined) throw new Error('no kind');
    const names = ['name', 'packages', 'content', 'pid', 'signal', 'delayMs', '__proto__', 'x'] as const;
    t.ok(
      holdsAlways((chance) => {
        const { kind, fields } = chance.pick([one, ...more]);
        const words = Array.from({ length: chance.integer(0, 6) }, () =>
          chance.integer(0, 1) === 0 ? chance.text(12) : `${chance.pick([...names])}=${chance.text(12)}`,
        );
        try {
          const { args } = parseArgs(kind, fields, words);
          return fields.every(({ name }) => Object.hasOwn(args, name));
        } catch (error) {
          return isMusterError(error, 'E_USAGE') && !error.message.includes('undefined');
        }
      }),
    );
    t.same(parseArgs('power.reboot', all[4]?.fields ?? [], ['delayMs=2m']).args, {
      delayMs: 120_000,
      message: '',
    });
  },
);
