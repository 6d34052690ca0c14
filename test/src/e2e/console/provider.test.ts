// Signing in at a real provider in a real browser: it leads back to where one wanted to go, and says what went wrong.
// @needs chromium
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser, startBrowser } from '../../support/browser.ts';
import { setUpFirst, startConsoleServer } from '../../support/console.ts';
import { OIDC_CLIENT, startProvider } from '../../support/oidc.ts';
import { findFreePort } from '../../support/processes.ts';
import { makeFolder } from '../../support/server.ts';

t.setTimeout(BROWSER_FILE_MS);

const clientSecret = 'a secret that only this test knows';

t.test('the way to a provider and back keeps where one wanted to go', { skip: noBrowser }, async (t) => {
  const secretFile = join(await makeFolder(t, 'oidc'), 'secret');
  await writeFile(secretFile, clientSecret);
  const port = await findFreePort();
  const issuer = `http://127.0.0.1:${port}`;
  const flags = ['--oidc-issuer', issuer, '--oidc-client-id', OIDC_CLIENT, '--oidc-name', 'Company'];
  const server = await startConsoleServer(t, [...flags, '--oidc-client-secret-file', secretFile]);
  const redirectUri = `${server.site}/api/v1/signin/oidc/main/callback`;
  const provider = await startProvider(t, { port, clientSecret, redirectUri });
  const browser = await startBrowser(t);
  const first = await setUpFirst(server, await browser.visit({ url: server.site }));
  await server.query(
    (sql) => sql`INSERT INTO identity (tenant, id, issuer, subject, person, name)
      SELECT tenant, ${`idn_${'a'.repeat(26)}`}, ${issuer}, 'anna-at-company', person, 'anna@company' FROM passkey`,
  );
  const wanted = '/devices?on=label(%22env%22)%20%3D%3D%20%22prod%22&sort=-seen';

  const visitor = await browser.visit({ url: server.site });
  const tab = await visitor.open(wanted);
  const { page } = tab;
  const signIn = page.getByRole('link', { name: 'Sign in with Company' });

  await t.test('a stranger is told so, and where he wanted to go stays', async (t) => {
    await signIn.waitFor();
    provider.signsIn('stranger');
    await signIn.click();
    await page.getByText('belongs to nobody here; ask an admin').waitFor();
    t.match(page.url(), /\/sign-in\?error=E_IDENTITY&next=/);
    t.same(await tab.axe(), []);
    await tab.picture('sign-in-refused');
  });

  await t.test('who is known comes to the very page', async (t) => {
    provider.signsIn('anna-at-company');
    await visitor.context.clearCookies();
    await signIn.click();
    await page.waitForURL(/\/devices\?/);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const { pathname, searchParams } = new URL(page.url());
    t.same(
      [pathname, searchParams.get('on'), searchParams.get('sort')],
      ['/devices', 'label("env") == "prod"', '-seen'],
    );
  });

  await t.test('who is signed in and comes back with nothing is told why, and goes on', async (t) => {
    await page.goto(`${server.site}/sign-in?error=E_CHALLENGE&next=%2Fme`);
    await page.getByText('please try again').waitFor();
    t.same(await tab.axe(), []);
    await page.getByRole('link', { name: 'Go on as you are' }).click();
    await page.waitForURL(/\/me$/);
  });

  await t.test('who has only a provider proves there to be there, and links another account', async (t) => {
    await server.query((sql) => sql`UPDATE signin_session SET proven_at = NULL`);
    await visitor.context.clearCookies({ domain: '127.0.0.1' });
    await page.goto(`${server.site}/me`);
    await page.getByRole('button', { name: 'Link an account of Company' }).click();
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    // The address is /me before and after: only a page that came anew is the one behind the provider.
    const cameBack = page.waitForEvent('framenavigated', (frame) => frame.url() === `${server.site}/me`);
    await dialog.getByRole('button', { name: /^Confirm at Company/ }).click();
    await cameBack;
    await page.getByRole('button', { name: 'Link an account of Company' }).waitFor();
    await visitor.context.clearCookies({ domain: '127.0.0.1' });
    provider.signsIn('anna-at-home');
    await page.getByRole('button', { name: 'Link an account of Company' }).click();
    await page.getByText('anna-at-home@example.com').waitFor();
    t.equal(await page.getByRole('button', { name: 'Unlink' }).count(), 2);
  });

  await t.test('the way to a proof and back keeps what stands behind ?', async () => {
    await server.query((sql) => sql`UPDATE signin_session SET proven_at = NULL`);
    await visitor.context.clearCookies({ domain: '127.0.0.1' });
    const narrowed = `${server.site}/audit?act=setup.finish&outcome=done`;
    await page.goto(narrowed);
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    const choose = async () => {
      await page.getByRole('button', { name: 'Export all' }).click();
      await page.getByRole('menuitem', { name: 'As JSON, for muster-verify' }).click();
    };
    await choose();
    const cameBack = page.waitForEvent('framenavigated', (frame) => frame.url() === narrowed);
    await dialog.getByRole('button', { name: /^Confirm at Company/ }).click();
    await cameBack;
    await Promise.all([page.waitForEvent('download'), choose()]);
  });

  await t.test('an address of another site leads nowhere', async (t) => {
    for (const evil of ['//evil.example', '/.//evil.example', '/\\evil.example', 'https://evil.example']) {
      await page.goto(`${server.site}/sign-in?next=${encodeURIComponent(evil)}`);
      await page.waitForURL((url) => url.pathname !== '/sign-in');
      t.equal(new URL(page.url()).origin, server.site, evil);
    }
  });
  t.same([...first.foreign, ...tab.foreign.filter((url) => !url.startsWith(issuer))], []);
});
