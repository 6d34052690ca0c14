// Proves that nobody bends the words a device lives by: not the server's key alone, and not one signer's against another's.
import { trustHash } from '@muster/protocol';
import {
  checkNotStopped,
  MAX_EARLY_MS,
  MAX_HALTS,
  MAX_SIGNER_HALTS,
  PRIVILEGED_FRESH_MS,
} from '@muster/protocol/commands';
import t from 'tap';
import { openLedger } from './ledger.ts';
import { MAX_AHEAD_MS, MAX_KEPT_HALTS } from './limits.ts';
import { createReports } from './reports.ts';
import {
  freshnessOf,
  haltIdOf,
  haltOf,
  liftOf,
  newServerKey,
  runOf,
  sealTrust,
} from './testing/documents.ts';
import { createSimulatedDisk, nodeCrypto, noFailpoint } from './testing/simulation.ts';
import { openWords } from './words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Words over a ledger on a disk in memory, with a clock in our hands. */
async function open() {
  const medium = { fails: false };
  const omits = () => {
    if (medium.fails) throw new Error('EIO');
    return false;
  };
  const { disk } = createSimulatedDisk({ random: () => 0.5, omits });
  const clock = { nowMs: Date.now(), monotonicMs: 1_000 };
  const alarms: string[] = [];
  const now = () => clock.nowMs;
  const ledgerDeps = {
    ...{ disk, failpoint: noFailpoint, now, monotonic: () => clock.monotonicMs },
    pause: async () => undefined,
    full: () => undefined,
    fatal: (error: unknown) => void alarms.push(`journal ${error}`),
  };
  const genesis = sealTrust(1);
  const org = `org_${'a'.repeat(26)}`;
  const hash = trustHash(Buffer.from(genesis.payload, 'base64url'), nodeCrypto);
  const pinned = { org, deviceId: 'dev', fingerprint: 'print', trustHash: hash, genesis };
  async function read() {
    const { ledger } = await openLedger(ledgerDeps);
    const words = openWords({
      ...{ ledger, pinned, crypto: nodeCrypto, now },
      moment: () => ({ bootId: 'boot', monotonicMs: clock.monotonicMs }),
      refused: (what, code) => alarms.push(`${what} ${code}`),
    });
    return { ledger, words };
  }
  return { clock, alarms, disk, medium, read, ...(await read()) };
}

type Scene = Awaited<ReturnType<typeof open>>;

function isHalted({ ledger, words }: Pick<Scene, 'ledger' | 'words'>): boolean {
  const freshness = words.freshness()?.freshness ?? null;
  const word = { halts: ledger.book.halts(), freshness, canceled: words.canceled() };
  try {
    checkNotStopped(
      { cmdId: 'any', kind: 'power.reboot' },
      { ...word, nowMs: words.nowMs(), clockMs: words.clockMs() },
    );
    return false;
  } catch {
    return true;
  }
}

t.test('words that lead push the time by a day at most, and end no halt', async (t) => {
  const scene = await open();
  const { clock, words, alarms } = scene;
  await words.takeFreshness(freshnessOf({ halts: [haltOf({ what: 'all' })] }));
  t.ok(isHalted(scene));
  for (let n = 1; n <= 20; n++)
    await words.takeFreshness(freshnessOf({ at: clock.nowMs + n * 23 * HOUR_MS }));
  t.ok(words.nowMs() <= clock.nowMs + MAX_AHEAD_MS, 'a day, however many words come');
  t.ok(alarms.includes('freshness E_TIME'));
  t.ok(isHalted(scene), 'the halt of an hour holds under a word that leads by 23');
  clock.nowMs += HOUR_MS + 60_000;
  t.notOk(isHalted(scene), 'it ends by the clock of the device');
});

t.test('a word that leads starts something an hour early at most, and stays fresh no longer', async (t) => {
  const scene = await open();
  const { clock, words } = scene;
  await words.takeFreshness(freshnessOf({ at: clock.nowMs + MAX_AHEAD_MS }));
  t.equal(words.nowMs(), clock.nowMs + MAX_AHEAD_MS);
  t.equal(words.startMs(), clock.nowMs + MAX_EARLY_MS);
  // A day later the word says of itself that it was just made.
  clock.nowMs += PRIVILEGED_FRESH_MS;
  t.equal(words.nowMs(), clock.nowMs);
  t.equal(words.heldMs(), PRIVILEGED_FRESH_MS, 'the device says how long it has had it');
  await scene.ledger.close();
  const { words: later } = await scene.read();
  t.equal(later.heldMs(), PRIVILEGED_FRESH_MS, 'also after a restart');
  const unset = await open();
  unset.clock.nowMs = 1_000;
  await unset.words.takeFreshness(freshnessOf({}));
  t.equal(unset.words.startMs(), unset.words.nowMs(), 'a clock that was never set judges nothing');
  t.equal((await open()).words.heldMs(), 0, 'without a word');
});

t.test('a clock that was never set takes words, and lets no halt end by them', async (t) => {
  const scene = await open();
  const { clock, words } = scene;
  const realMs = clock.nowMs;
  clock.nowMs = 1_000;
  await words.takeFreshness(freshnessOf({ halts: [haltOf({ what: 'all' })] }));
  t.ok(words.nowMs() >= realMs - 1_000, 'the word says the time');
  await words.takeFreshness(freshnessOf({ at: realMs + 30 * DAY_MS }));
  t.ok(isHalted(scene));
  t.same(scene.alarms, [], 'nothing was taken for dated ahead');
});

t.test('the time that a key has pushed falls when the key has left the trust document', async (t) => {
  const scene = await open();
  const { clock, words, alarms } = scene;
  const leadMs = clock.nowMs + 20 * HOUR_MS;
  await words.takeFreshness(freshnessOf({ at: leadMs }));
  t.equal(words.nowMs(), leadMs);
  await words.takeTrust([sealTrust(2), sealTrust(3)]);
  t.equal(words.nowMs(), clock.nowMs);
  t.equal(words.freshness(), null, 'its word is not fresh any more either');
  await words.takeFreshness(freshnessOf({ at: leadMs + 1 }));
  t.same(alarms.splice(0).length, 1, 'the old key says nothing any more');
  await words.takeFreshness(freshnessOf({ at: clock.nowMs, by: newServerKey, trustVersion: 3 }));
  t.same(alarms, []);
  t.equal(words.freshness()?.freshness.trustVersion, 3);
  await scene.ledger.close();
  const again = await scene.read();
  t.equal(again.words.freshness()?.freshness.trustVersion, 3, 'so it stands in the journal');
});

t.test('many halts of one signer push out nobody else, and none is dated ahead', async (t) => {
  const scene = await open();
  const { words, ledger, alarms } = scene;
  const theirs = haltOf({ what: 'all' });
  await words.takeFreshness(freshnessOf({ halts: [theirs] }));
  const harmless = { what: 'command', cmdId: `cmd_${'z'.repeat(26)}` } as const;
  for (let n = 0; n < MAX_KEPT_HALTS; n++)
    await words.takeFreshness(freshnessOf({ halts: [haltOf(harmless, { requester: 'ann' })] }));
  const kept = ledger.book.halts().filter(({ requester }) => requester === 'ann').length;
  t.equal(kept, MAX_SIGNER_HALTS);
  t.ok(alarms.includes('halt E_LIMIT'));
  t.ok(isHalted(scene), 'the other one holds');
  t.ok(ledger.book.halts().some(({ haltId }) => haltId === haltIdOf(theirs)));
  alarms.length = 0;
  const at = new Date(scene.clock.nowMs + 2 * HOUR_MS).toISOString();
  const until = new Date(scene.clock.nowMs + 3 * HOUR_MS).toISOString();
  await words.takeFreshness(freshnessOf({ halts: [haltOf({ what: 'all' }, { at, until })], names: [] }));
  t.same(alarms, ['halt E_TIME']);
});

t.test('a word is fresh only with the halts and the trust document that it names', async (t) => {
  const { words, alarms, ledger } = await open();
  const halt = haltOf({ what: 'all' });
  const at = Date.now();
  await words.takeFreshness(freshnessOf({ at, names: [haltIdOf(halt)] }));
  t.equal(words.freshness(), null);
  t.same(alarms.splice(0), ['freshness E_STALE']);
  await words.takeFreshness(freshnessOf({ at: at + 1, halts: [halt] }));
  t.ok(words.freshness(), 'with its halt it is taken');
  await words.takeFreshness(freshnessOf({ at: at + 2, names: [haltIdOf(halt)] }));
  t.same(alarms.splice(0), [], 'known from before');
  await words.takeFreshness(freshnessOf({ at: at + 3, trustVersion: 2, halts: [haltOf({ what: 'all' })] }));
  t.same(alarms.splice(0), ['freshness E_TRUST']);
  t.equal(ledger.book.halts().length, 2, 'what comes with it stops all the same');
  t.equal(words.freshness()?.freshness.trustVersion, 1);
  await words.takeTrust([sealTrust(2)]);
  t.equal(words.freshness()?.freshness.trustVersion, 2, 'taken once the document has come');
});

t.test(
  'what a word cancels stops at once, whatever the word lacks, and its word is taken when it can be',
  async (t) => {
    const id = `cmd_${'c'.repeat(26)}`;
    const scene = await open();
    const { words, alarms, clock } = scene;
    const isStopped = () => {
      try {
        const freshness = words.freshness()?.freshness ?? null;
        const word = { halts: [], freshness, canceled: words.canceled(), nowMs: clock.nowMs };
        checkNotStopped({ cmdId: id, kind: 'script.run' }, word);
        return false;
      } catch {
        return true;
      }
    };
    await words.takeFreshness(freshnessOf({ canceled: [id], names: [haltIdOf(haltOf({ what: 'all' }))] }));
    t.same(alarms.splice(0), ['freshness E_STALE']);
    t.ok(isStopped(), 'of a word whose halt is held back');
    t.equal(words.freshness(), null, 'which is no fresh word all the same');
    await words.takeFreshness(freshnessOf({ at: clock.nowMs + 1 }));
    t.notOk(isStopped(), 'the next word that is taken says what holds');
    await words.takeFreshness(freshnessOf({ at: clock.nowMs + 2, canceled: [id], trustVersion: 2 }));
    t.ok(isStopped(), 'of a word that waits for its trust document');
    // By the server key of version 3, which this device does not know yet.
    const byNewKey = { at: clock.nowMs + 3, canceled: [id], trustVersion: 3, by: newServerKey };
    await words.takeFreshness(freshnessOf({ at: clock.nowMs + 3 }));
    alarms.length = 0;
    await words.takeFreshness(freshnessOf(byNewKey));
    t.same(alarms.splice(0), ['freshness E_NOKEY']);
    t.notOk(isStopped(), 'nobody can tell who said it');
    await words.takeTrust([sealTrust(2), sealTrust(3)]);
    t.ok(isStopped(), 'with the documents it is taken, without being told again');
    t.equal(words.freshness()?.freshness.trustVersion, 3);
    t.same(alarms, []);
  },
);

t.test('a full number of halts gives way to what the same word lifts', async (t) => {
  const { words, alarms, ledger, clock } = await open();
  const harmless = { what: 'command', cmdId: `cmd_${'z'.repeat(26)}` } as const;
  const halts = Array.from({ length: MAX_SIGNER_HALTS }, () => haltOf(harmless));
  await words.takeFreshness(freshnessOf({ at: clock.nowMs, halts }));
  const [first, ...others] = halts;
  if (first === undefined) throw new Error('no halt');
  const next = haltOf({ what: 'all' });
  const word = freshnessOf({ at: clock.nowMs + 1, halts: [...others, next] });
  await words.takeFreshness({ ...word, lifts: [liftOf(haltIdOf(first))] });
  t.same(alarms, [], 'a device that was away hears of both at once');
  t.equal(ledger.book.halts().length, MAX_SIGNER_HALTS);
  t.ok(words.freshness()?.freshness.halts.includes(haltIdOf(next)));
  t.ok(MAX_HALTS < MAX_KEPT_HALTS, 'and holds all that a server takes');
});

t.test('a clock that leads for a while makes the device forget nothing', async (t) => {
  const { words, ledger, clock } = await open();
  await words.takeFreshness(freshnessOf({ halts: [haltOf({ what: 'all' })] }));
  const { book } = ledger;
  book.apply({ t: 'run', run: runOf('cmd', { digest: 'D', notAfterMs: clock.nowMs, confirmedN: 3 }) });
  clock.nowMs += 365 * DAY_MS;
  book.dump(clock.nowMs);
  t.ok(book.byDigest('D'), 'an order that ran is known');
  t.equal(book.halts().length, 1);
  await words.takeFreshness(freshnessOf({ at: clock.nowMs }));
  book.dump(clock.nowMs);
  t.equal(book.byDigest('D'), undefined, 'forgotten when the server says so too');
});

t.test(
  'what is not durable is told by nobody, and a journal that breaks is fatal wherever it is noticed',
  async (t) => {
    const { ledger, alarms, disk, medium } = await open();
    const said: string[] = [];
    const send = (message: { type: string }) => said.push(message.type) > 0;
    const reports = createReports({ ledger, disk, failpoint: noFailpoint, send });
    await ledger.write({ t: 'run', run: runOf('cmd', { state: 'accepted', n: 1 }) });
    const going = ledger.step('cmd', { said: { state: 'running', atMs: 1 } });
    reports.retell();
    reports.answer('cmd');
    t.same(said, []);
    await going;
    reports.retell();
    t.same(said, ['report']);
    const held = { path: 'spool/cmd.file/x', sha256: '', sizeBytes: 1 };
    await ledger.step('cmd', { said: { state: 'succeeded', atMs: 1 }, set: { file: held } });
    await reports.dropOldFiles(DAY_MS);
    t.ok(ledger.book.run('cmd')?.file, 'the server may fetch it for a day');
    await reports.dropOldFiles(DAY_MS + 1);
    t.equal(ledger.book.run('cmd')?.file, null);
    medium.fails = true;
    await t.rejects(ledger.write({ t: 'damaged', atMs: 1 }));
    t.match(alarms, [/journal Error: EIO/]);
  },
);
