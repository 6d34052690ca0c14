// From a passkey that signs people in to one that signs orders: registered on the page, trusted by the lines it shows, used on a real agent.
// @needs chromium
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { makeAgent } from '../../support/agent.ts';
import { BROWSER_FILE_MS, noBrowser, startBrowser } from '../../support/browser.ts';
import { makeSetupLink, setUpFirst, visitAs } from '../../support/console.ts';
import { findFreePort, runProgram } from '../../support/processes.ts';
import { makeFolder, startTestServer, type TestServer } from '../../support/server.ts';
import { readCopied, readUntil, shows } from '../../support/shown.ts';
import { hostCommand } from '../../support/workstation.ts';

t.setTimeout(BROWSER_FILE_MS);

const isSource = import.meta.url.endsWith('.ts');
const cli = isSource
  ? ['--conditions=muster-source', '--import', 'tsx', '../../../../server/cli/src/main.ts']
  : ['../../../../server/cli/dist/main.js'];
const cliWords = cli.map((word) =>
  word.startsWith('../') ? fileURLToPath(new URL(word, import.meta.url)) : word,
);

interface TrustSeen {
  readonly document: {
    readonly rpIds: readonly string[];
    readonly origins: readonly string[];
    readonly signers: readonly { readonly id: string; readonly keys: readonly object[] }[];
  };
}

/** A terminal as the quick start leaves it: signed in, and it knows where the keys lie. Each line is a process of its own. */
async function openTerminal(t: Test, { url, dataDir }: TestServer) {
  const token = (await hostCommand(`token --name terminal --data-dir ${dataDir}`)).out.trim();
  const profile = join(await makeFolder(t, 'terminal'), 'profile.json');
  const ca = await readFile(join(dataDir, 'tls', 'ca.pem'), 'utf8');
  const signedIn = { url, ca, token, keyFolder: join(dataDir, 'keys') };
  await writeFile(profile, JSON.stringify(signedIn), { mode: 0o600 });
  return (line: string) => {
    const [name, ...words] = line.split(' ');
    if (name !== 'muster') throw new Error(`not a line of the command line: ${line}`);
    const env = ['/usr/bin/env', `MUSTER_PROFILE=${profile}`, process.execPath];
    return runProgram(t, [...env, ...cliWords, ...words, '--yes']);
  };
}

t.test('a passkey becomes a signing key', { skip: noBrowser }, async (t) => {
  const port = await findFreePort();
  const site = `https://localhost:${port}`;
  const server = await startTestServer(t, { flags: ['--port', `${port}`, '--public-url', site] });
  const muster = await openTerminal(t, server);
  const agent = await makeAgent(t);
  const device = await agent.enroll(server);
  agent.start();
  await server.device(device, ({ presence }) => presence === 'online');
  // As after a move to another address.
  await muster('muster trust set-origins https://muster.example');
  const browser = await startBrowser(t);
  const visitor = await browser.visit({ url: site, height: 1_000 });
  const tab = await setUpFirst({ setupLink: () => makeSetupLink(t, server.dataDir, site) }, visitor);
  const { page } = tab;
  const steps = page.getByRole('region', { name: 'Sign with your passkey' });
  const step = (name: string) => steps.getByRole('listitem').filter({ hasText: name });
  const readTrust = async () => (await server.call<TrustSeen>('/api/v1/trust')).body.document;
  const order = new URLSearchParams({
    kind: 'diagnostics.collect',
    args: '{}',
    on: JSON.stringify(`id == "${device}"`),
  });
  const homeStep = page.getByRole('listitem').filter({ hasText: 'Sign with your passkey' });

  await t.test('Home knows that it is to do', async () => {
    await page.goto('/');
    await homeStep.getByRole('img', { name: 'open' }).waitFor();
    await homeStep.getByRole('link').click();
    await page.waitForURL(/\/me$/);
    await steps.waitFor();
  });

  await t.test('a token registers nothing, for it is nobody with a passkey', async (t) => {
    const body = { key: 'A'.repeat(87), name: 'x', proof: 'A'.repeat(86) };
    const answer = await server.call('/api/v1/me/keys', { method: 'POST', body });
    t.match(answer, { status: 403, body: { code: 'E_FORBIDDEN' } });
  });

  /** How often the account's page asks for the trust document while nobody does anything, in a minute that is over at once. */
  async function countLooks(t: Test): Promise<number> {
    // A browser of its own: the clock of a page is that of all pages beside it, which sign times.
    const apart = await visitAs(browser, visitor, { url: site });
    const still = await apart.context.newPage();
    await still.clock.install();
    let asked = 0;
    await still.goto('/me');
    await still.getByRole('listitem').filter({ hasText: 'Step 1' }).waitFor();
    still.on('request', (request) => {
      if (request.url().endsWith('/api/v1/trust')) asked++;
    });
    await still.clock.fastForward('01:00');
    // What was asked for before this is known once this is answered.
    t.ok(await still.evaluate(async () => (await fetch('/api/v1/session')).ok));
    await apart.context.close();
    return asked;
  }

  await t.test('while nothing is begun, nothing is waited for', async (t) => {
    t.equal(await countLooks(t), 0);
  });

  await t.test('where one cannot sign yet, the page offers the steps', async (t) => {
    await page.goto(`/act?${order}`);
    await page.getByText(/Your passkey is no signing key in the trust document yet/).waitFor();
    await page.getByText('Failures do not hold the rest.').waitFor();
    await page.getByRole('button', { name: 'Make my passkey a signing key' }).click();
    await step('Step 1').getByText('to do').waitFor();
    await step('Step 3')
      .getByText(/Register it first/)
      .waitFor();
    await tab.settled();
    t.same(await tab.axe(), []);
    await tab.picture('sign-key-act');
    await step('Step 1').getByRole('button', { name: 'Register for signing' }).click();
    await step('Step 1').getByText('done', { exact: true }).waitFor();
    await step('Step 3').locator('.muster-command').scrollIntoViewIfNeeded();
    await tab.picture('sign-key-registered');
    t.same(await tab.axe(), []);
  });

  await t.test('what is to be run on a terminal is waited for', async (t) => {
    t.not(await countLooks(t), 0);
  });

  await t.test('the lines that it shows make it count, and it ticks itself off', async (t) => {
    const lineOf = async (name: string, what: string) =>
      (await step(name).locator('.muster-command').filter({ hasText: what }).textContent()) ?? '';
    const before = await readTrust();
    const origins = await lineOf('Step 2', 'set-origins');
    t.equal(origins, `muster trust set-origins https://muster.example ${site}`);
    await step('Step 3').getByRole('button', { name: 'Copy the command' }).click();
    const add = await lineOf('Step 3', 'add-key');
    t.equal(await readCopied(page, add), add);
    t.match(add, new RegExp(`^muster trust add-key ${before.signers[0]?.id} --passkey [0-9a-f]{16}$`));
    const keyid = add.split(' ').at(-1) ?? '';
    await shows(t, async () => `${await step('Step 1').textContent()}`, [new RegExp(keyid)]);

    await muster(origins);
    await step('Step 2').getByText('done', { exact: true }).waitFor();
    t.match(await muster(add), keyid);
    t.match(await readTrust(), { rpIds: ['muster.example', 'localhost'], origins: [/example/, site] });
    t.equal((await readTrust()).signers[0]?.keys.length, 2);
  });

  await t.test('the same page signs by a gesture now, and the agent carries it out', async (t) => {
    await page.getByRole('button', { name: /^Sign and run on 1/ }).click();
    await page.getByText('100 %, 1 of 1').waitFor();
    const [id] = /cmd_[a-z2-7]{26}/.exec(page.url()) ?? [];
    const readJob = () => server.call<{ readonly state: string }>(`/api/v1/jobs/${id}`);
    const { body } = await readUntil(readJob, (answer) => answer.body.state === 'done');
    t.match(body, { kind: 'diagnostics.collect', state: 'done', counts: { succeeded: 1 } });
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByText("The device's own key signed this result.").waitFor();
    await tab.picture('sign-key-result');
  });

  await t.test('the account and Home say so, in every theme and language', async (t) => {
    await page.goto('/');
    await homeStep.getByRole('img', { name: 'done' }).waitFor();
    await tab.picture('sign-key-home');
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1_280, 360]) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
        await page.goto('/me');
        await step('Step 3').getByText('done', { exact: true }).waitFor();
        await steps.scrollIntoViewIfNeeded();
        await tab.settled();
        t.same(await tab.axe(), [], `${colorScheme} ${width}`);
        await tab.picture(`sign-key-me-${colorScheme}-${width}`);
        const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        t.notOk(isWider, `it fits ${width} px`);
      }
    await page.evaluate(() => localStorage.setItem('muster.language', 'de'));
    await page.setViewportSize({ width: 1_280, height: 900 });
    await page.goto(`/act?${order}`);
    await page.getByText('Fehlschläge halten den Rest nicht an.').waitFor();
    await page.goto('/me');
    await page
      .getByRole('region', { name: 'Mit Ihrem Passkey signieren' })
      .getByText('getan')
      .first()
      .waitFor();
    await tab.picture('sign-key-me-de');
  });

  await t.test('a key is removed here once the trust document does not name it any more', async (t) => {
    await page.evaluate(() => localStorage.setItem('muster.language', 'en'));
    await page.goto('/me');
    const row = page.getByRole('row').filter({ hasText: 'passkey' }).filter({ hasText: 'signs as' });
    await row.waitFor();
    const line = (await row.locator('.muster-command').textContent()) ?? '';
    t.match(line, /^muster trust remove-key \S+ [0-9a-f]{16}$/);
    const remove = row.getByRole('button', { name: /^Remove the key/ });
    t.equal(await remove.isDisabled(), true);
    await row.scrollIntoViewIfNeeded();
    t.same(await tab.axe(), []);
    await tab.picture('sign-key-named');
    await muster(line);
    t.equal((await readTrust()).signers[0]?.keys.length, 1);
    await page.reload();
    const left = page.getByRole('row').filter({ hasText: line.split(' ').at(-1) ?? '' });
    await left.getByText('not named').waitFor();
    await left.getByRole('button', { name: /^Remove the key/ }).click();
    await left.waitFor({ state: 'detached' });
    await step('Step 1').getByText('to do').waitFor();
    const { body } = await server.call<{ items: readonly { requestId: string }[] }>(
      '/api/v1/audit?act=person-key.remove',
    );
    // One that is sealed meanwhile may stand in the answer twice.
    t.equal(new Set(body.items.map(({ requestId }) => requestId)).size, 1);
  });
  t.same(tab.complaints, []);
  t.same(tab.foreign, []);
});
