// The frame of the console in a real Chromium: first account, sign-in, Home, devices, palette, themes; with the numbers of the UX list.
// @needs chromium
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeTokens } from '../../fleet/demo.ts';
import { startFleet } from '../../fleet/fleet.ts';
import { profiles } from '../../fleet/profile.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Tab } from '../../support/browser.ts';
import { setUpFirst, startConsoleServer, visitAs } from '../../support/console.ts';
import { readCopied, readUntil, signInByPasskey, streamStands } from '../../support/shown.ts';
import { FILE_PATIENCE_MS, until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

const DEVICES = 150;

/** Nothing was asked of another host, no script failed, and the policy of the page refused nothing. */
function checkQuiet(t: Test, tab: Tab): void {
  t.same(tab.foreign, [], '51: no request leaves the origin');
  t.same(tab.complaints, [], 'no script fails, and the policy refuses nothing');
}

t.test('the console', { skip: noBrowser }, async (t) => {
  const server = await startConsoleServer(t);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site });

  await t.test('3: without the link of the host there is no account', async (t) => {
    const tab = await anna.open('/devices');
    await tab.page.getByText('Nobody has an account here yet').waitFor();
    t.match(tab.page.url(), /\/sign-in\?next=/, 'whoever is not signed in is asked to');
    await tab.settled();
    t.same(await tab.axe(), []);
    checkQuiet(t, tab);
    await tab.page.close();
  });

  const tab = await setUpFirst(server, anna);
  const { page } = tab;

  await t.test('5, 7, 16: the first screen is one command with a Copy button', async (t) => {
    await page.getByRole('heading', { name: 'Enroll your first device' }).waitFor();
    await tab.settled();
    t.same(await tab.axe(), []);
    await tab.picture('first-device-light');
    await page.getByRole('button', { name: 'Make the command' }).first().click();
    const shown = (await page.locator('.muster-command').first().textContent()) ?? '';
    t.match(shown, /muster-agent enroll --server https:\/\/localhost:\d+ --token-file -/);
    await page.getByRole('button', { name: 'Copy the command' }).first().click();
    t.equal(await readCopied(page, shown), shown, 'exactly the command');
    await page.getByText('Waiting for the device').first().waitFor();
  });

  const devicesFile = join(server.dataDir, 'fleet.json');
  const all = Array.from({ length: DEVICES }, (_, device) => device);
  const fleet = await startFleet({
    ...{ url: server.url, devices: DEVICES, processes: 1, devicesFile, rate: 100, profile: profiles.lively },
    tokens: await makeTokens(server, all),
  });
  t.teardown(async () => void (await fleet.stop()));

  await t.test('9: the dialog waits live for the device', async () => {
    await page
      .getByText(/has joined/)
      .first()
      .waitFor();
  });
  await fleet.until('all have enrolled', ({ known }) => known === DEVICES);
  // What a device calls itself is known by its inventory.
  await until(
    'all have said what they are',
    async () => {
      const path = `/api/v1/devices?limit=1&on=${encodeURIComponent('hostname.contains("-")')}`;
      return (await server.call<{ count: number }>(path)).body.count === DEVICES;
    },
    FILE_PATIENCE_MS,
  );

  await t.test('2, 6: Home tells how the fleet is, and every number leads to its list', async () => {
    await page.goto('/');
    await page.getByText('Demo data').waitFor();
    await page.getByRole('heading', { name: 'First steps' }).waitFor();
    const figure = page.locator('a[data-name="total"]');
    await until('all are counted', async () => (await figure.textContent()) === `${DEVICES}`);
    await figure.click();
    await page.waitForURL(/\/devices\?on=/);
    await page.getByText(`${DEVICES} rows`).waitFor();
  });

  await t.test('12, 15: what is filtered stands in the address and comes back', async (t) => {
    await page.goto('/devices');
    await page.getByText(`${DEVICES} rows`).waitFor();
    await page.keyboard.press('/');
    const field = page.getByRole('combobox', { name: 'Filter' }).or(page.getByLabel('Filter')).first();
    const hasFocus = () => field.evaluate((element) => element === document.activeElement);
    t.ok(await readUntil(hasFocus, Boolean), '42: / leads to the search');
    await field.fill('os.fam');
    await page.getByRole('option', { name: /os\.family/ }).waitFor();
    await field.fill('os.famly == "debian"');
    await field.press('Enter');
    await page.getByText(/perhaps "os.family" is meant/).waitFor();
    await field.fill('ams');
    await field.press('Enter');
    await page.waitForURL(/hostname\.contains/);
    // While it filters the page may show no number at all.
    const count = await until('fewer rows', async () => {
      const [said] = await page.getByText(/^\d+ rows?$/).allTextContents();
      return said === `${DEVICES} rows` ? undefined : said;
    });
    await page.reload();
    await page.getByText(count, { exact: true }).waitFor();
    await field.fill('os.name == "plan9"');
    await field.press('Enter');
    await page.getByRole('heading', { name: 'No device fits' }).waitFor();
    const dropped = page.getByRole('button', { name: /Without os\.name == "plan9": \d/ });
    await dropped.waitFor();
    await tab.settled();
    t.same(await tab.axe(), [], '44: nothing for axe to find where no device fits');
    await dropped.click();
    await page.getByText(count, { exact: true }).waitFor();
    await page.getByRole('button', { name: /Remove the condition/ }).click();
    await page.getByText(`${DEVICES} rows`).waitFor();
    await page.goBack();
    await page.getByText(count, { exact: true }).waitFor();
  });

  await t.test('12: order and columns stand in the address', async (t) => {
    await page.goto('/devices');
    await page.getByText(`${DEVICES} rows`).waitFor();
    await page.getByRole('button', { name: 'Name' }).click();
    await page.waitForURL(/sort=-hostname/);
    await page.getByRole('button', { name: 'Columns' }).click();
    // Not `check`: the box follows the address, which comes a moment after the click.
    await page.getByLabel('Kernel').click();
    await page.waitForURL(/columns=.*kernel/);
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('columnheader', { name: 'Kernel' }).waitFor();
    const byName = page.getByRole('columnheader', { name: 'Name' });
    t.equal(await byName.getAttribute('aria-sort'), 'descending');
  });

  await t.test('19: a file holds exactly these rows and columns', async (t) => {
    await page.goto('/devices?on=hostname.contains(%22ams%22)&columns=hostname,state');
    await tab.settled();
    const rows = Number.parseInt((await page.getByText(/^\d+ rows?$/).textContent()) ?? '', 10);
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'These columns as CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    t.equal(lines[0], 'hostname,state');
    t.equal(lines.length, rows + 1);
    t.ok(lines.slice(1).every((line) => /^ams-\S+,active$/.test(line)));
  });

  await t.test('21: a range, then all that match, survive scrolling and lead to the act', async (t) => {
    await page.goto('/devices');
    await page.getByText(`${DEVICES} rows`).waitFor();
    const boxes = page.getByRole('checkbox', { name: /^Select [a-z]{3}-/ });
    await boxes.nth(0).click();
    await boxes.nth(4).click({ modifiers: ['Shift'] });
    await page.getByText('5 selected').waitFor();
    await page.getByRole('button', { name: `Select all ${DEVICES} that match` }).click();
    await page.getByText(`${DEVICES} selected`).waitFor();
    await boxes.nth(0).click();
    await page.getByText(`${DEVICES - 1} selected`).waitFor();
    t.match(
      await page.getByRole('link', { name: 'Act on them' }).getAttribute('href'),
      /^\/act\?on=/,
      'the selection is an expression',
    );
    await tab.settled();
    t.same(await tab.axe(), []);
    await page.getByRole('button', { name: 'Clear selection' }).click();
    await page.locator('tr[data-index="0"]').press('ArrowDown');
    // The focus goes there with the next picture that is drawn.
    await page.locator('tr[data-index="1"]:focus').waitFor();
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
  });

  await t.test('17: rows come as one scrolls, and only those in sight exist', async (t) => {
    const last = page.locator(`tr[aria-rowindex="${DEVICES + 1}"]`);
    await until('the last row is there', async () => {
      await page.locator('table').evaluate((table) => table.parentElement?.scrollBy(0, 4_000));
      return (await last.count()) > 0;
    });
    t.ok((await page.locator('tr[data-index]').count()) < 80, 'rows out of sight are not made');
  });

  await t.test('42: palette, its pages, devices and actions; ? lists the keys', async (t) => {
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Search pages, devices and actions').fill('fra-');
    await page.getByRole('dialog').getByText(/^fra-/).first().waitFor();
    await tab.settled();
    t.same(await tab.axe(), []);
    await page.getByPlaceholder('Search pages, devices and actions').fill('theme: dark');
    // Enter opens what is chosen, which is so once the new entries are drawn.
    await page
      .locator('[data-action][data-selected]')
      .filter({ hasText: /theme: dark/i })
      .waitFor();
    await page.keyboard.press('Enter');
    const theme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
    t.equal(await readUntil(theme, (name) => name === 'dark'), 'dark');
    await page.reload();
    await tab.settled();
    t.equal(await theme(), 'dark', '43: and stays so');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('47: a lost connection is told with the time of the data', async (t) => {
    // The stream of the page before must not be taken for that of the next one.
    await page.goto('about:blank');
    const standing = streamStands(page);
    await page.goto('/devices');
    await page.getByText(`${DEVICES} rows`).waitFor();
    // Of a stream that never stood nobody knows since when it is broken.
    await standing;
    await tab.settled();
    await server.kill();
    await page.getByText(/reconnecting, data from \d/).waitFor();
    const isLost = () => page.evaluate(() => document.documentElement.hasAttribute('data-lost'));
    t.equal(await readUntil(isLost, Boolean), true, 'nothing stays green');
    await tab.picture('lost');
    await server.start();
    await page.getByText(/reconnecting/).waitFor({ state: 'detached' });
    t.pass('and goes when the connection stands again');
  });

  await t.test('46: an error says what failed and how it can be found, and can be tried again', async (t) => {
    await page.route('**/api/v1/me', (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          ...{ type: 'urn:muster:error:E_INTERNAL', title: 'Broken.', status: 500, code: 'E_INTERNAL' },
          ...{ instance: 'urn:muster:request:req-1', retryable: false },
        }),
      }),
    );
    await page.goto('/me');
    await page.getByText('req-1').waitFor();
    await page.getByRole('button', { name: 'Copy the request id' }).click();
    t.equal(await readCopied(page, 'req-1'), 'req-1');
    await page.unroute('**/api/v1/me');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('on one device only').waitFor();
  });

  await t.test('an act that needs proof asks for it, and is done then', async (t) => {
    let isFirst = true;
    await page.route('**/api/v1/me/password', async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      return route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({ status: 401, code: 'E_STEP_UP', title: 'Show that you are there.' }),
      });
    });
    await page.goto('/me');
    await page.getByLabel('New password').fill('correct horse battery staple 42');
    await page.getByRole('button', { name: 'Set password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await tab.settled();
    t.same(await tab.axe(), []);
    await dialog.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('Password set', { exact: true }).waitFor();
    await page.unroute('**/api/v1/me/password');
    await page.getByRole('button', { name: 'Set up one-time codes' }).click();
    await page.getByRole('img', { name: /QR code/ }).waitFor();
    await tab.picture('one-time-codes');
    await page.getByRole('button', { name: 'Remove password and codes' }).click();
    await page.getByText('No password is set').waitFor();
  });

  await t.test('14: a saved view is the one the list opens with', async () => {
    await page.goto('/devices?on=hostname.contains(%22fra%22)&columns=hostname,os');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Name of the view').fill('Frankfurt');
    await page.getByLabel('Open the list with it').check();
    await page.getByRole('button', { name: 'Save this view' }).click();
    await page.getByRole('link', { name: 'Frankfurt' }).waitFor();
    await page.goto('/devices');
    await page.waitForURL(/hostname\.contains/);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'Remove the view Frankfurt' }).click();
    await page.getByText('A view keeps filter').waitFor();
  });

  await t.test('44, 49, 50, 53: every page in both themes, in German and at 360 px', async (t) => {
    const looks = [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['narrow', { width: 360, height: 740 }],
      ['de', { language: 'de' }],
    ] as const;
    const paths = [
      ['home', '/'],
      ['devices', '/devices'],
      ['me', '/me'],
      ['help', '/help/architecture/language'],
    ] as const;
    for (const [look, wish] of looks) {
      const visitor = await visitAs(browser, anna, { url: server.site, ...wish });
      for (const [name, path] of paths) {
        const other = await visitor.open(path);
        await other.settled();
        t.same(await other.axe(), [], `${name} ${look}: axe`);
        const overflow = await other.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        t.ok(overflow <= 0, `${name} ${look}: nothing hangs over the side`);
        await other.picture(`${name}-${look}`);
        checkQuiet(t, other);
        await other.page.close();
      }
      await visitor.context.close();
    }
  });

  await t.test('52: signing out and in again by the passkey, sessions and their end', async (t) => {
    await page.goto('/me');
    await page.getByRole('button', { name: 'Account of Anna Ahlers' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    await signInByPasskey(page);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await page.goto('/me');
    await page.getByRole('cell', { name: 'passkey', exact: true }).first().waitFor();
    await tab.settled();
    t.same(await page.getByText('this one').count(), 1);
    t.same(tab.foreign, [], '51: in all this time no request left the origin');
  });
});
