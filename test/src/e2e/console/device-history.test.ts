// The page of a device in a real browser: what it has, what it had, what was done to it; and every tab in both themes, in German and at 360 px.
// @needs chromium
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { createOrders } from '../../support/orders.ts';
import { readUntil, shows } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';
import { DAY_MS, endClean, HOUR_MS, openDeviceStage, stateOf, textOf } from './device-stage.ts';

t.setTimeout(BROWSER_FILE_MS);

t.test('what is known of a device', { skip: noBrowser }, async (t) => {
  const stage = await openDeviceStage(t);
  const { server, real, stocked, other, obedient } = stage;
  const orders = await createOrders(server);

  await t.test('17 a list of packages is searched, and only its rows in sight exist', async (t) => {
    const tab = await stage.open(`/devices/${stocked}?tab=software`);
    const { page } = tab;
    const table = page.getByRole('table', { name: 'Packages' });
    await table.getByText('common').first().waitFor();
    t.ok((await table.getByRole('row').count()) < 80, 'a thousand packages are a few rows');
    await page.getByLabel('Package names that begin with').fill('only-11');
    await table.getByText('only-111', { exact: true }).waitFor();
    await page.waitForURL((url) => url.searchParams.get('q') === 'only-11');
    await page.getByLabel('Package names that begin with').fill('nobody-has-this');
    await page.getByRole('button', { name: 'Drop the search' }).click();
    await table.getByText('common').first().waitFor();
    t.pass('15: what found nothing is dropped by one button');
    await endClean(t, tab);
  });

  await t.test('33 as it was on a day, and what differs between two times and two devices', async (t) => {
    const early = new Date(Date.now() - 10 * DAY_MS).toISOString();
    const tab = await stage.open(`/devices/${real}?tab=users&at=${early}`);
    const { page } = tab;
    await page.getByText(/You see this device as it was on/).waitFor();
    await page.getByText('The device had not reported this at that time.').first().waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('table', { name: 'Users' }).getByText('root').first().waitFor();
    t.equal(stateOf(page).at, undefined);

    const hourAgo = new Date(Date.now() - 5 * HOUR_MS).toISOString();
    await page.goto(`/devices/${stocked}?tab=compare&before=${hourAgo}`);
    const system = page.getByRole('region', { name: 'Operating system' }).first();
    await shows(t, () => textOf(system), [/1 changed/, /Version 2\.\d+ → 2\.1199/]);
    // A name that is typed whole is taken at once where the list is there already: then nobody offers it.
    await page.getByRole('combobox', { name: 'Compare with' }).fill('host-');
    await page.getByRole('option', { name: 'host-1', exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get('with') === other);
    await page.getByText('Only on the left').first().waitFor();
    t.pass('accounts are only on this device');
    await endClean(t, tab);
  });

  await t.test('32 one timeline of changes, runs and alerts, filtered by kind', async (t) => {
    const ordered = await orders.order(`id == "${obedient}"`);
    await until('the device has obeyed', async () => {
      const { body } = await server.call<{ state: string }>(`/api/v1/jobs/${ordered}`);
      return body.state === 'done';
    });
    const tab = await stage.open(`/devices/${stocked}?tab=timeline`);
    const { page } = tab;
    await page
      .getByText(/^Alert disk_full on/)
      .first()
      .waitFor();
    const kinds = () =>
      page
        .locator('li[data-kind]')
        .evaluateAll((items) => [...new Set(items.map((one) => one.getAttribute('data-kind')))].join());
    // Not `uncheck`: the box follows the address, which comes a moment after the click.
    await page.getByRole('checkbox', { name: 'Alerts' }).click();
    await page.waitForURL((url) => url.searchParams.get('kinds') === 'inventory,runs');
    await page
      .getByText(/Operating system changed: 1 changed/)
      .first()
      .waitFor();
    t.equal(await readUntil(kinds, (found) => found === 'inventory'), 'inventory');
    await page.getByRole('button', { name: 'What changed' }).first().click();
    await page
      .getByText(/Version/)
      .first()
      .waitFor();
    const shown = await page.locator('li[data-kind]').count();
    await page.getByRole('button', { name: 'Older events' }).click();
    await until('older events came', async () => (await page.locator('li[data-kind]').count()) > shown);
    await endClean(t, tab);
  });

  await t.test('25: what is ordered of the device appears while one looks at its runs', async (t) => {
    const tab = await stage.open(`/devices/${obedient}?tab=runs`);
    const { page } = tab;
    const done = page.getByRole('row', { name: /inventory.refresh/ }).filter({ hasText: 'succeeded' });
    const comeTo = (count: number) => {
      const isThere = (found: number) => found === count;
      return readUntil(() => done.count(), isThere);
    };
    t.equal(await comeTo(1), 1);
    await orders.order(`id == "${obedient}"`);
    t.equal(await comeTo(2), 2);
    await endClean(t, tab);
  });

  await t.test('20 and 27: the output of a run by its address, searched', async (t) => {
    const tab = await stage.open(`/devices/${obedient}?tab=runs`);
    const { page } = tab;
    const row = page.getByRole('row', { name: /inventory.refresh/ }).first();
    await row.getByText('succeeded').waitFor();
    await row.getByRole('link', { name: 'inventory.refresh' }).click();
    await page.getByText('Second Line').waitFor();
    const { job = '' } = stateOf(page);
    const run = await server.call<{ isGenuine: boolean | null }>(`/api/v1/jobs/${job}/runs/${obedient}`);
    const verdict = {
      true: /signed by the key of this device/,
      false: /not by the key of this device/,
      null: /no signed result/,
    }[`${run.body.isGenuine}`];
    await page.getByText(verdict).waitFor();
    await page.reload();
    await page.getByLabel('Search in the output').fill('second');
    await page.getByText('1 line', { exact: true }).waitFor();
    await shows(t, () => textOf(page.locator('pre mark')), [/^Second$/]);

    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/api/v1/jobs/*/runs/*', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await page.getByRole('region', { name: /^Output of/ }).waitFor();
    // Gone with the page that is loaded again.
    await page.evaluate(() => Object.assign(globalThis, { musterSame: true }));
    t.equal(await row.count(), 0, 'the list waits for what is above it');
    await page.goBack();
    await row.getByText('succeeded').waitFor();
    t.equal(await page.evaluate(() => Reflect.get(globalThis, 'musterSame')), true, 'back, it waits no more');
    letGo();
    await endClean(t, tab);
  });

  await t.test(
    '44 axe finds nothing, 50 at 360 px nothing is cut, 49 in German, 43 in both themes',
    async (t) => {
      const tabs = [
        'overview',
        'charts',
        'hardware',
        'software',
        'network',
        'timeline',
        'runs',
        'alerts',
        'compare',
      ];
      for (const colorScheme of ['light', 'dark'] as const) {
        const visitor = await stage.visit({ colorScheme });
        for (const name of tabs) {
          const id = ['timeline', 'alerts', 'software', 'charts'].includes(name) ? stocked : real;
          const tab = await visitor.open(`/devices/${id}?tab=${name}`);
          await tab.page.getByRole('tab', { selected: true }).waitFor();
          await tab.settled();
          t.same(await tab.axe(), [], `${name}, ${colorScheme}`);
          await tab.picture(`device-${name}-${colorScheme}`);
          await tab.page.close();
        }
      }
      const phone = await stage.visit({ width: 360, language: 'de', colorScheme: 'dark' });
      for (const name of tabs) {
        const tab = await phone.open(`/devices/${real}?tab=${name}`);
        const { page } = tab;
        await page.getByRole('tab', { selected: true }).waitFor();
        await tab.settled();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        t.ok(wide <= 0, `${name} is ${wide} px too wide`);
        await tab.picture(`device-${name}-360`);
        await endClean(t, tab);
      }
      const { page, settled } = await phone.open(`/devices/${real}`);
      await page.getByRole('tab', { name: 'Überblick' }).waitFor();
      await settled();
      await page.getByRole('tab', { name: 'Überblick' }).press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('tab') === 'charts');
      t.pass('tabs work by keyboard');
      await page.close();
    },
  );
});
