// Scenes of the acceptance list that take a few steps each: choosing many, a colleague, keys, themes, errors, a silent server, files.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { enrollDevice } from '../../fleet/device.ts';
import type { Tab } from '../../support/browser.ts';
import { signalProcess } from '../../support/processes.ts';
import { readUntil, streamStands } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';
import { readStop, type Stop } from './acceptance-probes.ts';
import { atPlace, HERS, LIVING, RESTING, SIMULATED, type Stage, untilShown } from './acceptance-stage.ts';

/** The devices in all: those at rest, those that live, and the one of the real agent. */
export const ALL = RESTING + LIVING + 1;
/** Waits until the list says that it has so many. */
export const untilCounted = (page: Page, count: number) =>
  page.getByText(`${count.toLocaleString('en')} rows`, { exact: true }).waitFor();
/** Stops of the Tab key that a walk takes at most. */
const MAX_STOPS = 150;

/** Nothing was asked of another host, and nothing was complained about. */
export function checkQuiet(t: Test, { foreign, complaints }: Tab, path: string): void {
  t.same(foreign, [], `51: ${path} asks no other host`);
  t.same(complaints, [], `${path} has no complaint`);
}

/** Presses Tab until the stop fits; every stop on the way must be seen. */
async function tabTo(t: Test, page: Page, fits: (stop: Stop) => boolean): Promise<void> {
  const seen: string[] = [];
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    await page.keyboard.press('Tab');
    const stop = await readStop(page);
    seen.push(stop.name);
    if (!stop.isVisible) t.fail(`the focus is not seen on ${stop.tag} ${stop.name}`);
    if (fits(stop)) return;
  }
  throw new Error(`the Tab key does not lead there, but to ${seen.join(', ')}`);
}

export async function chooseMany(t: Test, page: Page): Promise<void> {
  await page.goto(`/devices?on=${encodeURIComponent(SIMULATED)}`);
  await untilCounted(page, LIVING);
  const boxes = page.getByRole('checkbox', { name: /^Select [a-z]{3}-/ });
  const scrollTo = (row: number) =>
    until(`row ${row} is there`, async () => {
      await page.locator('table').evaluate((table) => table.parentElement?.scrollBy(0, 2_000));
      return (await page.locator(`tr[aria-rowindex="${row + 2}"]`).count()) > 0;
    });
  await boxes.nth(0).click();
  await boxes.nth(4).click({ modifiers: ['Shift'] });
  await page.getByText('5 selected').waitFor();
  // Beyond the first page that the server sent.
  await scrollTo(LIVING - 1);
  await boxes.last().click();
  await page.getByText('6 selected').waitFor();
  await page.locator('table').evaluate((table) => table.parentElement?.scrollTo(0, 0));
  await page.locator('tr[data-index="4"][aria-selected="true"]').waitFor();
  t.equal(await page.locator('tr[data-index="5"]').getAttribute('aria-selected'), 'false');
  await page.getByRole('button', { name: `Select all ${LIVING} that match` }).click();
  await scrollTo(LIVING - 1);
  await boxes.last().click();
  await page.getByText(`${LIVING - 1} selected`).waitFor();
  await page.getByRole('link', { name: 'Act on them' }).click();
  await page.waitForURL(/\/act\?on=/);
  // The head of the list is a row too.
  await page.locator(`table[aria-label="Devices that are meant"][aria-rowcount="${LIVING}"]`).waitFor();
  t.pass('and exactly those are acted on');
}

export async function compare(t: Test, { berta, count, server }: Stage, page: Page): Promise<void> {
  const [on, hers] = [SIMULATED, HERS].map((where) => `${where} && label("role") == "web"`) as [
    string,
    string,
  ];
  const [many, few] = [await count(on), await count(hers)];
  t.ok(few > 0 && few < many, `${few} of ${many}`);
  const query = new URLSearchParams({ on, columns: 'hostname,state,labels', sort: '-hostname' });
  await page.goto(`/devices?${query}`);
  await untilCounted(page, many);
  const columns = await page.getByRole('columnheader').allTextContents();
  const { pathname, search } = new URL(page.url());
  const wanted = new URLSearchParams({ on: hers, sort: '-hostname', limit: '20', fields: 'hostname' });
  const { body } = await server.call<{ items: { hostname: string }[] }>(`/api/v1/devices?${wanted}`);
  await atPlace(berta, pathname + search, async ({ page }) => {
    await untilCounted(page, few);
    const names = await readUntil(
      () => page.locator('tr[data-index] td:nth-child(2)').allTextContents(),
      (all) => all.length >= Math.min(20, few),
    );
    t.same(
      names.slice(0, 20),
      body.items.map(({ hostname }) => hostname),
      'hers of them, in that order',
    );
    t.same(await page.getByRole('columnheader').allTextContents(), columns, 'the same columns');
    t.equal(await page.getByRole('link', { name: 'People' }).count(), 0, 'what she may not is not offered');
  });
  await atPlace(berta, '/people', async ({ page }) => {
    await page.getByText(/It needs the permission persons\.read/).waitFor();
  });
}

export async function usePalette(t: Test, { page }: Tab): Promise<void> {
  await page.goto('/settings');
  await untilShown(page);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  const targets = await links.evaluateAll((all) =>
    all.map((one) => [one.textContent ?? '', one.getAttribute('href') ?? ''] as const),
  );
  t.ok(targets.length >= 14, `${targets.length} pages`);
  const titles = page.getByRole('heading', { level: 1 });
  for (const [name, path] of targets) {
    const before = await titles.first().textContent();
    await page.keyboard.press('Control+k');
    const field = page.getByPlaceholder('Search pages, devices and actions');
    await field.fill(name);
    const chosen = page.locator('.muster-palette [data-selected]');
    await until(
      `${name} is chosen`,
      async () => (await chosen.count()) === 1 && (await chosen.textContent())?.trim() === name,
    );
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === path);
    await field.waitFor({ state: 'detached' });
    // The address is there before its page: until that has come, the page before is shown, with its heading and its search.
    await until(`the page of ${name} has come`, async () => {
      const [title] = await titles.allTextContents();
      return title !== undefined && title !== before;
    });
    await untilShown(page);
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await keys.waitFor();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await until(`/ leads to a field on ${path}`, () =>
      page.evaluate(() => document.activeElement?.matches('input')),
    );
    await page.keyboard.press('Escape');
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    await field.waitFor({ state: 'detached' });
  }
}

export async function watchTheme(t: Test, { look }: Stage): Promise<void> {
  for (const [system, chosen] of [
    ['dark', null],
    ['light', 'dark'],
    ['dark', 'light'],
  ] as const) {
    const visitor = await look({ colorScheme: system });
    await visitor.context.addInitScript((theme) => {
      if (theme !== null) localStorage.setItem('muster.theme', theme);
      const seen: string[] = [];
      Object.assign(globalThis, { musterThemes: seen });
      function note(): void {
        const theme = document.documentElement?.dataset.mantineColorScheme;
        // Before there is anything to be seen there is no theme.
        if (document.getElementById('root')?.firstChild != null) seen.push(theme ?? 'none');
        requestAnimationFrame(note);
      }
      requestAnimationFrame(note);
    }, chosen);
    await atPlace(visitor, '/', async ({ page }) => {
      const seen = await page.evaluate<string[]>(() => [
        ...new Set<string>(Reflect.get(globalThis, 'musterThemes')),
      ]);
      t.same(seen, [chosen ?? system], `the system is ${system}, chosen is ${chosen ?? 'nothing'}`);
      const [red = 0] =
        (await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
          .match(/\d+/g)
          ?.map(Number) ?? [];
      t.equal(red < 128 ? 'dark' : 'light', chosen ?? system, 'and the page is painted so');
    });
  }
}

export async function walk(t: Test, { anna }: Stage): Promise<void> {
  const tab = await anna.open(`/devices?on=${encodeURIComponent(SIMULATED)}`);
  const { page } = tab;
  await untilCounted(page, LIVING);
  await tabTo(t, page, ({ name }) => name === 'Skip to the content');
  await tabTo(t, page, ({ tag }) => tag === 'TR');
  await page.keyboard.press('ArrowDown');
  await until('the second row has the focus', () =>
    page.evaluate(() => document.activeElement?.matches('[data-index="1"]')),
  );
  const name = (await page.locator('tr[data-index="1"] td').nth(1).textContent()) ?? '';
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await untilShown(page);
  await tabTo(t, page, ({ name }) => name === 'Restart a service');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/act\?/);
  await untilShown(page);
  await tabTo(t, page, ({ tag, name }) => tag === 'INPUT' && /^Name\b/.test(name));
  await page.keyboard.type('nginx');
  await page.getByText('How to undo it').first().waitFor();
  // The passkey of this stage signs no orders: the line for a terminal is what the walk leads to.
  await tabTo(t, page, ({ name }) => name === 'Copy the command');
  await page.keyboard.press('Enter');
  const line = await until('the line is copied', () => page.evaluate(() => navigator.clipboard.readText()));
  t.match(line, /^muster run service\.restart .*nginx/);
  checkQuiet(t, tab, 'the walk');
  await page.close();
}

export async function meetError(t: Test, page: Page): Promise<void> {
  await page.goto('/groups');
  await untilShown(page);
  await page.getByRole('button', { name: 'New group' }).click();
  const dialog = page.getByRole('dialog');
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Web servers');
  await dialog.getByLabel('Expression').fill('label("role") == "db"');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Make group' }).click();
  const problem = dialog.getByRole('alert');
  await problem
    .getByText(/\p{L}.*[.]$/u)
    .first()
    .waitFor();
  await problem.getByRole('button', { name: 'Copy the request id' }).click();
  const said = (await problem.textContent()) ?? '';
  const copied = await readUntil(
    () => page.evaluate(() => navigator.clipboard.readText()),
    (text) => text.length > 3 && said.includes(text),
  );
  t.match(said, copied);
  t.ok(copied.length > 3, copied);
  t.equal(await name.inputValue(), 'Web servers', 'what was typed is there');
  t.equal(await dialog.getByLabel('Expression').inputValue(), 'label("role") == "db"');
  await name.fill('Databases');
  await dialog.getByRole('button', { name: 'Make group' }).click();
  await page.getByRole('heading', { level: 1, name: 'Databases' }).waitFor();
}

export async function fallSilent(t: Test, { anna, server }: Stage): Promise<void> {
  const page = await anna.context.newPage();
  await page.clock.install();
  const standing = streamStands(page);
  await page.goto(`${server.site}/devices`);
  await untilCounted(page, ALL);
  // Of a stream that never stood nobody knows since when it is broken.
  await standing;
  await untilShown(page);
  // Nothing is refused and nothing closed: as when somebody pulls the cable.
  signalProcess(server.pid(), 'SIGSTOP');
  try {
    await page.clock.fastForward('02:00');
    await page.getByText(/Connection lost: reconnecting, data from \d/).waitFor();
    t.ok(
      await page.evaluate(() => document.documentElement.hasAttribute('data-lost')),
      'nothing stays green',
    );
  } finally {
    signalProcess(server.pid(), 'SIGCONT');
  }
  await until('the banner goes', async () => (await page.getByText(/reconnecting/).count()) === 0);
  await page.close();
}

/** What was just done by hand, as a line for a terminal. */
export async function showCall(t: Test, page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account of / }).click();
  await page.getByRole('menuitem', { name: 'Show API call' }).click();
  const line = await page.getByRole('dialog').locator('.muster-command').textContent();
  t.match(line, /curl .*\/api\/v1\/groups/s);
  t.match(line, 'Databases');
  t.match(line, '$MUSTER_TOKEN');
  await page.keyboard.press('Escape');
}

/** A page that is not there yet shows where its things will be. */
export async function seeSkeletons(t: Test, { look }: Stage): Promise<void> {
  const visitor = await look({});
  // What is asked for never comes; who is signed in does.
  await visitor.context.route(/\/api\/v1\/(?!session)/, () => undefined);
  for (const path of ['/', '/devices', '/groups', '/jobs', '/audit', '/people', '/me', '/trust']) {
    const { page } = await visitor.open(path);
    await page.locator('main').locator('.mantine-Skeleton-root').first().waitFor();
    t.equal(await page.locator('main .mantine-Loader-root').count(), 0, `nothing turns on ${path}`);
    await page.close();
  }
}

/** What a spreadsheet would take for a formula is none in the file; a program gets the name as it is. */
export async function saveFormula(t: Test, { anna, server }: Stage): Promise<void> {
  const hostname = '=1+1';
  const { id } = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname });
  const { page } = await anna.open(
    `/devices?${new URLSearchParams({ on: `id == "${id}"`, columns: 'hostname,id' })}`,
  );
  const save = async (name: string) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('menuitem', { name }).click();
    return readFile(await (await waiting).path(), 'utf8');
  };
  await untilShown(page);
  await page.getByRole('link', { name: hostname }).waitFor();
  t.equal(await save('These columns as CSV'), `hostname,id\r\n'${hostname},${id}\r\n`);
  t.same(JSON.parse(await save('These columns as JSON')), [{ hostname, id }]);
  await page.close();
}

/** Passwords come from managers: whatever is in the clipboard can be put there. */
export async function pasteSecret(t: Test, page: Page): Promise<void> {
  await page.goto('/me');
  await untilShown(page);
  await page.evaluate(() => navigator.clipboard.writeText('correct horse battery staple'));
  const field = page.getByLabel('New password');
  await field.click();
  await page.keyboard.press('Control+v');
  t.equal(await field.inputValue(), 'correct horse battery staple');
}
