// Policies written in the console, point 37 of the acceptance list: a real Chromium, gestures of a passkey, and a real agent that holds what they signed.
// @needs chromium
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { makeAgent } from '../../support/agent.ts';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { until } from '../../support/wait.ts';
import { type ActStage, openActStage } from './act-stage.ts';
import { lookAt } from './look-at.ts';

t.setTimeout(BROWSER_FILE_MS);

const written = `policy: no-router
title: <img src=x onerror=alert(1)> is no router
owner: me
mode: audit
on: os.family != "none"
rules:
  - id: forwarding-off
    title: The machine forwards nothing
    sysctl: { key: net.ipv4.ip_forward, value: "0" }
`;

const editor = (page: ActStage['page']) => page.getByRole('textbox', { name: 'The policy as YAML' });
const press = (page: ActStage['page'], name: string) =>
  page.getByRole('button', { name, exact: true }).click();

/** Two gestures, and the page of the policy in that version. */
async function signBoth({ page }: ActStage, version: number): Promise<void> {
  await press(page, 'Sign the version (1 of 2)');
  await page.getByText('1 of 2 signed.').waitFor();
  await press(page, 'Sign the set and apply (2 of 2)');
  await page.getByText(`version ${version}, in force`).waitFor();
}

t.test('a policy is written, planned and signed in the console', { skip: noBrowser }, async (t) => {
  const stage = await openActStage(t);
  const { page, tab, server, anna } = stage;
  // What runs this file from its source names functions by a helper of its own, which pages do not have.
  await page.context().addInitScript('globalThis.__name ??= (one) => one');
  const agent = await makeAgent(t);
  const device = await agent.enroll(server);
  agent.start();
  await server.device(device, ({ presence }) => presence === 'online');
  const holds = (version: number, policies: number) =>
    until(`the agent holds set ${version}`, async () => {
      const { body } = await server.call(`/api/v1/devices/${device}/policies`);
      const { held, isCurrent, code } = body as unknown as {
        readonly held: { readonly version: number; readonly policies: number } | null;
        readonly isCurrent: boolean;
        readonly code: string | null;
      };
      if (code !== null) throw new Error(`the agent refused the set: ${code}`);
      return isCurrent && held?.version === version && held.policies === policies ? true : undefined;
    });

  await t.test('46: a new one: faults at line and column, kept over a reload, leaving asks', (t) =>
    writeNew(t, stage),
  );

  await t.test('who has no passkey that counts is shown the lines of the command line', (t) =>
    withoutPasskey(t, stage),
  );

  await t.test('what brings a script is not signed at a page, and it says how it is', async (t) => {
    const script = '  - id: motd\n    title: A text\n    script: { name: motd, check: "true" }\n';
    await editor(page).fill(written + script);
    await press(page, 'Plan');
    await page.getByText('muster export --to policies', { exact: true }).waitFor();
    await page.getByText('muster apply -f policies --out plan.json', { exact: true }).waitFor();
    await page.getByText('muster apply --with plan.json', { exact: true }).waitFor();
    t.equal(await page.getByText('muster apply -f policies', { exact: true }).count(), 0);
    t.equal(await page.getByRole('button', { name: /^Sign/ }).count(), 0);
    await editor(page).fill(written);
  });

  await t.test('37: the plan, in one sentence and in full', async (t) => {
    await press(page, 'Plan');
    const plan = page.getByRole('region', { name: 'Plan', exact: true });
    await plan.getByText('On 1 device 1 setting changes; nothing is removed.').waitFor();
    await plan.getByText('no-router is added.').waitFor();
    await plan.getByText('sysctl.net.ipv4.ip_forward').waitFor();
    await plan.getByText('Devices may repair at any time').waitFor();
    const sign = page.getByRole('region', { name: 'Sign and apply' });
    await sign.getByLabel('Why', { exact: true }).fill('ticket 4711');
    t.match(
      await sign.getByRole('region', { name: 'Policy', exact: true }).textContent(),
      /"policy": "no-router"/,
    );
    await lookAt(t, stage, 'policy-plan', { isReloaded: false });
  });

  await t.test('two gestures, and a real device holds it', async (t) => {
    await signBoth(stage, 1);
    await page.getByText('Why: ticket 4711').waitFor();
    await holds(1, 1);
    t.same(
      await page.evaluate(() =>
        Object.keys(sessionStorage).filter((key) => key.startsWith('muster.policy-text')),
      ),
      [],
      'the text is forgotten',
    );
  });

  await t.test('somebody applied something meanwhile: it says so, and keeps the text', async (t) => {
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    const changed = (await editor(page).inputValue()).replace('owner: me', 'owner: you');
    await editor(page).fill(changed);
    await press(page, 'Plan');
    await press(page, 'Sign the version (1 of 2)');
    const file = anna.file('both.yaml');
    writeFileSync(
      file,
      `${written}---\n${written.replace('no-router', 'second').replace('ip_forward', 'ip_default_ttl')}`,
    );
    await anna.done(t, `apply -f ${file} --yes --reason second`);
    await press(page, 'Sign the set and apply (2 of 2)');
    await page.getByText('Somebody applied something meanwhile; plan again. Your text is kept.').waitFor();
    t.equal(await editor(page).inputValue(), changed);
    await press(page, 'Plan again');
    await page.getByText('1 other policy stays as it is.').waitFor();
    await signBoth(stage, 2);
    await holds(3, 2);
  });

  await t.test('41: back to an earlier version, which becomes a new one', async () => {
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('link', { name: 'Show version 1' }).click();
    await page.getByRole('link', { name: 'Plan going back to it' }).click();
    await press(page, 'Plan');
    await signBoth(stage, 3);
    await holds(4, 2);
  });

  await t.test('taken out of force by one gesture', async () => {
    await page.getByRole('link', { name: 'Take out of force' }).click();
    await press(page, 'Plan');
    await page.getByText('1 setting is wanted no more, and stays as it is on them').waitFor();
    await press(page, 'Sign the set and apply (1 of 1)');
    await page.getByText('Set 5 is in force').waitFor();
    await holds(5, 1);
  });

  await t.test('what nobody vouches for is not planned upon', async (t) => {
    await anna.done(t, 'trust set-origins https://muster.example --yes');
    await page.goto('/policies/second/edit');
    await page.getByText('Something in force is signed by nobody who may sign now').waitFor();
    t.equal(await editor(page).count(), 0);
  });

  await t.test('51: nothing was asked of another host, and nothing was complained about', async (t) => {
    t.same(tab.foreign, []);
    t.same(
      tab.complaints.filter((one) => !one.includes('409')),
      [],
      'but that the plan had moved',
    );
  });
});

async function writeNew(t: Test, stage: ActStage): Promise<void> {
  const { page } = stage;
  await page.goto('/policies');
  await page.getByRole('link', { name: 'New policy' }).click();
  await page.getByText('No faults').waitFor();
  await lookAt(t, stage, 'policy-new');
  await proposeAndPick(t, page);
  await editor(page).fill(written.replace('mode: audit', 'mode: odit'));
  const faults = page.getByRole('region', { name: 'Faults of the text' });
  await faults.getByText('1 fault', { exact: true }).waitFor();
  await faults.getByRole('button', { name: 'Line 4, column 7:' }).click();
  t.equal(await page.getByRole('button', { name: 'Plan', exact: true }).isDisabled(), true);
  await lookAt(t, stage, 'policy-fault');
  await page.getByText('This is the text that you had not applied yet.').waitFor();
  await page.getByRole('link', { name: 'Policies' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'The text is not applied' });
  await dialog.getByRole('button', { name: 'Stay here' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await editor(page).fill(written);
  await faults.getByText('No faults').waitFor();
}

/** 37: keys are proposed where one writes, with what they mean; keys alone are enough to take one, and to undo it. */
async function proposeAndPick(t: Test, page: ActStage['page']): Promise<void> {
  const hints = page.getByRole('region', { name: 'What may stand here' });
  const field = editor(page);
  await field.fill('policy: no-router\n');
  await field.press('Control+End');
  await hints.getByText('Who answers for it').waitFor();
  await field.pressSequentially('ru');
  await hints.getByRole('button', { name: 'owner' }).waitFor({ state: 'detached' });
  await field.press('Control+Space');
  await page.keyboard.press('Enter');
  t.equal(await field.inputValue(), 'policy: no-router\nrules:\n  - ');
  await field.pressSequentially('id: a');
  await page.keyboard.press('Enter');
  await field.pressSequentially('severity: ');
  await hints.getByRole('button', { name: 'critical' }).click();
  t.equal(await field.inputValue(), 'policy: no-router\nrules:\n  - id: a\n    severity: critical');
  await hints.getByText('How bad it is where the rule is not kept.').waitFor();
  await page.keyboard.press('Control+z');
  t.equal(await field.inputValue(), 'policy: no-router\nrules:\n  - id: a\n    severity: ');
}

async function withoutPasskey(t: Test, { page, anna, origin }: ActStage): Promise<void> {
  await anna.done(t, 'trust set-origins https://muster.example --yes');
  await page.reload();
  await press(page, 'Plan');
  for (const line of ['muster export --to policies', 'muster plan -f policies', 'muster apply -f policies'])
    await page.getByText(line, { exact: true }).waitFor();
  t.equal(await page.getByRole('button', { name: /^Sign/ }).count(), 0, `no gesture counts at ${origin}`);
  await anna.done(t, `trust set-origins ${origin} --yes`);
  await page.reload();
}
