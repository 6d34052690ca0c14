// Policies of a device in the console, points 36, 38 and 39 of the acceptance list: what is wanted, why, what does not hold, and what the device holds.
// @needs chromium

import type { PolicyItem } from '@muster/protocol';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Tab } from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer } from '../../support/console.ts';
import { makePolicy, signPolicies } from '../../support/policies.ts';
import { reportAll } from '../../support/report.ts';
import { until } from '../../support/wait.ts';
import { findBareColors, findOverhang, findSmallTargets } from './acceptance-probes.ts';

t.setTimeout(BROWSER_FILE_MS);

const ssh = (id: string, value: string) => ({
  id,
  title: `Rule ${id}`,
  ssh: { option: 'PermitRootLogin', value },
});
const forward = (value: string) => ({
  id: 'ip',
  title: 'No router',
  remediation: 'Forward nothing.',
  sysctl: { key: 'net.ipv4.ip_forward', value },
});

const policies = [
  makePolicy('base', {
    ...{ mode: 'enforce', on: 'os.family == "debian"' },
    rules: [
      ssh('root', 'no'),
      forward('0'),
      { ...forward('1'), id: 'old', sysctl: { key: 'vm.a', value: '1' } },
    ],
    exceptions: [
      {
        ...{ rule: 'old', on: 'hostname == "web-01"', reason: 'It is old.', approvedBy: 'anna' },
        until: `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 19)}Z`,
      },
    ],
  }),
  makePolicy('exempt', { priority: 200, rules: [ssh('keys', 'prohibit-password')] }),
  makePolicy('router', { rules: [forward('1')] }),
  makePolicy('others', { on: 'label("role") == "db" && os.family == "debian"', rules: [ssh('db', 'no')] }),
  makePolicy('but-web', { except: 'hostname == "web-01"', rules: [ssh('web', 'yes')] }),
  makePolicy('of-group', { on: 'group("web servers")', rules: [ssh('group', 'yes')] }),
];

async function post(server: ConsoleServer, path: string, body: object): Promise<string> {
  const {
    status,
    text,
    body: answer,
  } = await server.call<{ id?: string }>(`/api/v1${path}`, { method: 'POST', body });
  if (status !== 200 && status !== 201) throw new Error(`${path}: ${status} ${text}`);
  return answer.id ?? '';
}

/** Both themes and a telephone, each loaded anew by the address. */
async function lookAt(t: Test, { page, settled, picture, axe }: Tab, name: string): Promise<void> {
  const show = async (colorScheme: 'light' | 'dark', width: number) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    await page.reload();
    await settled();
    await picture(`${name}-${colorScheme}-${width}`);
  };
  await show('dark', 1_280);
  t.same(await axe(), [], `44: ${name}, dark`);
  await show('light', 360);
  t.same(await findOverhang(page), [], `50: ${name} on a telephone`);
  await show('light', 1_280);
  t.same(await axe(), [], `44: ${name}, light`);
  t.same(await findSmallTargets(page), [], `44: targets of ${name}`);
  t.same(await findBareColors(page), [], `45: colors of ${name}`);
}

t.test('the policies of a device', { skip: noBrowser }, async (t) => {
  const server = await startConsoleServer(t);
  const browser = await startBrowser(t);
  const visitor = await browser.visit({ url: server.site });
  const tab = await setUpFirst(server, visitor);
  const { page } = tab;
  await page.context().addInitScript('globalThis.__name ??= (one) => one');
  const device = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname: 'web-01' });
  const wire = await openDevice(server.url, device);
  t.teardown(() => wire.socket.terminate());
  await reportAll(wire, 'web-01');
  await until('its inventory is known', async () => {
    const { body } = await server.call<{ facts: { packages: number | null } | null }>(
      `/api/v1/devices/${device.id}`,
    );
    return body.facts?.packages === 3;
  });
  const place = `/devices/${device.id}?tab=policies`;
  const wanted = page.getByRole('region', { name: 'What policies want of it' });
  const held = page.getByRole('region', { name: 'Policies on this device' });
  const row = (item: string) => wanted.getByRole('row').filter({ hasText: item }).first();

  await t.test('without policies it says so', async (t) => {
    await page.goto(place);
    await wanted.getByText('No policies are in force').waitFor();
    await held.getByText(/It has not said yet that it holds policies/).waitFor();
    t.same(await tab.axe(), []);
  });

  const group = await post(server, '/groups', { name: 'web servers', expression: 'label("role") == "web"' });
  await post(server, '/policies/sets', await signPolicies(server, policies));

  await t.test('36: each item with what is wanted, and why beside it', async (t) => {
    await page.goto(place);
    await row('ssh.PermitRootLogin').getByText('PermitRootLogin is prohibit-password').waitFor();
    await row('ssh.PermitRootLogin').getByText('exempt/keys').waitFor();
    await row('net.ipv4.ip_forward').getByText('undecided').waitFor();
    await wanted.getByText(/^1 item is undecided/).waitFor();
    await page.getByRole('button', { name: 'Why ssh.PermitRootLogin' }).click();
    const why = page.getByRole('list', { name: 'Why ssh.PermitRootLogin' });
    const lines = why.locator('> li');
    await lines.first().getByText('wins').waitFor();
    const base = lines.filter({ hasText: 'base/root' });
    await base.getByText('outranked by a higher priority').waitFor();
    await base.getByText(/raised from 100 to 201/).waitFor();
    const others = lines.filter({ hasText: 'others/db' });
    await others.getByText('its policy is not for this device').waitFor();
    t.match(
      await others.textContent(),
      /label\("role"\).*label\("role"\) = ""/s,
      'with the value that was read',
    );
    t.match(new URL(page.url()).searchParams.get('item'), /ssh\.PermitRootLogin/, '20');
    await lookAt(t, tab, 'device-policies');
    await why.waitFor();
    await page.getByRole('button', { name: 'Why sysctl.vm.a' }).click();
    const left = page.getByRole('list', { name: 'Why sysctl.vm.a' });
    await left.getByText('left alone for a time, by an exception').waitFor();
    await left.getByText(/^Exempt until .*, approved by anna: It is old\. It counts again/).waitFor();
    await lookAt(t, tab, 'device-policies-exempt');
  });

  await t.test('38: what is not for it, with what is false; and an expression tried at once', async (t) => {
    const absent = page.getByRole('region', { name: 'Policies that are not for this device' });
    await absent.getByText('3 policies in force say nothing here').waitFor();
    const of = (name: string) =>
      absent
        .locator('section ul > li, ul > li')
        .filter({ hasText: `${name}: ` })
        .first();
    await of('others').getByText('it is for other devices.').waitFor();
    await of('but-web').getByText('it leaves this device out.').waitFor();
    t.match(await of('but-web').textContent(), /hostname = "web-01"/);
    const trial = page.getByRole('region', { name: 'Try an expression on this device' });
    await trial.getByLabel('Expression').fill('os.family == "rhel"');
    await trial.getByText('"debian"').waitFor();
    await server.call(`/api/v1/groups/${group}`, { method: 'DELETE' });
    await page.goto(place);
    await of('of-group')
      .getByText(/it names the group web servers, which is gone/)
      .waitFor();
  });

  await t.test('39: what does not hold, with its remedy, as the device says', async (t) => {
    const standing = page.getByRole('region', { name: 'What does not hold' });
    await standing.getByText('It has not said yet how its items stand.').waitFor();
    const { body } = await server.call<{ set: { digest: string } }>('/api/v1/policies');
    const at = new Date().toISOString();
    const item = (rule: string, about: string, words: Partial<PolicyItem>): PolicyItem => ({
      ...{ item: about, policy: 'base', rule, mode: 'enforce', state: 'exempt', code: null, since: at },
      ...{ found: '1', wanted: '0', reason: '', done: [], ...words },
    });
    const items = [
      item('ip', 'sysctl.net.ipv4.ip_forward', {
        ...{ state: 'drifted', code: 'E_WINDOW', reason: 'No window is open.' },
      }),
      item('old', 'sysctl.vm.a', {}),
    ];
    const tell = (seq: number, said: readonly PolicyItem[]) =>
      wire.send({
        type: 'policy.report',
        seq,
        at,
        set: body.set.digest,
        reset: false,
        items: said,
        gone: [],
      });
    tell(800, items);
    const line = standing.getByRole('listitem');
    await line.getByText('does not hold: sysctl.net.ipv4.ip_forward').waitFor();
    await line.getByText('Found: 1. Wanted: 0.').waitFor();
    await line.getByText('No window is open. (E_WINDOW)').waitFor();
    await line.getByText('Remedy: Forward nothing.').waitFor();
    t.equal(await line.count(), 1, 'what is exempt does not fail');
    await lookAt(t, tab, 'device-policies-standing');
    tell(801, [
      item('ip', 'sysctl.net.ipv4.ip_forward', { state: 'repaired', found: '0', done: ['Set it.'] }),
    ]);
    await standing.getByText('All that its policies want of it holds, or does not apply.').waitFor();
  });

  await t.test('what the device holds, in words', async (t) => {
    const { body } = await server.call<{ set: { digest: string; epoch: number; version: number } }>(
      '/api/v1/policies',
    );
    const { epoch, version, digest } = body.set;
    const at = new Date().toISOString();
    const set = { epoch, version, digest, policies: policies.length, unsigned: 1 };
    wire.send({ type: 'policy.state', seq: 900, at, held: set, code: null });
    await held.getByText('It holds set 1 with 6 policies: the set in force').waitFor();
    await held.getByText(/^1 of them says nothing there/).waitFor();
    wire.send({ type: 'policy.state', seq: 901, at, held: null, code: 'E_DISK_FULL' });
    await held.getByText('It holds no set of policies').waitFor();
    await held.getByText(/\(E_DISK_FULL\): there is no room on its disk\. Make some/).waitFor();
    t.same(tab.foreign, [], '51');
    t.same(tab.complaints, []);
  });
});
