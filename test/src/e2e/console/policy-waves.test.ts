// Waves of policies in the console: a real Chromium, a real server, and the command line that orders them.
// @needs chromium
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { openActStage } from './act-stage.ts';
import { lookAt } from './look-at.ts';

t.setTimeout(BROWSER_FILE_MS);

const write = (value: string) => `policy: base
title: Root does not sign in
owner: me
rules:
  - id: root
    title: Root
    ssh: { option: PermitRootLogin, value: "${value}" }
`;

t.test(
  'a set that goes out in waves is looked at, held, let go, and told to all',
  { skip: noBrowser },
  async (t) => {
    const stage = await openActStage(t);
    const { page, anna, server } = stage;
    // What runs this file from its source names functions by a helper of its own, which pages do not have.
    await page.context().addInitScript('globalThis.__name ??= (one) => one');
    const file = anna.file('policies.yaml');
    const apply = async (value: string, more = '') => {
      writeFileSync(file, write(value));
      await anna.done(t, `apply -f ${file} --yes --reason '${value}' ${more}`);
    };
    for (const hostname of ['canary-1', 'web-01']) await (await stage.device(hostname, () => null)).connect();
    await apply('no');
    await page.goto('/policies');
    await page.getByText('Set 1 is in force').waitFor();
    const waves = page.getByRole('region', { name: 'Set 2 goes out in waves' });
    t.equal(await waves.count(), 0);
    await apply('yes', `--waves 0,100 --soak 1h --first 'hostname == "canary-1"'`);
    await waves.getByText('Wave 1 of 2: 0 % of the fleet').waitFor();
    await waves.getByText('hostname == "canary-1"').waitFor();
    await waves.getByText('1 device is told it, 1 of them online').waitFor();
    await waves.getByText('In trouble since then: 0 of 1 told, 0 of 1 others').waitFor();
    await waves.getByText(/^The next wave comes .* at the earliest\.$/).waitFor();
    await lookAt(t, stage, 'policy-waves');
    await waves.getByRole('button', { name: 'Hold' }).click();
    await waves.getByText('It is held by anna.').waitFor();
    await lookAt(t, stage, 'policy-waves-held');
    await waves.getByRole('button', { name: 'Let it go on' }).click();
    await waves.getByText('under way').waitFor();
    await waves.getByRole('button', { name: 'Tell all devices' }).click();
    const dialog = page.getByRole('dialog', { name: 'Tell all devices' });
    await dialog.getByRole('textbox').fill('2');
    await dialog.getByRole('button', { name: 'Tell all devices' }).click();
    await waves.waitFor({ state: 'detached' });
    const { body } = await server.call<{ rollout: { state: string } }>('/api/v1/policies/rollout');
    t.equal(body.rollout.state, 'done');
  },
);
