// Compliance in the console, point 39 of the acceptance list: a real Chromium, a real server, and what two devices say of a policy.
// @needs chromium
import { writeFileSync } from 'node:fs';
import type { PolicyItem } from '@muster/protocol';
import t from 'tap';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { openActStage } from './act-stage.ts';
import { lookAt } from './look-at.ts';

t.setTimeout(BROWSER_FILE_MS);

const policy = `policy: base
title: What every machine keeps to
owner: me
mode: enforce
rules:
  - id: root
    title: Root does not sign in
    severity: high
    ssh: { option: PermitRootLogin, value: "no" }
  - id: ip
    title: No router
    sysctl: { key: net.ipv4.ip_forward, value: "0" }
`;

t.test('39: what of the fleet meets its policies', { skip: noBrowser }, async (t) => {
  const stage = await openActStage(t);
  const { page, tab, server, anna } = stage;
  // What runs this file from its source names functions by a helper of its own, which pages do not have.
  await page.context().addInitScript('globalThis.__name ??= (one) => one');
  await page.goto('/compliance');
  await page.getByText('No device has said anything about policies yet').waitFor();
  await lookAt(t, stage, 'compliance-empty');
  const file = anna.file('base.yaml');
  writeFileSync(file, policy);
  await anna.done(t, `apply -f ${file} --yes --reason first`);
  const { body } = await server.call<{ set: { digest: string } }>('/api/v1/policies');
  const at = new Date().toISOString();
  const item = (rule: string, about: string, words: Partial<PolicyItem>): PolicyItem => ({
    ...{ item: about, policy: 'base', rule, mode: 'enforce', state: 'compliant', code: null, since: at },
    ...{ found: 'no', wanted: 'no', reason: '', done: [], ...words },
  });
  /** A device that says how its two items stand. */
  async function tell(hostname: string, root: Partial<PolicyItem>): Promise<void> {
    const device = await enrollDevice(server.url, await server.enrollmentToken(), { hostname });
    const wire = await openDevice(server.url, device);
    t.teardown(() => wire.socket.terminate());
    const items = [item('root', 'ssh.PermitRootLogin', root), item('ip', 'sysctl.net.ipv4.ip_forward', {})];
    const set = body.set.digest;
    wire.send({ type: 'policy.report', seq: 1, at, set, reset: false, items, gone: [] });
  }
  await tell('web-01', {});
  await tell('web-02', {
    ...{ state: 'error', found: 'yes', code: 'E_REPAIR', reason: 'sshd does not take it.' },
    done: ['Wrote the option.'],
  });

  await t.test('policies, with their share', async (t) => {
    const row = page.getByRole('row').filter({ hasText: 'base' });
    await row.getByText('75 %, 3 of 4').waitFor();
    await row.getByText('1 fails').waitFor();
    await lookAt(t, stage, 'compliance');
    await page.goto('/');
    const card = page.locator('section').filter({ hasText: 'Policies are met' });
    await card.getByText('75 %, 3 of 4').waitFor();
    await card.getByRole('link', { name: 'All' }).click();
    await page.getByRole('link', { name: 'base', exact: true }).click();
  });

  await t.test('its rules, worst to see at once', async (t) => {
    const row = page.getByRole('row').filter({ hasText: 'Root does not sign in' });
    await row.getByText('high').waitFor();
    await row.getByText('50 %, 1 of 2').waitFor();
    await page.getByRole('row').filter({ hasText: 'No router' }).getByText('100 %, 2 of 2').waitFor();
    await lookAt(t, stage, 'compliance-policy');
    await row.getByRole('link', { name: 'root' }).click();
  });

  await t.test('the devices behind a rule, and what each found', async (t) => {
    await page.getByRole('row').filter({ hasText: 'web-01' }).getByText('holds', { exact: true }).waitFor();
    const bad = page.getByRole('row').filter({ hasText: 'web-02' });
    await bad.getByText('Found: yes. Wanted: no.').waitFor();
    await bad.getByText('sshd does not take it. (E_REPAIR)').waitFor();
    await bad.getByText('Wrote the option.').waitFor();
    await page.getByRole('combobox', { name: 'Only those that stand so' }).click();
    await page.getByRole('option', { name: 'fails' }).click();
    await page.getByRole('row').filter({ hasText: 'web-01' }).waitFor({ state: 'detached' });
    t.equal(new URL(page.url()).searchParams.get('state'), 'error', '20');
    await lookAt(t, stage, 'compliance-rule');
    await bad.getByRole('link', { name: 'web-02' }).click();
    await page
      .getByRole('region', { name: 'What does not hold' })
      .getByText('fails: ssh.PermitRootLogin')
      .waitFor();
    await page.goto('/compliance?policy=base&rule=root&state=exempt');
    await page.getByText('No device that you may see stands so.').waitFor();
    await page.goto('/compliance?policy=never-was');
    await page.getByText('No device has said anything about this policy.').waitFor();
    t.same(tab.foreign, [], '51');
    t.same(tab.complaints, []);
  });
});
