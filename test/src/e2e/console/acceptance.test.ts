// The acceptance list, scenes of lists, in a real Chromium over 10,500 devices of which 500 live, and a real agent; by its numbers.
// @needs chromium
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { root } from '../../support/processes.ts';
import { until } from '../../support/wait.ts';
import { ALL, checkQuiet, chooseMany, compare, untilCounted } from './acceptance-scenes.ts';
import { atPlace, LIVING, openAcceptance, SIMULATED } from './acceptance-stage.ts';
import { placeholdersOf, readCatalog } from './acceptance-words.ts';

t.setTimeout(BROWSER_FILE_MS);

t.test('49: every text is there in both languages, with the same values in it', (t) => {
  const catalog = readCatalog();
  t.ok(catalog.length > 1_000, `${catalog.length} texts`);
  for (const { place, en, de } of catalog) {
    if (en !== '' && de.trim() === '') t.fail(`${place} has no German`);
    if (de !== '' && en.trim() === '' && !place.endsWith('note')) t.fail(`${place} has no English`);
    t.same(placeholdersOf(de), placeholdersOf(en), place);
  }
  t.end();
});

t.test('each of the 56 points names its test, or why it is not built yet', (t) => {
  const folder = join(root, 'test/src/e2e/console');
  const suites = readdirSync(folder).filter((file) => file.endsWith('.test.ts'));
  const rows = readFileSync(join(root, 'docs/architecture/console.md'), 'utf8').matchAll(
    /^\| (\d+) \|.*\| (.*) \|$/gm,
  );
  const points = [...rows].map(([, number = '', tests = '']) => ({ number, tests }));
  t.same(
    points.map(({ number }) => Number(number)),
    Array.from({ length: 56 }, (_, at) => at + 1),
  );
  for (const { number, tests } of points) {
    const named = [...tests.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name);
    t.ok(named.length > 0 || tests.startsWith('not built: '), `${number}: ${tests}`);
    for (const name of named) {
      if (name.includes('/')) readFileSync(join(root, name));
      if (name.includes('/') || tests.startsWith('not built')) continue;
      const files = suites.filter((file) => file === `${name}.test.ts` || file.startsWith(`${name}-`));
      const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
      // Titles and assertions begin with their numbers: '44, 49: …'.
      const titles = text.match(/['`]\d[^'`\n]*['`]/g) ?? [];
      const has = titles.some((title) => new RegExp(`\\b${number}\\b`).test(title));
      t.ok(has, `${name} has a test of ${number}`);
    }
  }
  t.end();
});

t.test('the acceptance list', { skip: noBrowser }, async (t) => {
  const stage = await openAcceptance(t);
  const tab = await stage.anna.open('/devices');
  const { page } = tab;
  const first = page.locator('tr[data-index="0"]');

  await t.test('17: ten thousand rows are a few in the page, and the server orders them', async (t) => {
    await untilCounted(page, ALL);
    const table = page.getByRole('table', { name: 'Devices' });
    t.equal(await table.getAttribute('aria-rowcount'), `${ALL + 1}`);
    const asked: string[] = [];
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.pathname === '/api/v1/devices' && url.searchParams.has('sort')) asked.push(url.search);
    });
    await page.getByRole('button', { name: 'Name' }).click();
    await page.waitForURL(/sort=-hostname/);
    const { body } = await stage.server.call<{ items: { hostname: string }[] }>(
      '/api/v1/devices?sort=-hostname&limit=1',
    );
    await first.getByText(body.items[0]?.hostname ?? '', { exact: true }).waitFor();
    // More than one where a device has changed meanwhile.
    t.ok(asked.length > 0, 'the server orders, not the page');
    const rows = page.locator('tr[data-index]');
    const before = asked.length;
    await until('far rows are there', async () => {
      await table.evaluate((element) => element.parentElement?.scrollBy(0, 3_000));
      const last = await rows.last().getAttribute('aria-rowindex');
      return Number(last) >= 600;
    });
    t.ok((await rows.count()) < 80, 'rows out of sight are not made');
    t.ok((await page.locator('*').count()) < 3_000, 'nor is anything else');
    t.ok(asked.length - before < 30, `${asked.length - before} pages were asked for as one scrolled`);
  });

  await t.test('21: what is chosen survives scrolling, other pages and all that match', (t) =>
    chooseMany(t, page),
  );

  await t.test(
    '15: conditions are dropped one by one, and an empty result names the one to drop',
    async (t) => {
      await page.goto(`/devices?on=${encodeURIComponent(`${SIMULATED} && os.name == "plan9"`)}`);
      await page.getByRole('heading', { name: 'No device fits' }).waitFor();
      await page.getByRole('button', { name: `Without os.name == "plan9": ${LIVING}` }).click();
      await untilCounted(page, LIVING);
      t.equal(new URL(page.url()).searchParams.get('on'), SIMULATED);
      await page.getByRole('button', { name: /Remove the condition/ }).click();
      await untilCounted(page, ALL);
    },
  );

  await t.test('13: a copied address shows a colleague the same rows, within her rights', (t) =>
    compare(t, stage, page),
  );

  await t.test(
    '16: an empty list says why in a sentence, with one thing to do and one page to read',
    async (t) => {
      for (const path of [
        '/approvals',
        '/scripts',
        `/devices?on=${encodeURIComponent('os.name == "plan9"')}`,
      ]) {
        await atPlace(stage.anna, path, async ({ page }) => {
          const main = page.getByRole('main');
          const title = main.getByRole('heading', { level: 2 });
          await title.waitFor();
          t.equal(await title.count(), 1, path);
          const place = title.locator('xpath=..');
          t.match(
            await place
              .getByText(/\p{L}.*[.:]$/u)
              .first()
              .textContent(),
            /\s/,
            'a sentence',
          );
          t.equal(await place.locator('.mantine-Button-root').count(), 1, `${path}: one thing to do`);
          t.equal(await place.locator('a[href^="/help/"]').count(), 1, `${path}: one page to read`);
        });
      }
    },
  );

  checkQuiet(t, tab, 'the first tab');
});
