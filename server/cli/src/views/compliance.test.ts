// Proves what `muster compliance` draws, exports, and refuses to be asked.
import t from 'tap';
import type { ComplianceView, DeviceItem } from '../api/types.ts';
import { runCommandLine } from '../run.ts';
import { startServer } from '../testing/server.ts';
import { createFakeTerminal } from '../testing/terminal.ts';
import { formatShare, toCsv } from './compliance.ts';

process.env.TZ = 'UTC';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const counts = {
  ...{ error: 0, drifted: 1, applying: 0, repaired: 0, compliant: 999 },
  ...{ 'not-applicable': 0, exempt: 2, 'not-reporting': 0 },
};
const share = { met: 999, meant: 1000, counts };
const view: ComplianceView = {
  at: null,
  policies: [{ policy: 'ssh-baseline', ...share }],
  rules: [{ rule: 'no-root', title: 'Root does not sign in', severity: 'high', ...share }],
};
const item: DeviceItem = {
  ...{ policy: 'ssh-baseline', rule: 'no-root', item: 'ssh.PermitRootLogin', mode: 'enforce' },
  ...{ state: 'drifted', since: '2026-11-24T09:00:00.000Z', code: 'E_WINDOW', found: '=yes', wanted: 'no' },
  ...{ reason: 'No window is open.', done: [], title: 'Root', severity: 'high', remediation: 'Say no.' },
};
const id = `dev_${'a'.repeat(26)}`;

t.test('shares never round up to whole', async (t) => {
  t.equal(formatShare({ met: 9_999, meant: 10_000 }), '99.9 %');
  t.equal(formatShare({ met: 10_000, meant: 10_000 }), '100.0 %');
  t.equal(formatShare({ met: 0, meant: 0 }), '–');
  t.equal(toCsv([]), '');
});

t.test('policies, rules, devices of a rule, items of a device, and CSV', async (t) => {
  const server = await startServer(({ path }) => {
    if (path.startsWith('/api/v1/compliance/items'))
      return { json: { items: [{ deviceId: id, hostname: 'web-01', ...item }], next: null } };
    if (path.startsWith('/api/v1/compliance/trend'))
      return { json: { points: [{ at: '2026-11-24T00:00:00.000Z', met: 1, meant: 2 }] } };
    if (path.startsWith('/api/v1/compliance')) return { json: view };
    if (path.includes('/compliance'))
      return {
        json: { reportedAt: item.since, silentSince: '2026-11-24T10:00:00.000Z', items: [item], next: 'n' },
      };
    return { json: { items: [{ id, hostname: 'web-01' }], next: null } };
  });
  t.teardown(server.stop);
  const run = async (...words: string[]) => {
    const env = { MUSTER_URL: server.url, MUSTER_TOKEN: 'mat1.test' };
    const terminal = createFakeTerminal({ now: () => nowMs, env });
    const code = await runCommandLine(['compliance', ...words], terminal);
    return { code, out: terminal.out(), err: terminal.err() };
  };
  t.match((await run()).out, /ssh-baseline +99\.9 % +999 +1000 +0 +1 +0 +2/);
  t.match((await run('ssh-baseline')).out, /no-root +Root does not sign in +high +99\.9 %/);
  t.match((await run('ssh-baseline', 'no-root', '--state', 'drifted')).out, /web-01 +drifted +3 h ago +=yes/);
  const device = await run('--device', 'web-01', '--limit', '1');
  t.match(device.out, /ssh\.PermitRootLogin +drifted .*ssh-baseline\/no-root/);
  t.match(device.err, /It does not report since .*\n.*--all shows the others/);
  t.match((await run('--days', '7')).out, /2026-11-24.* 50\.0 % +1 +2/);
  t.match(
    (await run('ssh-baseline', '--csv')).out,
    /^rule,title,severity,met,meant,error,drifted.*\nno-root,/,
  );
  t.match((await run('--device', 'web-01', '--csv')).out, /,'=yes,/, 'no formula gets out');
  t.match(JSON.parse((await run('--json')).out), view);
  for (const words of [
    ['ssh-baseline', '--device', 'web-01'],
    ['--at', '3h', '--days', '7'],
    ['ssh-baseline', 'no-root', '--at', '3h'],
    ['--device', 'web-01', '--days', '7'],
    ['--state', 'drifted'],
    ['--state', 'well'],
  ])
    t.equal((await run(...words)).code, 2, words.join(' '));
});
