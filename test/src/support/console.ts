// A server with a console that a first person has set up by a passkey, as every test of pages begins.

import type { Tab, TestBrowser, Visitor } from './browser.ts';
import { runNode, serverProgram, type TestLike } from './processes.ts';
import { prepareServer, type ServerProcess } from './server-process.ts';

/** A server whose pages are looked at. */
export interface ConsoleServer extends ServerProcess {
  /** Address under which browsers have passkeys. */
  readonly site: string;
  /** The link by which the first person sets up his account. */
  setupLink(): Promise<string>;
}

/** Starts it, with more flags if need be. */
export async function startConsoleServer(t: TestLike, flags: readonly string[] = []): Promise<ConsoleServer> {
  // Passkeys need a name.
  const server = await prepareServer(t, { flags: ['--host', 'localhost', ...flags] });
  await server.start();
  const site = server.url.replace('127.0.0.1', 'localhost');
  return {
    ...server,
    site,
    setupLink: () => makeSetupLink(t, server.dataDir, site),
  };
}

/** The link of the host, at the address under which browsers see the server. */
export async function makeSetupLink(t: TestLike, dataDir: string, site: string): Promise<string> {
  const said = await runNode(t, serverProgram('setup-link', '--data-dir', dataDir));
  const link = /https:\/\/\S+\/setup#\S+/.exec(said)?.[0];
  if (link === undefined) throw new Error(`no setup link: ${said}`);
  return link.replace(/^https:\/\/[^/]+/, site);
}

/** Sets up the first account by a passkey; answers the tab, which is signed in and holds that passkey. */
export async function setUpFirst(server: Pick<ConsoleServer, 'setupLink'>, visitor: Visitor): Promise<Tab> {
  const tab = await visitor.open(await server.setupLink());
  const { page } = tab;
  await page.getByLabel('Your name, as others see it').fill('Anna Ahlers');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.waitForURL(/\/devices/);
  return tab;
}

/** A visitor with the session of another one: the same person in another theme or at another width. */
export async function visitAs(
  browser: TestBrowser,
  first: Visitor,
  wish: Parameters<TestBrowser['visit']>[0],
): Promise<Visitor> {
  const visitor = await browser.visit(wish);
  await visitor.context.addCookies(await first.context.cookies());
  return visitor;
}
