// Acknowledging in a real browser, by its number of the acceptance list: on a telephone, by the keyboard, with others who look and are quicker.
// @needs chromium
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Tab } from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer, visitAs } from '../../support/console.ts';
import { makeAlert } from '../../support/report.ts';
import { readUntil, streamStands } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

const PHONE_PX = 360;
const ROOT = 'disk_full (/) on web-1';
const seriesOf = (mount: string) => `system.filesystem.utilization{${mount}}`;

/** Goes by the Tab key until the button with that name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const reached = await readUntil(
    async () => {
      await page.keyboard.press('Tab');
      return focused(page);
    },
    (label) => label === name,
  );
  if (reached !== name) throw new Error(`the Tab key never reaches ${name}`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
}

/** Nothing that is needed lies beside the screen. */
async function fits(t: Test, page: Page, name: string): Promise<void> {
  const box = await page.getByRole('button', { name }).boundingBox();
  t.ok(
    box !== null && box.x >= 0 && box.x + box.width <= PHONE_PX,
    `${name} is in sight: ${JSON.stringify(box)}`,
  );
  t.equal(
    await page.evaluate(() => document.documentElement.scrollWidth),
    PHONE_PX,
    'the page is no wider than the screen',
  );
}

async function lookAt(t: Test, tab: Tab, name: string): Promise<void> {
  await tab.settled();
  t.same(await tab.axe(), [], `axe finds nothing on ${name}`);
  await tab.picture(`acknowledge-${name}`);
}

/** A second person, who has alerts and gives them back; answers with his name. */
async function addBen(server: ConsoleServer) {
  const post = async <Body>(path: string, body: object, rest: { method?: string; token?: string } = {}) =>
    (await server.call<Body>(`/api/v1/${path}`, { method: 'POST', body, ...rest })).body;
  const ben = await post<{ id: string }>('persons', { name: 'Ben' });
  await post(`persons/${ben.id}/roles/technician`, {}, { method: 'PUT' });
  const { token } = await post<{ token: string }>(`persons/${ben.id}/tokens`, { name: 'telephone' });
  return {
    async acknowledge(id: number): Promise<string> {
      const { items } = await post<{ items: readonly { acknowledged: { by: string } }[] }>(
        'alerts/acknowledge',
        { alerts: [id] },
        { token },
      );
      return items[0]?.acknowledged.by ?? '';
    },
    giveBack: (id: number) => post('alerts/give-back', { alerts: [{ id }] }, { token }),
  };
}

async function openStage(t: Test) {
  const server = await startConsoleServer(t);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site, width: 1_280, colorScheme: 'dark' });
  const desk = await setUpFirst(server, anna);
  const visitor = await visitAs(browser, anna, {
    url: server.site,
    width: PHONE_PX,
    height: 740,
    colorScheme: 'light',
  });
  const device = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname: 'web-1' });
  const wire = await openDevice(server.url, device);
  t.teardown(() => wire.socket.terminate());
  let seq = 0;
  const say = (mount: string, state: 'firing' | 'cleared' = 'firing') => {
    seq += 1;
    wire.send({ ...makeAlert(seq, seriesOf(mount)), severity: 'critical', state });
  };
  /** Alerts that are open, by mount point. */
  const read = async () => {
    const { body } = await server.call<{ items: readonly { id: number; series: string }[] }>(
      '/api/v1/alerts?state=open',
    );
    return new Map(body.items.map(({ id, series }) => [series, id]));
  };
  const idOf = (mount: string) => until(`${mount} is open`, async () => (await read()).get(seriesOf(mount)));
  return { server, browser, anna, desk, visitor, device, say, idOf };
}

t.test(
  'who is on call acknowledges on his telephone, and everybody sees it',
  { skip: noBrowser },
  async (t) => {
    const { server, browser, anna, desk, visitor, device, say, idOf } = await openStage(t);
    say('/');
    const id = await idOf('/');
    const phone = await visitor.open('/alerts');
    const { page } = phone;
    const take = page.getByRole('button', { name: `Acknowledge: ${ROOT}` });
    await take.waitFor();
    const stands = streamStands(desk.page);
    await desk.page.goto('/alerts');
    await stands;
    const onDesk = desk.page
      .getByRole('table')
      .getByRole('row')
      .filter({ hasText: seriesOf('/') });
    await onDesk.getByRole('button', { name: `Acknowledge: ${ROOT}` }).waitFor();

    await t.test('50: seen and acknowledged at 360 px by the keyboard alone, live for others', async (t) => {
      await phone.settled();
      await fits(t, page, `Acknowledge: ${ROOT}`);
      await lookAt(t, phone, 'list-360');
      await tabTo(page, `Acknowledge: ${ROOT}`);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: `You: ${ROOT}` }).waitFor();
      t.equal(await focused(page), `You: ${ROOT}`, 'the focus is still there');
      await page.getByText(`You have ${ROOT}.`).waitFor();
      await onDesk.getByRole('button', { name: `You: ${ROOT}` }).waitFor();
      await fits(t, page, `You: ${ROOT}`);
      await page.getByRole('button', { name: 'Undo' }).click();
      await take.waitFor();
      await onDesk.getByRole('button', { name: `Acknowledge: ${ROOT}` }).waitFor();
    });

    await t.test('with a comment, beside the list, and given back', async (t) => {
      await tabTo(page, `Acknowledge: ${ROOT}`);
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Nobody has it.').waitFor();
      t.match(page.url(), `alert=${id}`);
      await dialog.getByLabel('Comment').fill('A new disk is on its way.');
      await lookAt(t, phone, 'form-360');
      await page.keyboard.press('Enter');
      await dialog.getByText('You acknowledged it').waitFor();
      await dialog.getByText('A new disk is on its way.').waitFor();
      await lookAt(t, phone, 'held-360');
      await desk.page.goto(`/alerts?alert=${id}`);
      const beside = desk.page.getByRole('dialog');
      await beside.getByText('A new disk is on its way.').waitFor();
      await lookAt(t, desk, 'held-dark');
      await beside.getByRole('button', { name: 'Give back' }).click();
      await dialog.getByText('Nobody has it.').waitFor();
      await dialog.getByRole('button', { name: 'Acknowledge' }).click();
      await beside.getByText('You acknowledged it').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    });

    await t.test('Home and the device say who has it', async (t) => {
      const other = await anna.open('/');
      await other.page.getByText('disk_full · you have it').waitFor();
      await other.settled();
      await other.picture('acknowledge-home-dark');
      await other.page.goto(`/devices/${device.id}?tab=alerts`);
      await other.page.getByRole('button', { name: `You: ${ROOT}` }).waitFor();
      await lookAt(t, other, 'device-dark');
      await other.page.goto('/');
      say('/', 'cleared');
      await other.page.getByText('No alert is open.').waitFor();
      await other.page.close();
      await desk.page.getByRole('dialog').getByText('critical, over').waitFor();
      await desk.page.getByRole('dialog').getByText('You acknowledged it').waitFor();
      say('/');
      await page.getByRole('button', { name: `Acknowledge: ${ROOT}` }).waitFor();
      t.not(await idOf('/'), id, 'the next one is another one, which nobody has');
    });

    await t.test('who comes second is told who has it, and several are had at once', async (t) => {
      say('/var');
      say('/home');
      const [root, home, late] = [await idOf('/'), await idOf('/home'), await idOf('/var')];
      await desk.page.route('**/api/v1/events', (route) => route.abort());
      await desk.page.goto('/alerts?state=open');
      const take = desk.page.getByRole('button', { name: `Acknowledge: ${ROOT}` });
      await take.waitFor();
      await desk.settled();
      const ben = await addBen(server);
      const winner = await ben.acknowledge(root);
      await page.getByRole('button', { name: `${winner}: ${ROOT}` }).waitFor();
      await take.click();
      await desk.page.getByRole('alert').getByText(`${winner} has had this alert since`).waitFor();
      await desk.page.getByRole('button', { name: `${winner}: ${ROOT}` }).waitFor();

      const [shownVar, shownHome] = ['/var', '/home'].map((mount) => `disk_full (${mount}) on web-1`);
      await page.getByRole('button', { name: `Acknowledge: ${shownVar}` }).click();
      await page.getByRole('button', { name: `You: ${shownVar}` }).waitFor();
      const chosen = desk.page.getByRole('region', { name: 'selected' });
      const choose = (mount: string) =>
        desk.page.getByRole('checkbox', { name: `${seriesOf(mount)} web-1` }).click();
      for (const mount of ['/', '/var', '/home']) await choose(mount);
      await chosen.getByRole('button', { name: 'Acknowledge' }).click();
      await desk.page.getByText('You have 2 alerts.').waitFor();
      await desk.page.getByRole('button', { name: 'Undo' }).click();
      await desk.page.getByText('Somebody else has one of them.').waitFor();
      await desk.page.getByRole('button', { name: `Acknowledge: ${shownHome}` }).waitFor();
      await page.getByRole('button', { name: `Acknowledge: ${shownHome}` }).waitFor();
      await page.getByRole('button', { name: `You: ${shownVar}` }).waitFor();
      await lookAt(t, desk, 'several-dark');

      await ben.giveBack(late);
      await ben.acknowledge(late);
      await choose('/home');
      t.ok(await chosen.getByRole('button', { name: 'Give back' }).isDisabled(), 'nobody has it');
      await choose('/var');
      await chosen.getByRole('button', { name: 'Give back' }).click();
      await desk.page.getByRole('button', { name: `${winner}: ${shownVar}` }).waitFor();
      await desk.page.getByRole('radiogroup', { name: 'Show' }).getByText('nobody has it').click();
      await desk.page.getByRole('button', { name: `Acknowledge: ${shownHome}` }).click();
      await desk.page.getByText('No alerts').waitFor();
      t.match(desk.page.url(), /state=unacknowledged/);
      await page.getByRole('button', { name: `${winner}: ${shownVar}` }).waitFor();
      t.ok(home > root);
    });

    await t.test('49: in German, on the telephone', async (t) => {
      const german = await visitAs(browser, anna, {
        ...{ url: server.site, width: PHONE_PX, height: 740, colorScheme: 'dark', language: 'de' },
      });
      const tab = await german.open('/alerts');
      await tab.page.getByRole('button', { name: 'Sie: disk_full (/home) auf web-1' }).waitFor();
      say('/srv');
      const name = 'Übernehmen: disk_full (/srv) auf web-1';
      await tab.page.getByRole('button', { name }).waitFor();
      await fits(t, tab.page, name);
      await lookAt(t, tab, 'list-360-de');
      t.same(tab.complaints, []);
    });
    t.same([...phone.complaints], []);
  },
);
