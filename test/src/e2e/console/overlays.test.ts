// What lies over every page and is loaded after it: the palette, and the API call of the change just made; in a real Chromium.
// @needs chromium
import type { Route } from 'playwright-core';
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser, startBrowser } from '../../support/browser.ts';
import { setUpFirst, startConsoleServer } from '../../support/console.ts';
import { findProgram, runNode, runProgram, serverProgram } from '../../support/processes.ts';
import { readCopied, signInByPasskey } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

/** The lines that people copy are run by the real program. */
const noCurl = findProgram('curl') === null && 'curl is not here: apt-get install -y curl';

t.test('what lies over the pages', { skip: noBrowser }, async (t) => {
  // The receiver of webhooks would stand on this machine.
  const server = await startConsoleServer(t, ['--webhook-reach', 'local']);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site });
  const tab = await setUpFirst(server, anna);
  const { page } = tab;
  const menu = page.getByRole('button', { name: 'Account of Anna Ahlers' });

  await t.test('42: Ctrl-K holds at the first press, and what is typed until it comes is kept', async (t) => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/assets/Overlays-*.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/devices');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('gro');
    const field = page.getByPlaceholder('Search pages, devices and actions');
    t.equal(await field.count(), 0, 'it is still on its way');
    letGo();
    await until('the field has the focus', () =>
      field.evaluate((element) => element === document.activeElement),
    );
    t.equal(await field.inputValue(), 'gro');
    await page.keyboard.type('ups');
    await page.getByRole('dialog').getByText('Groups', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/groups$/);
    await page.unroute('**/assets/Overlays-*.js');
    await field.waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('what lies over the pages comes later where the server was away at first', async (t) => {
    let asked = 0;
    let isAway = true;
    // Each try asks for the part and, without it, for the server: one that comes back in between has the page loaded anew.
    let isTryAway = true;
    const answer = (route: Route) => (isTryAway ? route.abort() : route.continue());
    await page.route('**/assets/Overlays-*.js*', (route) => {
      asked += 1;
      isTryAway = isAway;
      return answer(route);
    });
    await page.route('**/healthz', answer);
    const missed = page.waitForEvent('requestfailed', (one) => one.url().endsWith('/healthz'));
    await page.goto('/jobs');
    await missed;
    await page.evaluate(() => Object.assign(globalThis, { musterSame: true }));
    isAway = false;
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Search pages, devices and actions').waitFor();
    t.ok(asked > 1, 'asked for again');
    t.equal(await page.evaluate(() => Reflect.get(globalThis, 'musterSame')), true, 'in the same page');
    await page.keyboard.press('Escape');
    await page.unroute('**/assets/Overlays-*.js*');
    await page.unroute('**/healthz');
  });

  await t.test('a part that a newer server does not have loads the page anew, each time', async (t) => {
    let isGone = true;
    let isAway = true;
    await page.route('**/assets/AccountMenu-*.js*', (route) => (isGone ? route.abort() : route.continue()));
    await page.route('**/healthz', (route) => (isAway ? route.abort() : route.continue()));
    for (const time of ['first', 'second']) {
      [isGone, isAway] = [true, true];
      await page.goto('/jobs');
      await page.getByRole('heading', { level: 1 }).waitFor();
      // Gone with the page that is loaded again.
      await page.evaluate(() => Object.assign(globalThis, { musterSame: true }));
      await menu.click();
      await page.getByText('The menu could not be loaded').waitFor();
      const isSame = await page.evaluate(() => Reflect.get(globalThis, 'musterSame'));
      t.equal(isSame, true, `${time}: not while the server is away`);
      isAway = false;
      page.once('domcontentloaded', () => {
        isGone = false;
      });
      const anew = page.waitForEvent('domcontentloaded');
      await menu.click();
      await anew;
      await page.getByRole('heading', { level: 1 }).waitFor();
      await menu.click();
      await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).waitFor();
      await page.keyboard.press('Escape');
    }
    await page.unroute('**/assets/AccountMenu-*.js*');
    await page.unroute('**/healthz');
  });

  await t.test(
    '54: the API call of the change just made does it again in a terminal',
    { skip: noCurl },
    async (t) => {
      await page.goto('/groups');
      await menu.click();
      await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).waitFor();
      t.equal(
        await page.getByRole('menuitem', { name: 'Show API call' }).count(),
        0,
        'nothing was changed yet',
      );
      await page.keyboard.press('Escape');
      await until('the focus is where it was', () =>
        menu.evaluate((element) => element === document.activeElement),
      );

      await page.getByRole('button', { name: 'New group' }).first().click();
      const form = page.getByRole('dialog', { name: 'New group' });
      await form.getByRole('textbox', { name: 'Name' }).fill("Anna's “first” $HOME");
      await form.getByRole('button', { name: 'Make group' }).click();
      await page.waitForURL(/\/groups\/grp_\w+$/);
      const [, id] = /(grp_\w+)$/.exec(page.url()) ?? [];

      await menu.click();
      await page.getByRole('menuitem', { name: 'Show API call' }).click();
      const dialog = page.getByRole('dialog', { name: 'API call of your last change' });
      await dialog.getByText('curl -X POST').waitFor();
      await tab.settled();
      t.same(await tab.axe(), []);
      await tab.picture('api-call');
      const shown = (await dialog.locator('.muster-command').textContent()) ?? '';
      await dialog.getByRole('button', { name: 'Copy the command' }).click();
      const line = await readCopied(page, shown);

      t.match(await server.call(`/api/v1/groups/${id}`, { method: 'DELETE' }), { status: 204 });
      const token = await runNode(t, serverProgram('token', '--name', 'shell', '--data-dir', server.dataDir));
      // The certificate is one that the server made for itself.
      const shell = `MUSTER_TOKEN=${token.trim()}; curl() { command curl --silent --insecure "$@"; }; ${line}`;
      const made = JSON.parse(await runProgram(t, ['sh', '-c', shell])) as { id: string; name: string };
      t.equal(made.name, "Anna's “first” $HOME");
      t.not(made.id, id, 'it is another one');
      t.match((await server.call(`/api/v1/groups/${made.id}`)).body, { name: made.name });
    },
  );

  await t.test('it shows no secret: the address of a webhook is one', async (t) => {
    await page.goto('/alerts?tab=routing');
    await page.getByRole('button', { name: 'New way' }).click();
    const form = page.getByRole('dialog', { name: 'New way' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Pager');
    await form.getByLabel('URL').fill('http://127.0.0.1:9/only-the-pager-knows');
    await form.getByRole('button', { name: 'Make' }).click();
    await form.getByText(/^whsec_/).waitFor();
    await form.getByRole('button', { name: 'Done' }).click();
    await form.waitFor({ state: 'detached' });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Show API call' }).click();
    const dialog = page.getByRole('dialog', { name: 'API call of your last change' });
    await dialog.getByText('/api/v1/notifications/ways').waitFor();
    const said = (await dialog.textContent()) ?? '';
    t.match(said, '"url":"…"');
    t.notMatch(said, 'only-the-pager-knows');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  await t.test('whoever signs in next in this tab does not see it', async (t) => {
    // Gone with the page that is loaded again.
    await page.evaluate(() => Object.assign(globalThis, { musterSame: true }));
    await anna.context.clearCookies();
    await page.getByRole('link', { name: 'Groups' }).click();
    await page.waitForURL(/\/sign-in/);
    await signInByPasskey(page);
    await menu.click();
    await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).waitFor();
    t.equal(await page.getByRole('menuitem', { name: 'Show API call' }).count(), 0);
    t.equal(await page.evaluate(() => Reflect.get(globalThis, 'musterSame')), true, 'in the same page');
  });
  t.same(tab.complaints, [], 'no script fails, and the policy refuses nothing');
});
