// The pages of policies, points 36 to 41 of the acceptance list: a real Chromium, a real server, and the command line that signs.
// @needs chromium
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { readCopied } from '../../support/shown.ts';
import { type ActStage, openActStage } from './act-stage.ts';
import { lookAt } from './look-at.ts';

t.setTimeout(BROWSER_FILE_MS);

const first = `policy: ssh-baseline
title: Remote shells of servers
owner: security@example.com
mode: enforce
on: label("role") == "server"
except: hostname == "bastion"
rules:
  - id: no-root
    title: Root does not sign in over SSH
    why: Whoever guesses one password would own the machine.
    severity: high
    references: [CIS Debian 12 5.1.20]
    remediation: Set PermitRootLogin to no and reload sshd.
    ssh: { option: PermitRootLogin, value: "no" }
  - id: forwarding-off
    title: The machine is no router
    when: virtual
    mode: audit
    override: true
    sysctl: { key: net.ipv4.ip_forward, value: "0" }
`;

t.test('policies in the console', { skip: noBrowser }, async (t) => {
  const stage = await openActStage(t);
  const { page, tab, anna } = stage;
  // What runs this file from its source names functions by a helper of its own, which pages do not have.
  await page.context().addInitScript('globalThis.__name ??= (one) => one');
  const file = anna.file('policies.yaml');
  const apply = async (text: string, reason: string) => {
    writeFileSync(file, text);
    await anna.done(t, `apply -f ${file} --yes --reason '${reason}'`);
  };

  await t.test('16: without policies the page says how to begin', async (t) => {
    await page.goto('/policies');
    await page.getByText('No policies are in force yet').waitFor();
    await lookAt(t, stage, 'policies-empty');
    await page.getByRole('button', { name: 'Copy the command' }).first().click();
    t.equal(await readCopied(page, 'muster plan -f policies'), 'muster plan -f policies');
  });

  await t.test('what is in force: for whom, by whom, and who holds it', async (t) => {
    for (const hostname of ['web-01', 'bastion']) {
      const { id } = await stage.device(hostname, () => null);
      const body = { labels: { role: 'server' } };
      await stage.server.call(`/api/v1/devices/${id}`, { method: 'PATCH', body });
    }
    await apply(first, 'root off, ticket 4711');
    await page.goto('/policies');
    const row = page.getByRole('row').filter({ hasText: 'ssh-baseline' });
    for (const words of [
      'Remote shells of servers',
      'Answers for it: security@example.com',
      'enforce',
      'label("role") == "server"',
      'hostname == "bastion"',
      'anna',
    ])
      await row.getByText(words).first().waitFor();
    await page.getByText('Set 1 is in force').waitFor();
    await page.getByText('Why: root off, ticket 4711').waitFor();
    const holders = page.getByRole('group', { name: 'Devices that hold it' });
    await holders.getByText('0 of 2 hold exactly this set').waitFor();
    await holders.getByText('2 hold none, or never said').waitFor();
    await lookAt(t, stage, 'policies');
  });

  await t.test('its rules with why, severity, remedy and references; read-only, by its file', (t) =>
    readOne(t, stage, file),
  );

  await t.test('41: history: who, when, why, what changed, and the way back, which works', (t) =>
    goThroughHistory(t, stage, apply),
  );

  await t.test('a policy that never was, a version that never was, and one taken out of force', async (t) => {
    await page.goto('/policies/never-was');
    await page.getByText('There never was a policy of the name never-was.').waitFor();
    await page.goto(`/policies/ssh-baseline?revision=${'A'.repeat(43)}`);
    await page.getByText('version 3, in force').waitFor();
    await anna.done(t, `apply --none --yes --reason 'all off'`);
    await page.goto('/policies');
    await page.getByText('The set in force names no policy').waitFor();
    await page.goto('/policies/ssh-baseline');
    await page.getByText('No version of this policy is in force; it was taken out.').waitFor();
    await page.getByText('version 3, not in force').waitFor();
  });

  await t.test('51: nothing was asked of another host, and nothing was complained about', async (t) => {
    t.same(tab.foreign, []);
    t.same(tab.complaints, []);
  });
});

async function readOne(t: Test, stage: ActStage, file: string): Promise<void> {
  const { page } = stage;
  await page.getByRole('link', { name: 'ssh-baseline' }).click();
  await page.getByRole('heading', { level: 1, name: 'ssh-baseline' }).waitFor();
  await page.getByText('version 1, in force').waitFor();
  const rules = page.getByRole('region', { name: 'Rules' });
  const root = rules.getByRole('listitem').filter({ hasText: 'no-root' }).first();
  for (const words of [
    'Root does not sign in over SSH',
    'Why: Whoever guesses one password would own the machine.',
    'high',
    'PermitRootLogin is no',
    'By hand: Set PermitRootLogin to no and reload sshd.',
    'References: CIS Debian 12 5.1.20',
  ])
    await root.getByText(words, { exact: true }).first().waitFor();
  const second = rules.getByRole('listitem').filter({ hasText: 'forwarding-off' }).first();
  for (const words of ['medium', 'audit', 'override', 'virtual'])
    await second.getByText(words, { exact: true }).waitFor();
  await second.getByText('Nobody has written why.').waitFor();
  await lookAt(t, stage, 'policy-rules');
  await page.getByRole('link', { name: 'Show these devices' }).click();
  await page.waitForURL(/\/devices\?on=/);
  await page.getByRole('link', { name: 'web-01' }).waitFor();
  await page.getByText('1 row', { exact: true }).waitFor();
  await page.goBack();
  await page.getByRole('tab', { name: 'File' }).click();
  await page.getByText('The policy as it was signed, read-only').waitFor();
  const shown = page.getByRole('region', { name: 'The policy as a file' });
  t.match(await shown.textContent(), /^policy: ssh-baseline\n.*\n +option: PermitRootLogin\n +value: "no"/s);
  t.equal(await page.getByRole('textbox').count(), 0, '40: nothing to write in');
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  await page.getByText(`find . -name '*.y*ml' -exec sha256sum {} + | grep ${hash}`).waitFor();
  await lookAt(t, stage, 'policy-file');
}

async function goThroughHistory(
  t: Test,
  stage: ActStage,
  apply: (text: string, reason: string) => Promise<void>,
): Promise<void> {
  const { page, anna } = stage;
  await apply(first.replace('value: "no"', 'value: prohibit-password'), 'keys are fine');
  await page.goto('/policies/ssh-baseline?tab=history');
  const table = page.getByRole('table', { name: 'History' });
  const newest = table.getByRole('row').nth(1);
  for (const words of ['2', 'anna', 'keys are fine', 'in force'])
    await newest.getByText(words, { exact: true }).waitFor();
  await table.getByRole('row').nth(2).getByText('root off, ticket 4711').waitFor();
  await newest.getByRole('link', { name: 'Changes of version 2' }).click();
  const lines = page.getByRole('region', { name: 'From version 1 to version 2' });
  await lines.waitFor();
  t.match(await lines.textContent(), /^-\s+value: "no"\n\+\s+value: prohibit-password$/m);
  t.match(page.url(), /from=.*to=/, '20: the address says which');
  await lookAt(t, stage, 'policy-history');
  await page.getByLabel('To', { exact: true }).selectOption({ label: 'version 1' });
  await page.getByText('Both say the same.').waitFor();
  await page.reload();
  await page.getByText('Both say the same.').waitFor();
  await table.getByRole('link', { name: 'Show version 1' }).click();
  await page.getByText('version 1, not in force').waitFor();
  await page.getByText('This is not the version in force, which is 2.').waitFor();
  await lookAt(t, stage, 'policy-older');
  const line = 'muster policy rollback ssh-baseline --to 1.1';
  await page
    .getByRole('region', { name: 'Go back to this version' })
    .getByRole('button', { name: 'Copy the command' })
    .click();
  t.equal(await readCopied(page, line), line);
  await anna.done(t, `${line.replace('muster ', '')} --yes`);
  await page.getByRole('link', { name: 'Show that one' }).click();
  await page.reload();
  await page.getByText('version 3, in force').waitFor();
  await page.getByText('muster policy rollback ssh-baseline to version 1').waitFor();
}
