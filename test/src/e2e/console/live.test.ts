// Proves that pages say what happens without being loaded again: a device comes and goes on Devices, on its own page and on Home.
// @needs chromium
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice, type SimulatedDevice } from '../../fleet/device.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser, type Visitor } from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer } from '../../support/console.ts';
import { makeAlert } from '../../support/report.ts';
import { until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

/** The page shows the one text, then the other, and again the first, as the device goes and comes. */
async function watch(
  t: Test,
  { server, anna, device }: { server: ConsoleServer; anna: Visitor; device: SimulatedDevice },
  { path, selector, gone, come }: { path: string; selector: string; gone: string; come: string },
): Promise<void> {
  const { page, complaints } = await anna.open(path);
  const reading = page.locator(selector);
  await reading.filter({ hasText: gone }).first().waitFor();
  // Gone with the page that is loaded again.
  await page.evaluate(() => Object.assign(globalThis, { musterSame: true }));
  for (let time = 0; time < 2; time++) {
    const { socket } = await openDevice(server.url, device);
    await reading.filter({ hasText: come }).first().waitFor();
    socket.close();
    await reading.filter({ hasText: gone }).first().waitFor();
  }
  t.equal(
    await page.evaluate(() => Reflect.get(globalThis, 'musterSame')),
    true,
    'and it was never reloaded',
  );
  t.same(complaints, []);
  await page.close();
}

/** Connections for changes stand only once they are let go. */
async function holdEvents(page: Page): Promise<() => void> {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/api/v1/events', async (route) => {
    await held;
    await route.continue();
  });
  return () => letGo();
}

/** The page listens late, as in a tab that lay in the background: what changed before is shown all the same. */
async function watchLate(
  t: Test,
  { server, anna, device }: { server: ConsoleServer; anna: Visitor; device: SimulatedDevice },
  { path, selector, gone, come }: { path: string; selector: string; gone: string; come: string },
): Promise<void> {
  const { page, complaints } = await anna.open('/settings');
  const letGo = await holdEvents(page);
  await page.goto(path);
  const reading = page.locator(selector);
  await reading.filter({ hasText: gone }).first().waitFor();
  const { socket } = await openDevice(server.url, device);
  const ask = () => server.call<{ readonly presence: string }>(`/api/v1/devices/${device.id}`);
  await until('the server knows it', async () => (await ask()).body.presence === 'online');
  letGo();
  await reading.filter({ hasText: come }).first().waitFor();
  socket.close();
  await reading.filter({ hasText: gone }).first().waitFor();
  t.same(complaints, []);
  await page.close();
}

t.test('what happens to a device is on the page', { skip: noBrowser }, async (t) => {
  const server = await startConsoleServer(t);
  const anna = await (await startBrowser(t)).visit({ url: server.site });
  const { page } = await setUpFirst(server, anna);
  await page.close();
  const device = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname: 'web-1' });
  const { socket } = await openDevice(server.url, device);
  socket.close();
  const stage = { server, anna, device };
  const row = { selector: `tr:has(a[href="/devices/${device.id}"])`, gone: 'offline', come: 'online' };
  const own = { selector: '#content', gone: 'offline for', come: 'online for' };
  const count = { selector: 'a[data-name="online"]', gone: '0', come: '1' };
  const readings = [
    { name: 'in the list', path: '/devices', ...row },
    { name: 'on its own page', path: `/devices/${device.id}`, ...own },
    { name: 'in the figures of Home', path: '/', ...count },
  ];
  for (const reading of readings) await t.test(reading.name, (t) => watch(t, stage, reading));
  for (const reading of readings)
    await t.test(`${reading.name}, though the page listens late`, (t) => watchLate(t, stage, reading));

  await t.test('an alert is in the list of alerts, though the page listens late', async (t) => {
    const { page, complaints } = await anna.open('/settings');
    const letGo = await holdEvents(page);
    await page.goto('/alerts');
    await page.getByText('No alerts').waitFor();
    const { send, socket } = await openDevice(server.url, device);
    send({ ...makeAlert(1, 'system.filesystem.utilization{/}'), severity: 'critical' });
    const ask = () => server.call('/api/v1/alerts');
    await until('the server knows it', async () => (await ask()).body.items?.length === 1);
    letGo();
    await page.getByRole('table').getByRole('link', { name: 'web-1' }).waitFor();
    // Answers that are on their way when the next event comes are taken, not asked for anew.
    const canceled: string[] = [];
    page.on('requestfailed', (request) => canceled.push(request.url()));
    send({ ...makeAlert(2, 'system.filesystem.utilization{/}'), state: 'cleared' });
    await page.getByRole('row').filter({ hasText: 'web-1' }).filter({ hasNotText: 'still' }).waitFor();
    socket.close();
    t.same(canceled, []);
    t.same(complaints, []);
    await page.close();
  });
});
