// The first run in a browser that trusts no authority of ours: set up by the link of the host, passkey, signed in, at http://localhost.
// @needs chromium
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser, startBrowser } from '../../support/browser.ts';
import { setUpFirst } from '../../support/console.ts';
import { findFreePort, runNode, serverProgram } from '../../support/processes.ts';
import { prepareServer } from '../../support/server-process.ts';
import { signInByPasskey } from '../../support/shown.ts';
import { until } from '../../support/wait.ts';

t.setTimeout(BROWSER_FILE_MS);

interface Trust {
  readonly document: { readonly rpIds: readonly string[]; readonly origins: readonly string[] };
}

interface Events {
  readonly items: readonly { readonly act: string; readonly detail: object; readonly actor: object }[];
}

t.test('passkeys without trusting a certificate, with several workers', { skip: noBrowser }, async (t) => {
  const consolePort = await findFreePort();
  const site = `http://localhost:${consolePort}`;
  // The browser's connections go to either worker; one of them pipes what it takes.
  const server = await prepareServer(t, {
    flags: ['--console-port', `${consolePort}`, '--workers', '2'],
  });
  await server.start();
  const secure = server.url.replace('127.0.0.1', 'localhost');
  const browser = await startBrowser(t, { trust: 'none' });
  const anna = await browser.visit({ url: site });

  await t.test('the page by TLS is what this browser refuses', async (t) => {
    const page = await anna.context.newPage();
    await t.rejects(page.goto(secure), { message: /ERR_CERT_AUTHORITY_INVALID/ });
    await page.close();
  });

  const setupLink = async () =>
    (await runNode(t, serverProgram('setup-link', '--data-dir', server.dataDir)))
      .split('\n')
      .find((line) => line.includes('/setup#')) ?? '';

  await t.test('the link of the host leads to a session and to Home', async (t) => {
    const link = await setupLink();
    t.ok(link.startsWith(`${site}/setup#`), link);
    const tab = await setUpFirst({ setupLink: async () => link }, anna);
    const { page } = tab;
    t.equal((await tab.passkeys()).length, 1);
    const [cookie] = await anna.context.cookies();
    t.match(cookie, { name: '__Host-muster', secure: true, httpOnly: true, sameSite: 'Strict' });
    await tab.settled();
    await page.goto('/');
    await tab.settled();
    t.equal(new URL(page.url()).origin, site);
    t.notMatch(page.url(), /sign-in|setup/);

    // Signed out, and in again by the passkey: what was made here is shown here.
    await anna.context.clearCookies();
    await page.goto('/sign-in');
    await signInByPasskey(page);
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
    await tab.settled();
    t.same(tab.foreign, [], 'no request leaves the origin');
    t.same(tab.complaints, []);
  });

  await t.test('the audit and the trust document know this listener', async (t) => {
    // The page offers the passkey by itself too: a fast browser has answered before the button is pressed.
    const opened = await until('both sessions are in the audit', async () => {
      const { body } = await server.call<Events>('/api/v1/audit?limit=50');
      const found = body.items.filter(({ act }) => act === 'session.open');
      return found.length >= 2 && found;
    });
    for (const event of opened)
      t.match(event, { detail: { listener: 'console' }, actor: { address: /^(127\.0\.0\.1|::1)$/ } });
    const trust = await server.call<Trust>('/api/v1/trust');
    t.match(trust.body.document, { rpIds: ['localhost'], origins: [secure, site] });
  });

  await t.test('it ends in good order with pages open', async (t) => {
    t.equal(await server.stop(), 0, server.output());
    await t.rejects(fetch(`${site}/healthz`));
  });
});
