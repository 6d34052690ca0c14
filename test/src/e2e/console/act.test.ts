// Acting in the console, points 21 to 30 of its acceptance list: a real Chromium, a real server, a real agent and simulated devices.
// @needs chromium
import t, { type Test } from 'tap';
import { enrollDevice } from '../../fleet/device.ts';
import { makeAgent } from '../../support/agent.ts';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { readCopied, readUntil } from '../../support/shown.ts';
import type { Behavior } from '../../support/told-device.ts';
import { until } from '../../support/wait.ts';
import { type ActStage, openActStage } from './act-stage.ts';

t.setTimeout(BROWSER_FILE_MS);

const SAME = 12;
// Simulated devices have told no inventory, so only what the server knows of them can be asked for.
const EVERY = 'id != ""';

interface JobSeen {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly dryRun: boolean;
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

const search = (values: Readonly<Record<string, unknown>>) =>
  new URLSearchParams(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString();

/** Goes to the act page, and waits until it says what will happen. */
async function act({ page }: ActStage, values: Readonly<Record<string, unknown>>): Promise<void> {
  await page.goto(`/act?${search(values)}`);
  await page.getByText('How to undo it').first().waitFor();
}

const jobOf = async ({ server }: ActStage, id: string) =>
  (await server.call<JobSeen>(`/api/v1/jobs/${id}`)).body;

/** The job once it is in that state; what the page shows of it is told before or after it is stored. */
const jobIn = (stage: ActStage, id: string, state: string) =>
  readUntil(
    () => jobOf(stage, id),
    (job) => job.state === state,
  );

/** The job whose page is shown. */
async function shownJob(stage: ActStage): Promise<string> {
  await stage.page.waitForURL(/\/jobs\/cmd_/);
  return /cmd_[a-z2-7]{26}/.exec(stage.page.url())?.[0] ?? '';
}

/** Types what is asked for, and confirms. */
async function confirm({ page }: ActStage, typed: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(typed);
  await dialog.getByRole('button', { name: /^Sign and run/ }).click();
}

/** Twelve that print the same, two that print something longer, two that fail, one offline, one that waits for approval. */
async function makeFleet(stage: ActStage) {
  const long = Array.from({ length: 40 }, (_, n) => `step ${n + 1} of 40`).join('\n');
  const behave =
    (n: number): Behavior =>
    ({ args }) => {
      if (n < SAME) return { state: 'succeeded', exit: 0, output: 'up to date\n' };
      if (n < SAME + 2) return { state: 'succeeded', output: `${long}\n<b>not markup</b>\n` };
      if (args.name === 'good') return { state: 'succeeded' };
      return { state: 'failed', exit: 3, message: 'No space left.', output: 'no space left on device\n' };
    };
  const all = [];
  for (let n = 0; n < SAME + 5; n++)
    all.push(await stage.device(`web-${String(n + 1).padStart(2, '0')}`, behave(n)));
  const late = all.pop();
  for (const device of all) await device.connect();
  if (late === undefined) throw new Error('there is no device');
  // What is found for an order is not looked up again: all have to be there before.
  await until('all are known to be connected', async () => {
    const path = `/api/v1/devices?limit=1&on=${encodeURIComponent('presence == "online"')}`;
    return (await stage.server.call<{ count: number }>(path)).body.count === all.length;
  });
  const pending = await stage.server.enrollmentToken({ autoApprove: false });
  await enrollDevice(stage.server.url, pending, { hostname: 'web-new' });
  return { first: all[0]?.id ?? '', late };
}

t.test('acting on many devices in the console', { skip: noBrowser }, async (t) => {
  const stage = await openActStage(t);
  const { page, tab, server } = stage;
  const { first, late } = await makeFleet(stage);
  const restart = { kind: 'service.restart', args: { name: 'nginx' }, on: EVERY };
  let failed = '';

  await t.test('21: all that match are selected in the list, and acted on', (t) => selectAll(t, stage));

  await t.test('22: before acting: how many, offline, left out and why, when, how far', async (t) => {
    await act(stage, restart);
    const review = page.getByRole('region', { name: 'What will happen' });
    await review.getByText(/used in the last hour/).waitFor();
    const text = await review.textContent();
    for (const part of [
      /17 devices/,
      /16 connected now/,
      /1 offline: they get it when they come, until /,
      /1 device fits and is left out/,
      /web-new: waits for approval/,
      /At once/,
      /No maintenance window is set/,
      /held at 5 %/,
      /of 1,000,000 devices used in the last hour/,
      /each device checks the expression itself/,
    ])
      t.match(text, part);
    const list = page.getByRole('table', { name: 'Devices that are meant' });
    await list.getByRole('link', { name: 'web-01' }).scrollIntoViewIfNeeded();
    t.equal(await list.getAttribute('aria-rowcount'), '18', 'the exact devices');
    await tab.picture('act');
    t.same(await tab.axe(), []);
  });

  await t.test('23: a dry run is the first button, and changes nothing', async (t) => {
    await act(stage, restart);
    const buttons = page.getByRole('region', { name: 'What will happen' }).getByRole('button');
    await page.getByRole('button', { name: /^Sign and run on 17/ }).waitFor();
    t.equal(await buttons.first().textContent(), 'Dry run first');
    await buttons.first().click();
    const id = await shownJob(stage);
    t.match(await jobOf(stage, id), { kind: 'service.restart', dryRun: true });
    await page.getByText('dry run', { exact: true }).waitFor();
    await act(stage, { ...restart, kind: 'inventory.refresh', args: {} });
    await page.getByRole('button', { name: /^Sign and run on 17/ }).waitFor();
    t.equal(await page.getByRole('button', { name: 'Dry run first' }).count(), 0, 'nothing to try');
  });

  await t.test('24: a dangerous act says what happens, and wants the number typed', async (t) => {
    await act(stage, { ...restart, kind: 'service.stop' });
    await page.getByRole('button', { name: /^Sign and run on 17/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/whoever uses it loses the connection/).waitFor();
    await dialog.getByText(/Start the service again/).waitFor();
    const sign = dialog.getByRole('button', { name: /^Sign and run/ });
    t.ok(await sign.isDisabled());
    await dialog.getByRole('textbox').fill('16');
    t.ok(await sign.isDisabled(), 'another number is not enough');
    await tab.picture('act-confirm');
    await confirm(stage, '17');
    failed = await shownJob(stage);
    t.match(await jobOf(stage, failed), { kind: 'service.stop', dryRun: false });
  });

  await t.test('25: states change on the page as devices report', async (t) => {
    await page.goto(`/jobs/${failed}`);
    const states = page.getByRole('navigation', { name: 'Devices by state' });
    // The list of a state is what was in it when it was asked for: all have to have reported.
    for (const [state, count] of [
      ['succeeded', '14'],
      ['failed', '2'],
    ] as const)
      await states.getByRole('link', { name: state }).getByText(count, { exact: true }).waitFor();
    const good = page.getByRole('row').filter({ hasText: 'web-01' });
    await good.getByText('succeeded', { exact: true }).waitFor();
    await states.getByRole('link', { name: /failed/ }).click();
    // A count leads to its devices, by the address.
    await page.waitForURL(/state=failed/);
    await good.waitFor({ state: 'detached' });
    await page.getByRole('row').filter({ hasText: 'web-15' }).waitFor();
    await tab.settled();
    t.equal(await good.count(), 0);
    t.same(await tab.axe(), []);
    await tab.picture('job');
  });

  await t.test('29: an offline device waits with a visible expiry', async (t) => {
    await page.goto(`/jobs/${failed}`);
    await page
      .getByText(/1 device has not come yet; it gets the job when it comes, until .*\(in \d+ minutes?\)/)
      .waitFor();
    t.match((await jobOf(stage, failed)).counts, { queued: 1 });
  });

  await t.test('26: never complete while a device is open; retry is for those that failed', async (t) => {
    await page.getByText('94 %, 16 of 17').waitFor();
    await late.connect();
    await page.getByText('100 %, 17 of 17').waitFor();
    await page.getByRole('link', { name: 'Retry failed only' }).click();
    await page.getByText(/Devices of job cmd_.* whose runs are: failed/).waitFor();
    await page.getByText('3 devices', { exact: true }).waitFor();
    await page.getByLabel('Name', { exact: false }).first().fill('good');
    await page.getByRole('button', { name: /^Sign and run on 3/ }).click();
    await confirm(stage, '3');
    const id = await until('the second try is another job', async () => {
      const next = await shownJob(stage);
      return next === failed ? undefined : next;
    });
    await page.getByText('100 %, 3 of 3').waitFor();
    t.match(await jobIn(stage, id, 'done'), { counts: { succeeded: 3 }, state: 'done' });
  });

  await t.test('27: equal outputs are one, searchable, and every line has an address', (t) =>
    readOutputs(t, stage, failed),
  );

  await t.test('28: rings, what stops them, pause and continue, and a halt always in sight', (t) =>
    rollOut(t, stage),
  );

  await t.test('30: what is harmless can be taken back for ten seconds', async (t) => {
    await act(stage, { kind: 'service.start', args: { name: 'nginx' }, on: `id == "${first}"` });
    // The page's clock stands still, a minute ahead: its ten seconds are as long as this machine needs to press the button.
    await page.evaluate(() => {
      const atMs = Date.now() + 60_000;
      Date.now = () => atMs;
    });
    t.ok(await page.getByLabel('Wait 10 seconds, so that I can take it back').isChecked());
    await page.getByRole('button', { name: /^Sign and run on 1/ }).click();
    const id = await until('it is another job', async () => {
      await page.getByText('Nothing has started yet; it begins in 10 s').waitFor();
      return shownJob(stage);
    });
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('Canceled: Taken back before it began.').waitFor();
    t.match(await jobIn(stage, id, 'canceled'), { state: 'canceled', counts: { canceled: 1 } });
  });

  await t.test('a real agent carries out what a gesture has signed', async (t) => {
    const agent = await makeAgent(t);
    const id = await agent.enroll(server);
    agent.start();
    await server.device(id, ({ presence }) => presence === 'online');
    await act(stage, { kind: 'file.fetch', args: { path: '/usr/lib/os-release' }, on: `id == "${id}"` });
    await page.getByRole('button', { name: /^Sign and run on 1/ }).click();
    await page.getByText('100 %, 1 of 1').waitFor();
    await jobIn(stage, await shownJob(stage), 'done');
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByText("The device's own key signed this result.").waitFor();
    await page.getByRole('link', { name: 'Download the fetched file' }).waitFor();
  });

  await t.test('what a page may not have the last word on is a line for a terminal', (t) =>
    approve(t, stage, first),
  );
  await t.test('the pages are clean in both themes, and fit a telephone', (t) =>
    lookAround(t, stage, failed),
  );
  t.same(tab.complaints, []);
  t.same(tab.foreign, []);
});

async function selectAll(t: Test, { page }: ActStage): Promise<void> {
  await page.goto(`/devices?${search({ on: EVERY })}`);
  await page.getByRole('link', { name: 'web-01' }).waitFor();
  await page.getByLabel('Select all loaded rows').check();
  await page.getByRole('link', { name: 'Act on them' }).click();
  await page.waitForURL(/\/act\?on=/);
  await page.getByRole('table', { name: 'Devices that are meant' }).waitFor();
  t.match(new URL(page.url()).searchParams.get('on') ?? '', /^\(?id|id in/);
}

async function readOutputs(t: Test, { page, tab }: ActStage, id: string): Promise<void> {
  await page.goto(`/jobs/${id}?tab=outputs`);
  await page.getByText(`${SAME} devices: same output`).waitFor();
  await page.getByText('17 devices printed something, 3 different outputs').waitFor();
  t.equal(await page.locator('pre b').count(), 0, 'output is text, never markup');
  await page.getByLabel('Search all outputs').fill('no space left');
  await page.getByText('3 devices: same output').waitFor();
  await page.getByText(`${SAME} devices: same output`).waitFor({ state: 'detached' });
  await page.waitForURL(/q=no/);
  await tab.picture('job-outputs');
  await page.getByLabel('Search all outputs').fill('');
  await page.getByText('2 devices: same output', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'web-13' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText("The device's own key signed this result.").waitFor();
  await dialog.getByLabel('Find in the output').fill('step 3');
  await dialog.getByText('11 lines').waitFor();
  await dialog.getByLabel('Link to line 33', { exact: true }).click();
  await page.waitForURL(/line=33/);
  await page.reload();
  await page.locator('li[data-meant]').getByText('step 33 of 40').waitFor();
  t.match(page.url(), /run=dev_/, 'the address alone leads to the line');
}

async function rollOut(t: Test, stage: ActStage): Promise<void> {
  const { page, tab } = stage;
  await act(stage, { kind: 'service.enable', args: { name: 'nginx' }, on: EVERY });
  await page.getByLabel('Rings').fill('10, 50, 100');
  await page.getByLabel('At a time').fill('1');
  await page.getByLabel('Stop at failures').fill('1');
  await page.getByText('In rings of 10, 50, 100 %.').waitFor();
  await page.getByLabel('Wait 10 seconds, so that I can take it back').uncheck();
  await page.getByRole('button', { name: /^Sign and run on 17/ }).click();
  const id = await shownJob(stage);
  await page.getByText('Ring 1: 10 %, 2 devices').waitFor();
  await page.getByText(/Stops by itself at 1 failures/).waitFor();
  await page.getByText(/^Held: 1 of the devices reported a failure/).waitFor();
  t.match(await jobOf(stage, id), { state: 'held', counts: { failed: 1 } });
  const halt = page.getByRole('button', { name: 'Halt' });
  await page.getByRole('table').hover();
  await page.mouse.wheel(0, 4_000);
  await tab.settled();
  const box = await halt.boundingBox();
  t.ok(box !== null && box.y >= 0 && box.y < 300, 'however far one has scrolled');
  await tab.picture('job-rings');
  await page.getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('the first ring was enough');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Canceled: the first ring was enough').waitFor();
  await dialog.waitFor({ state: 'detached' });
  await halt.click();
  await dialog.getByRole('button', { name: 'Sign and halt now' }).click();
  // It closes when the server has the halt; to go away before would break the request off.
  await dialog.waitFor({ state: 'detached' });
  await page.goto('/halts');
  await page.getByRole('row').filter({ hasText: id }).getByText('in force').waitFor();
  await page.getByRole('button', { name: 'Lift' }).click();
  await page.getByText(/muster lift hlt_[a-z2-7]+ --with lift.json/).waitFor();
}

async function approve(t: Test, stage: ActStage, first: string): Promise<void> {
  const { page, tab, berta } = stage;
  await act(stage, { kind: 'device.lock', args: {}, on: `id == "${first}"` });
  await page.getByRole('button', { name: 'Dry run first' }).click();
  const id = await shownJob(stage);
  await page.getByText('It waits for another signature: 1 of 2 are here.').waitFor();
  await page.goto('/approvals');
  await page.getByText('Every account that can sign in is locked').first().waitFor();
  await page.getByText(`muster approve ${id}`).waitFor();
  await tab.settled();
  t.equal(await page.getByRole('button', { name: 'Sign as the second person' }).count(), 0);
  await tab.picture('approvals');
  t.same(await tab.axe(), []);
  await page.getByRole('button', { name: 'Copy the command' }).first().click();
  t.equal(await readCopied(page, `muster approve ${id}`), `muster approve ${id}`);
  await berta.done(t, `approve ${id} --yes`);
  await page.getByText('Nothing waits for a signature').waitFor();
}

async function lookAround(t: Test, { page, tab }: ActStage, id: string): Promise<void> {
  const pages = {
    'act-new': '/act',
    act: `/act?${search({ kind: 'service.restart', args: { name: 'nginx' }, on: EVERY })}`,
    jobs: '/jobs',
    job: `/jobs/${id}`,
    outputs: `/jobs/${id}?tab=outputs`,
    details: `/jobs/${id}?tab=details`,
    scripts: '/scripts?show=new',
    halts: '/halts',
    approvals: '/approvals',
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1_280, 360]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await tab.settled();
        t.same(await tab.axe(), [], `${name} ${colorScheme} ${width}`);
        await tab.picture(`act-${name}-${colorScheme}-${width}`);
        const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        t.notOk(isWider, `${name} fits ${width} px`);
      }
    }
  }
}
