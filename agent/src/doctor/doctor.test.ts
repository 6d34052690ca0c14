// What the doctor says of clocks and disks, which no test can set: the rest is proven with the program itself, beside a real server.
import type { StatsFs } from 'node:fs';
import { CAPABILITY, type TrustState } from '@muster/protocol';
import t from 'tap';
import { loadConfig } from '../config.ts';
import type { Greeted } from '../connection/opening.ts';
import { createFiles } from '../platform/files.ts';
import { formatFinding } from './finding.ts';
import { checkDisk } from './place.ts';
import { parseTarget } from './reach.ts';
import { judgeClock, judgeTrust } from './server.ts';

const greeted: Greeted = {
  hello: {
    ...{ type: 'hello', v: CAPABILITY, org: 'org', nonce: '', trustVersion: 1 },
    at: new Date().toISOString(),
  },
  transport: { exporter: new Uint8Array(0), pins: [] },
  inbox: { next: () => Promise.reject(new Error('nothing comes')), handOver: () => undefined },
};

t.test('a clock that is a little off passes, one that is far off is named with its fix', async (t) => {
  const judge = (offsetMs: number) => judgeClock({ greeted, offsetMs });
  t.match(judge(2_000), { verdict: 'ok', said: /2 s behind/, fix: null });
  t.match(judge(-90_000), { verdict: 'warn', said: /90 s ahead of/, fix: /timedatectl set-ntp true/ });
  t.match(judge(3 * 86_400_000), { verdict: 'fail', said: /259200 s behind/, fix: /timedatectl/ });
  const why = 'it cannot be reached.';
  t.match(judgeClock({ greeted: null, why, isAsked: false }), { verdict: 'skip', said: /cannot be reached/ });
});

t.test('a key is said to be shown only where one was compared', (t) => {
  const document = { org: 'org', version: 1, tlsPins: ['pin'] };
  const trust = { document } as unknown as TrustState;
  const judge = (pins: string[]) =>
    judgeTrust(trust, { greeted: { ...greeted, transport: { ...greeted.transport, pins } }, offsetMs: 0 });
  t.match(judge(['pin']), { verdict: 'ok', said: /and the server shows its key/ });
  t.match(judge([]), { verdict: 'ok', said: /; no pinned key protects this connection/ });
  t.end();
});

t.test('a disk with room passes; one with little room, none, or no place for files is named', async (t) => {
  const config = loadConfig({ file: null, env: {}, flags: { 'state-dir': '/nowhere/at/all' } });
  const examine = (disk: Partial<StatsFs>) => {
    const facts = { bsize: 4_096, files: 100, ffree: 50, ...disk } as StatsFs;
    return checkDisk({ ...createFiles(), statFilesystem: async () => facts }, config);
  };
  t.match(await examine({ bavail: 1_000_000 }), { verdict: 'ok', said: /3906 MiB are free where \/ lies/ });
  t.match(await examine({ bavail: 30_000 }), { verdict: 'warn', fix: /df -h \// });
  t.match(await examine({ bavail: 10 }), { verdict: 'fail', fix: /free some space/ });
  t.match(await examine({ bavail: 1_000_000, ffree: 0 }), { verdict: 'fail', fix: /inode/ });
  t.match(await examine({ bavail: 1_000_000, files: 0, ffree: 0 }), { verdict: 'ok' }, 'btrfs counts none');
});

t.test('a finding is a line, with its fix below; targets know their ports', async (t) => {
  const finding = await checkDisk(createFiles(), loadConfig({ file: null, env: {}, flags: {} }));
  t.match(
    formatFinding({ ...finding, verdict: 'fail', fix: 'do this' }),
    /^fail {2}Disk {9}\d+ MiB.*\n {19}Fix: do this$/,
  );
  t.match(parseTarget('https://[::1]'), { host: '::1', port: 443, hasTls: true });
  t.match(parseTarget('http://muster.example:80'), { host: 'muster.example', port: 80, hasTls: false });
});
