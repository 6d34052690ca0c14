// Proves how the set-up is judged: a certificate by its name and its end, the disk, the clock, and where the root key lies.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { judgeClock, judgeDisk, judgeRootKey, judgeTls } from './checks.ts';
import { systemClock } from './core/clock.ts';
import { ensureOwnTls } from './core/tls.ts';

t.test('a certificate must have the name that people use, and not end soon', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-checks-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const { cert } = await ensureOwnTls(folder, { names: ['muster.example'], clock: systemClock });
  const judge = (url: string, inDays = 0) => judgeTls(cert, url, Date.now() + inDays * 86_400_000);
  t.match(judge('https://muster.example:8443'), { state: 'good', reason: 'fits' });
  t.match(judge('https://other.example'), { state: 'bad', reason: 'name', value: 'other.example' });
  t.match(judge('http://muster.example'), { state: 'bad', reason: 'clear' });
  t.match(judge('https://muster.example', 10_000), { state: 'bad', reason: 'over' });
  const days = Math.floor((Date.parse(new Date(endOf(cert)).toISOString()) - Date.now()) / 86_400_000);
  t.match(judge('https://muster.example', days - 5), { state: 'warn', reason: 'soon' });
  t.match(judgeTls(null, 'https://muster.example', 0), { state: 'good', reason: 'proxy' });
});

function endOf(cert: string): number {
  for (let days = 0; ; days += 1) {
    const ms = Date.now() + days * 86_400_000;
    if (judgeTls(cert, 'https://muster.example', ms).reason === 'over') return ms;
  }
}

t.test('room, clock and root key are good, worth a look, or trouble', (t) => {
  const gib = 1024 ** 3;
  t.match(judgeDisk(50 * gib, 100 * gib), { state: 'good' });
  t.match(judgeDisk(8 * gib, 100 * gib), { state: 'warn', value: String(8 * gib) });
  t.match(judgeDisk(2 * gib, 100 * gib), { state: 'bad' });
  t.match(judgeDisk(gib / 2, gib), { state: 'bad' }, 'half of a little is little');
  const nobody = { devices: 0, middleMs: 0 };
  t.match(judgeClock(-40, nobody), { state: 'good' });
  t.match(judgeClock(-4_000, nobody), { state: 'warn', value: '-4000' });
  t.match(judgeClock(60_000, nobody), { state: 'bad' });
  t.match(judgeClock(0, { devices: 5, middleMs: -90_000 }), { state: 'bad', reason: 'devices' });
  t.match(judgeClock(0, { devices: 4, middleMs: -90_000 }), { state: 'good' }, 'a few may all be wrong');
  t.match(judgeClock(0, { devices: 50, middleMs: 900 }), { state: 'good', reason: 'agrees' });
  t.match(judgeRootKey('quickstart', []), { state: 'warn', reason: 'beside' });
  t.match(judgeRootKey('solo', ['A root key of the trust document lies beside the server, in root.pem']), {
    state: 'bad',
  });
  t.match(judgeRootKey('hardened', []), { state: 'good' });
  t.end();
});
