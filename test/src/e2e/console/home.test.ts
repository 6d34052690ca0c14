// Home over time, set-up checks, lists of groups and the history of things in a real Chromium; with the numbers of the UX list.
// @needs chromium
import { deflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Tab, type Visitor } from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer, visitAs } from '../../support/console.ts';
import { readUntil } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';
import { keepShifts, readShifts } from './acceptance-probes.ts';

t.setTimeout(BROWSER_FILE_MS);

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** What moves no more than this stays where it is. */
const STILL = 0.02;
/** What a server says that cannot count. */
const away = {
  ...{ title: 'Internal error', status: 500, code: 'E_INTERNAL', retryable: false },
  detail: 'Something failed inside of the server.',
  instance: 'urn:muster:request:req-1',
};
/** Groups, more than are offered at once. */
const MANY = 30;
const names = ['web-01', 'web-02', 'db-01'] as const;

interface Made {
  readonly id: string;
}

/** A server with three devices, one of them connected, none of which has said more than its name; and the first admin. */
async function openHome(t: Test) {
  const server = await startConsoleServer(t);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site });
  const tab = await setUpFirst(server, anna);
  const token = await server.enrollmentToken(names.length);
  const devices = [];
  for (const hostname of names) devices.push(await enrollDevice(server.url, token, { hostname }));
  const [first] = devices;
  if (first !== undefined) {
    const wire = await openDevice(server.url, first);
    t.teardown(async () => wire.socket.terminate());
  }
  await until('it is connected', async () => {
    const path = `/api/v1/devices?limit=1&on=${encodeURIComponent('presence == "online"')}`;
    return (await server.call<{ count: number | null }>(path)).body.count === 1;
  });
  const makeGroup = async (body: object) =>
    (await server.call<Made>('/api/v1/groups', { method: 'POST', body })).body.id;
  return { server, browser, anna, tab, makeGroup, ids: devices.map(({ id }) => id) };
}

/** Samples of a month, as the server would have taken them: the second device left twelve hours ago, and an hour is missing. */
async function fillCourse(server: ConsoleServer): Promise<void> {
  const nowMs = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS;
  // The next moment too: it may come while this runs, and what is there already is not sampled.
  const moments = Array.from({ length: 30 * 96 + 1 }, (_, back) => nowMs + (1 - back) * QUARTER_MS).filter(
    (at) => at < nowMs - 5 * QUARTER_MS || at > nowMs - 2 * QUARTER_MS,
  );
  await server.query(async (sql) => {
    const [row] = await sql`SELECT tenant FROM organization`;
    const set = (bits: number) => deflateRawSync(Uint8Array.of(bits));
    for (const at of moments) {
      const isGone = at > nowMs - DAY_MS / 2;
      await sql`INSERT INTO presence_sample VALUES (${row?.tenant}, ${new Date(at)}, ${isGone ? 1 : 2}, ${isGone ? 1 : 0}, 0,
        ${set(isGone ? 1 : 3)}, ${set(isGone ? 2 : 0)}, ${set(0)}) ON CONFLICT (tenant, at) DO UPDATE SET online = excluded.online,
        offline = excluded.offline, online_set = excluded.online_set, offline_set = excluded.offline_set`;
    }
  });
}

async function overflow({ page }: Tab): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Holds the answers about devices back until `open`; from then on they are the server's, or that it cannot count. */
async function holdDevices({ context }: Visitor) {
  let open = (_isAway: boolean): void => undefined;
  let isAway = new Promise<boolean>((resolve) => {
    open = resolve;
  });
  await context.route(/\/api\/v1\/devices(?:\?|$)/, async (route) =>
    (await isAway) ? route.fulfill({ status: 500, json: away }) : route.continue(),
  );
  return {
    open(next: boolean): void {
      open(next);
      isAway = Promise.resolve(next);
    },
  };
}

t.test('home, groups and history', { skip: noBrowser, timeout: BROWSER_FILE_MS }, async (t) => {
  const { server, browser, anna, tab, makeGroup, ids } = await openHome(t);
  const { page } = tab;
  const chart = page.getByRole('figure', { name: 'Over time' });

  await t.test('16: a fleet that nobody has watched yet says when there will be a line', async (t) => {
    await page.goto('/');
    await page.getByText('From the second time on it is drawn here').waitFor();
    t.same(await tab.axe(), []);
    await tab.picture('home-course-first');
  });

  await t.test(
    '34, 20: the course of a day and of a month, with its gap, in words and as a table',
    async (t) => {
      await fillCourse(server);
      await page.goto('/');
      await chart.waitFor();
      await chart.locator('canvas').waitFor();
      const words = chart.locator('figcaption');
      await until('it is said in words', async () => {
        const said = (await words.textContent()) ?? '';
        return /Online: now 1, on average 1\.\d+, at most 2 at .+ One gap\./.test(said);
      });
      t.match(await words.textContent(), /Offline: now 1/);
      t.notMatch(await words.textContent(), /Missing/, 'what nobody is has no line');
      await chart.getByRole('button', { name: 'Values as a table' }).click();
      await chart.getByRole('cell', { name: '–' }).first().waitFor();
      t.same(await tab.axe(), [], '44: axe');
      await tab.picture('home-course');
      await page.getByText('30 days', { exact: true }).click();
      await page.waitForURL(/range=30d/);
      await until('a month is drawn', async () => {
        await chart.waitFor();
        return /on average 1\.9/.test((await words.textContent()) ?? '');
      });
      await page.reload();
      await chart.waitFor();
      t.ok(await page.getByRole('radio', { name: '30 days' }).isChecked(), 'the address keeps it');
      const online = page.locator('a[data-name="online"]');
      t.match(await online.getAttribute('href'), /^\/devices\?on=.*online/, 'the number leads to its list');
    },
  );

  await t.test('43, 44, 49, 50: in the dark, in German and on a telephone', async (t) => {
    const looks = [
      ['dark', { colorScheme: 'dark' }, 'Over time'],
      ['de', { language: 'de' }, 'Im Verlauf'],
      ['narrow', { width: 360, height: 740 }, 'Over time'],
    ] as const;
    for (const [look, wish, title] of looks) {
      const visitor = await visitAs(browser, anna, { url: server.site, ...wish });
      const other = await visitor.open('/');
      await other.page.getByRole('figure', { name: title }).locator('canvas').waitFor();
      await other.settled();
      t.same(await other.axe(), [], `axe: ${look}`);
      t.ok((await overflow(other)) <= 0, `nothing hangs over the side: ${look}`);
      await other.picture(`home-course-${look}`);
      t.same([...other.complaints, ...other.foreign], []);
      await visitor.context.close();
    }
  });

  await t.test(
    '18: Home stays where it is, whether its figures come late, not at all, or no more',
    async (t) => {
      const device = ids.at(-1);
      for (const width of [1_280, 360] as const)
        for (const isAway of [false, true]) {
          const look = `${isAway ? 'away' : 'late'}-${width}`;
          const visitor = await visitAs(browser, anna, {
            ...{ url: server.site, width, height: width === 360 ? 740 : 800 },
          });
          // What the banner says is known from then on.
          await (await visitor.open('/')).settled();
          await keepShifts(visitor.context);
          const held = await holdDevices(visitor);
          const other = await visitor.open('/');
          const failed = other.page.getByText('The devices could not be counted');
          const stale = other.page.getByRole('button', { name: 'Out of date' });
          const drawn = other.page.getByRole('figure', { name: 'Over time' }).locator('canvas');
          const stays = async (when: string) => {
            await other.settled();
            const { most, moved } = await readShifts(other.page);
            t.ok(most <= STILL, `${look}: moves by ${most} ${when}: ${moved}`);
            if (when === (isAway ? 'at first' : 'later')) t.same(await other.axe(), [], `44: axe ${look}`);
            await other.picture(`home-${look}-${when.replaceAll(' ', '-')}`);
          };
          await other.page.locator('main [aria-busy="true"]').waitFor();
          held.open(isAway);
          await (isAway ? failed : drawn).waitFor();
          await stays('at first');
          held.open(!isAway);
          // Something about a device has them counted again, once the page listens.
          let change = 0;
          const told = isAway ? drawn : stale;
          await readUntil(
            async () => {
              const body = { labels: { home: `${look}-${change++}` } };
              await server.call(`/api/v1/devices/${device}`, { method: 'PATCH', body });
              return told.isVisible();
            },
            (isTold) => isTold,
          );
          await told.waitFor();
          await stays('later');
          if (!isAway) {
            await stale.click();
            await failed.waitFor();
            await other.page.getByRole('button', { name: 'Try again' }).waitFor();
          }
          t.same([...other.complaints, ...other.foreign], []);
          await visitor.context.close();
        }
    },
  );

  await t.test(
    '4: the set-up is checked, each fault with a remedy, and Home says when one is red',
    async (t) => {
      await page.goto('/settings');
      const list = page
        .getByRole('listitem')
        .filter({ has: page.getByText(/^(good|worth a look|trouble)$/) });
      await until('six things are looked at', async () => (await list.count()) === 6);
      const lines = await list.allInnerTexts();
      for (const name of ['Database', 'Clock', 'Certificate', 'Disk', 'Mail', 'Root key'])
        t.ok(
          lines.some((line) => line.includes(name)),
          name,
        );
      for (const line of lines) if (!line.startsWith('good')) t.match(line, /What to do: \S/);
      t.same(await tab.axe(), []);
      await page.route('**/api/v1/checks', (route) =>
        route.fulfill({
          json: {
            version: '0',
            checks: [
              { id: 'disk', state: 'bad', reason: 'full', value: '1000' },
              { id: 'clock', state: 'bad', reason: 'devices', value: '-90000' },
              { id: 'mail', state: 'warn', reason: 'none', value: '' },
            ],
          },
        }),
      );
      await page.goto('/');
      await page.getByText('2 checks of its set-up show trouble').waitFor();
      t.same(await tab.axe(), []);
      await tab.picture('home-trouble');
      await page.getByRole('link', { name: 'See what and how to mend it' }).click();
      await page.getByText('Make room on the disk of the data folder now.').waitFor();
      await page.getByText(/clocks of most connected devices differ/).waitFor();
      await page.unroute('**/api/v1/checks');
    },
  );

  await t.test('3: a set-up link says what it ends', async (t) => {
    const visitor = await browser.visit({ url: server.site });
    const other = await visitor.open(await server.setupLink());
    await other.page.getByText('you are signed out everywhere').waitFor();
    t.same(await other.axe(), []);
    await visitor.context.close();
  });

  await t.test('12: a name is found though the device has not reported yet', async () => {
    await page.goto('/devices');
    await page.getByText('3 rows').waitFor();
    const field = page.getByRole('combobox', { name: 'Filter' }).or(page.getByLabel('Filter')).first();
    await field.fill('web');
    await field.press('Enter');
    await page.getByText('2 rows').waitFor();
  });

  const picked = await makeGroup({
    name: 'Databases',
    expression: 'hostname == "db-01"',
    devices: [ids[0]],
  });

  await t.test(
    '15, 21: the number of a group leads to its devices; it is a chip that can be taken away',
    async (t) => {
      await page.goto('/groups');
      await page
        .getByRole('row', { name: /Databases/ })
        .getByRole('link', { name: '2', exact: true })
        .click();
      await page.waitForURL(new RegExp(`group=${picked}`));
      await page.getByText('2 rows').waitFor();
      await page.getByRole('link', { name: 'Databases' }).waitFor();
      t.same(await tab.axe(), []);
      await tab.picture('devices-of-group');
      await page.getByRole('checkbox', { name: 'Select web-01' }).click();
      await page.getByRole('button', { name: 'Select all 2 that match' }).click();
      const act = page.getByRole('link', { name: 'Act on them' });
      await act.waitFor();
      const means = new URL((await act.getAttribute('href')) ?? '', server.site).searchParams.get('on');
      t.match(means, `group("${picked}")`, 'all that match are the members, picked ones too');
      await page.getByRole('button', { name: /Show devices of all groups/ }).click();
      await page.getByText('3 rows').waitFor();
    },
  );

  await t.test('41: what the audit says of a device, a group, a person and a token', async (t) => {
    await page.goto(`/devices/${ids[0]}`);
    await page.getByRole('link', { name: 'History', exact: true }).click();
    await page.waitForURL(new RegExp(`/audit\\?subject=${ids[0]}`));
    await page.getByText('device.enroll').first().waitFor();
    await page.goto(`/groups/${picked}`);
    await page.getByRole('link', { name: 'History', exact: true }).click();
    await page.getByText('group.make').first().waitFor();
    await page.goto('/enrollment');
    await page.getByRole('link', { name: 'History of test' }).click();
    await page.getByText('enrollment-token.make').first().waitFor();
    t.same(await tab.axe(), []);
    t.same(tab.complaints, []);
    t.same(tab.foreign, []);
  });

  await t.test(
    '37: names of groups and labels are offered where they stand, once they are asked for',
    async (t) => {
      const labels = ['prod', 'prep', 'test'];
      for (const [index, env] of labels.entries())
        await server.call(`/api/v1/devices/${ids[index]}`, { method: 'PATCH', body: { labels: { env } } });
      for (let n = 10; n < 10 + MANY; n++) await makeGroup({ name: `rack-${n}` });
      const asked: string[] = [];
      page.on('request', (request) => {
        const { pathname, searchParams } = new URL(request.url());
        if (pathname === '/api/v1/groups') asked.push('groups');
        if (searchParams.get('fields') === 'id,labels') asked.push(searchParams.get('on') ?? 'labels');
      });
      await page.goto('/devices');
      await page.getByText('3 rows').waitFor();
      const field = page.getByRole('combobox', { name: 'Filter' }).or(page.getByLabel('Filter')).first();
      // The list lies beside the page, so that no dialog cuts it off; it belongs to its field, which says so.
      const listFaults = async () => (await tab.axe()).filter((fault) => !fault.startsWith('region:'));
      const option = (name: string) => page.getByRole('option', { name, exact: true });
      await field.pressSequentially('arch == "x86_64" && ');
      t.same(asked, [], 'nothing is asked for before');

      await field.fill('group("');
      await option('rack-10').waitFor();
      t.equal(await page.getByRole('option').count(), 24, 'no more than can be read');
      await page.getByText('There may be others: go on typing.').waitFor();
      t.same(await listFaults(), []);
      await tab.picture('names-of-groups');
      await field.pressSequentially('dat');
      await option('Databases hostname == "db-01"').waitFor();
      await until('the others are gone', async () => (await page.getByRole('option').count()) === 1);
      t.same(asked, ['groups'], 'once, however much is typed');
      await field.press('ArrowDown');
      const chosen = await page.locator('[data-combobox-selected]').getAttribute('id');
      t.equal(await field.getAttribute('aria-activedescendant'), chosen, 'a screen reader is told which');
      await field.press('Enter');
      t.equal(await field.inputValue(), 'group("Databases")');
      await option('&&').waitFor();
      await field.press('Enter');
      await page.getByText('2 rows').waitFor();

      await field.fill('label("e');
      await option('env prep, prod, test').click();
      t.equal(await field.inputValue(), 'label("env") ');
      await option('==').waitFor();
      await field.pressSequentially('== "pr');
      await option('prod').waitFor();
      t.same(await page.getByRole('option').allInnerTexts(), ['prep', 'prod']);
      t.equal(asked.at(-1), 'label("env").startsWith("pr")', 'by what is typed');
      await tab.picture('names-of-labels');
      await option('prod').click();
      t.equal(await field.inputValue(), 'label("env") == "prod"');
      await field.press('Escape');
      await field.press('Enter');
      await page.getByText('1 row', { exact: true }).waitFor();

      await page.route('**/api/v1/groups', (route) => route.fulfill({ status: 500, json: away }));
      await page.reload();
      await field.fill('group("');
      await page.getByText('The names could not be read: Something failed inside of the server.').waitFor();
      t.same(await listFaults(), []);
      await page.unroute('**/api/v1/groups');
      const visitor = await visitAs(browser, anna, { url: server.site, width: 360, height: 740 });
      const narrow = await visitor.open('/devices');
      await narrow.page.getByLabel('Filter').first().fill('group("');
      await narrow.page.getByRole('option', { name: /rack-10/ }).waitFor();
      t.ok((await overflow(narrow)) <= 0, 'nothing hangs over the side');
      await narrow.picture('names-narrow');
      t.same([...tab.complaints, ...narrow.complaints], []);
      await visitor.context.close();
    },
  );
});
