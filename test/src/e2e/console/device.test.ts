// The page of a device in a real browser: who it is and what it is doing, its charts, and what happens when the server goes away.
// @needs chromium
import type { Page } from 'playwright-core';
import t from 'tap';
import { enrollDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { readUntil, shows } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';
import { endClean, HOUR_MS, openDeviceStage, stateOf, textOf } from './device-stage.ts';

t.setTimeout(BROWSER_FILE_MS);

const words = (page: Page, name: string) =>
  textOf(page.getByRole('figure', { name, exact: true }).locator('figcaption'));

t.test('the page of a device', { skip: noBrowser }, async (t) => {
  const stage = await openDeviceStage(t);
  const { server, real, stocked, midnightMs } = stage;

  await t.test(
    '31 name, online in words with the exact time, system, labels, three main actions',
    async (t) => {
      const tab = await stage.open(`/devices/${real}`);
      const { page } = tab;
      const { body } = await server.call<{ hostname: string }>(`/api/v1/devices/${real}`);
      await page.getByRole('heading', { level: 1, name: body.hostname }).waitFor();
      const presence = page.locator('[title]', { hasText: /^online for / });
      // The exact moment is there on hover.
      await shows(t, async () => `${await presence.getAttribute('title')}`, [/\d{4}, \d.*:\d\d:\d\d/]);
      for (const [name, kind] of [
        ['Run a script', 'script.run'],
        ['Restart a service', 'service.restart'],
        ['Reboot', 'power.reboot'],
      ] as const) {
        const href = await page.getByRole('link', { name }).getAttribute('href');
        const search = new URL(href ?? '', stage.origin).searchParams;
        t.equal(search.get('kind'), kind);
        t.equal(search.get('on'), `id == "${real}"`);
      }
      await page.getByRole('button', { name: 'Add label' }).click();
      await page.getByLabel('Name', { exact: true }).fill('owner');
      await page.getByLabel('Value', { exact: true }).fill('Anna & Söhne <b>');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('owner = Anna & Söhne <b>').waitFor();
      await server.call(`/api/v1/devices/${real}`, { method: 'PATCH', body: { labels: { site: 'fra' } } });
      await page.getByText('site = fra').waitFor();
      t.pass('what others change appears without a reload');
      // The ten seconds of "Undo" are ten minutes here: a slow machine needs some of them to press it.
      await page.evaluate((undoMs) => {
        const wait = window.setTimeout.bind(window);
        Object.assign(window, {
          setTimeout: (work: () => void, ms?: number) => wait(work, ms === undoMs ? 60 * undoMs : ms),
        });
      }, 10_000);
      await page.getByRole('button', { name: 'Remove the label site' }).click();
      await page.getByText('site = fra').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('site = fra').waitFor();
      t.pass('30: a removed label comes back');
      await endClean(t, tab);
    },
  );

  await t.test(
    '31 a device that waits is approved after its fingerprint was shown, and one is retired by its name',
    async (t) => {
      const body = { name: 'slow', uses: 1, autoApprove: false };
      const token = await server.call('/api/v1/enrollment-tokens', { method: 'POST', body });
      const { id } = await enrollDevice(server.url, token.body.text ?? '', { hostname: 'waiting-01' });
      const { page } = await stage.open(`/devices/${id}`);
      const device = await server.call<{ fingerprint: string; state: string }>(`/api/v1/devices/${id}`);
      await page.getByText(device.body.fingerprint).first().waitFor();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('link', { name: 'Reboot' }).waitFor();
      await page.getByRole('button', { name: 'Approve' }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Retire' }).click();
      const dialog = page.getByRole('dialog');
      const act = dialog.getByRole('button', { name: 'Retire waiting-01' });
      t.ok(await act.isDisabled(), '24: not before the name was typed');
      await dialog.getByRole('textbox').fill('waiting-01');
      await act.click();
      await page.getByText('retired', { exact: true }).waitFor();
      await page.close();
    },
  );

  await t.test('35 every value says its source and age', async (t) => {
    const tab = await stage.open(`/devices/${real}`);
    const { page } = tab;
    const fact = (name: string) => page.locator('dl > div', { has: page.locator('dt', { hasText: name }) });
    await shows(t, () => textOf(fact('Packages')), [/dpkg.*(ago|now)/s]);
    await shows(t, () => textOf(fact('Kernel')), [/\/proc, .*(ago|now)/s]);
    await tab.settled();
    await page.goto(`/devices/${real}?tab=hardware`);
    const memory = page.getByRole('region', { name: 'Memory', exact: true });
    await shows(t, () => textOf(memory), [/\/proc\/meminfo, .*unchanged since \w+ \d+, \d{4}/s]);
    const total = memory.locator('dt', { hasText: 'Memory total' });
    await shows(t, async () => `${await total.getAttribute('title')}`, [/Memory the kernel manages/]);
    await tab.settled();
    await page.goto(`/devices/${real}?tab=processes`);
    await page.getByText(/asked of the device at/).waitFor();
    await page.getByLabel('Search in Processes').fill('node');
    const row = page.getByRole('row', { name: /node/ }).first();
    await row.waitFor();
    await page.waitForURL((url) => url.searchParams.get('q') === 'node');
    t.pass('20: what is searched for stands in the address');
    await endClean(t, tab);
  });

  await t.test(
    '34 and 20: charts of an exact range, with gaps, limits, values in words, linked cursors, zoom',
    async (t) => {
      const tab = await stage.open(
        `/devices/${stocked}?tab=charts&from=${midnightMs}&to=${midnightMs + HOUR_MS}`,
      );
      const { page } = tab;
      const cpu = page.getByRole('figure', { name: 'Processor', exact: true });
      await cpu.locator('canvas').waitFor();
      // The gap is the break of ten minutes.
      const said = [/busy: now 55 %/, /One gap\./, /Limits: warning from 95 %/];
      await shows(t, () => words(page, 'Processor'), said);
      await shows(t, () => words(page, 'Filesystems'), [/warning from 85 %, critical from 95 %/]);
      await tab.settled();
      await page.getByRole('button', { name: 'Values as a table' }).first().click();
      const table = page.getByRole('region', { name: 'Values as a table' });
      const rows = () => table.getByRole('row').count();
      t.equal(await readUntil(rows, (count) => count === 61), 61, 'a line a minute, and the head');
      t.equal(await table.getByRole('cell', { name: '–' }).count(), 10, 'a gap is no zero');
      await page.getByRole('button', { name: 'Values as a table' }).first().click();
      await table.waitFor({ state: 'detached' });

      const plot = cpu.locator('.u-over');
      const findBox = async () => {
        const found = await plot.boundingBox();
        if (found === null) throw new Error('the plot has no place');
        return found;
      };
      const memory = page.getByRole('figure', { name: 'Memory and swap' });
      await until('the cursor of another chart has moved too', async () => {
        // What is still being laid out moves away from below the mouse.
        const { x, y, width } = await findBox();
        await page.mouse.move(x + width / 4 - 1, y + 40);
        await page.mouse.move(x + width / 4, y + 40);
        return /\d:1\d/.test(await textOf(memory.locator('.tabular').first()));
      });
      // Shortly after midnight the hour is not over yet, and no range reaches into the future.
      await page.evaluate((aheadMs) => {
        const now = Date.now;
        Date.now = () => now() + aheadMs;
      }, 2 * HOUR_MS);
      const box = await findBox();
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL((url) => Number(url.searchParams.get('from')) > midnightMs);
      const { from, to } = stateOf(page);
      const lengthMs = Number(to) - Number(from);
      t.ok(lengthMs > 10 * 60_000 && lengthMs < 20 * 60_000, `a quarter of an hour is left, ${lengthMs} ms`);
      await page.reload();
      await cpu.locator('canvas').waitFor();
      t.equal(stateOf(page).from, from, 'a reload keeps it');
      await page.goBack();
      await page.waitForURL((url) => url.searchParams.get('from') === String(midnightMs));
      t.pass('back is the range before');

      await page.goto(`/devices/${stocked}?tab=charts&range=1d`);
      await page.getByRole('button', { name: /changes of the inventory in this range/ }).click();
      const marks = page.getByRole('list').filter({ hasText: 'Operating system' });
      await shows(t, () => textOf(marks), [/1 changed/]);
      await tab.settled();
      await page.goto(`/devices/${real}?tab=charts`);
      await page.getByText('30 days').click();
      await page.waitForURL((url) => url.searchParams.get('range') === '30d');
      await cpu.locator('canvas').waitFor();
      await endClean(t, tab);
    },
  );

  await t.test('34 live charts move once a second', async (t) => {
    const tab = await stage.open(`/devices/${real}?tab=charts&range=live`);
    const { page } = tab;
    await page.getByText(/A sample each second/).waitFor();
    await page.getByRole('button', { name: 'Values as a table' }).first().click();
    const table = page.getByRole('region', { name: 'Values as a table' });
    await table.waitFor();
    const before = await table.getByRole('row').count();
    await until('four more samples came', async () => (await table.getByRole('row').count()) >= before + 4);
    await tab.picture('device-live-light');
    await endClean(t, tab);
  });

  await t.test('47 a lost connection is told, and the page goes on by itself', async (t) => {
    const { page } = await stage.open(`/devices/${real}`);
    await page.getByText(/^online for/).waitFor();
    const change = (labels: object) =>
      server.call(`/api/v1/devices/${real}`, { method: 'PATCH', body: { labels } });
    // A change that is shown says that the connection stands: one that never stood has no data to tell the age of.
    await change({ before: 'yes' });
    await page.getByText('before = yes').waitFor();
    await server.kill();
    await page.getByText(/Connection lost: reconnecting, data from/).waitFor();
    await server.start();
    await page.getByText(/Connection lost/).waitFor({ state: 'detached' });
    await change({ again: 'yes' });
    await page.getByText('again = yes').waitFor();
    t.pass('changes come again');
  });
});
