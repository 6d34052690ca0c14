// The stage of the acceptance list: 10,000 devices at rest, 500 simulated ones that live, a real agent, a job, a group, and two persons.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { makeTokens } from '../../fleet/demo.ts';
import { startFleet } from '../../fleet/fleet.ts';
import { profiles } from '../../fleet/profile.ts';
import { makeAgent } from '../../support/agent.ts';
import {
  PAGE_PATIENCE_MS,
  startBrowser,
  type Tab,
  type TestBrowser,
  type Visitor,
  type VisitorWish,
} from '../../support/browser.ts';
import { type ConsoleServer, setUpFirst, startConsoleServer, visitAs } from '../../support/console.ts';
import { createOrders } from '../../support/orders.ts';
import { createStock, stockId } from '../../support/stock.ts';
import { until } from '../../support/wait.ts';

/** Devices that do nothing: rows to scroll in. */
export const RESTING = 10_000;
/** Simulated devices that are connected. */
export const LIVING = 500;
/** How many devices there are. */
export interface StageSize {
  readonly resting: number;
  readonly living: number;
}
/** Enough for every page to have something to show. */
export const SMALL: StageSize = { resting: 200, living: 40 };

/** What all simulated devices have in common, and no other. */
export const SIMULATED = 'label("simulated") == "yes"';
/** Where Berta may look. */
export const HERS = `${SIMULATED} && label("site") == "fra"`;

/** The stage. */
export interface Stage {
  readonly server: ConsoleServer;
  readonly browser: TestBrowser;
  readonly anna: Visitor;
  /** May see what stands in Frankfurt, as a viewer. */
  readonly berta: Visitor;
  /** The device of the real agent, and one with a past. */
  readonly real: string;
  readonly past: string;
  readonly group: string;
  readonly job: string;
  /** Id of Berta. */
  readonly person: string;
  /** Anna in another look. */
  look(wish: Omit<VisitorWish, 'url'>): Promise<Visitor>;
  /** How many devices fit, says the API. */
  count(on: string): Promise<number>;
}

/** Rows behind the server's back, which then starts again with them. */
async function fill(server: ConsoleServer, resting: number): Promise<void> {
  await server.query((sql) => createStock().growTo(sql, { devices: resting, things: 2, keyed: 0 }));
  // The stock has taken the first numbers behind the back of the counter.
  await server.query(
    (sql) => sql`INSERT INTO device_counter (tenant, next) SELECT tenant, ${2 * resting} FROM organization
      ON CONFLICT (tenant) DO UPDATE SET next = ${2 * resting}`,
  );
  await server.stop();
  await server.start();
}

/** Sends it; what is refused is a fault of the test. */
async function post<Body>(server: ConsoleServer, path: string, body: object, method = 'POST'): Promise<Body> {
  const answer = await server.call<Body>(path, { method, body });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** A colleague with the role of a viewer, within {@link HERS}. */
async function inviteBerta(server: ConsoleServer, browser: TestBrowser) {
  const { id } = await post<{ id: string }>(server, '/api/v1/persons', { name: 'Berta Blum' });
  await post(server, `/api/v1/persons/${id}/roles/viewer`, { where: HERS }, 'PUT');
  const invited = await post<{ url: string }>(server, `/api/v1/persons/${id}/invitations`, {});
  const berta = await browser.visit({ url: server.site });
  const { page } = await berta.open(invited.url.replace(/^https:\/\/[^/]+/, server.site));
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/setup'));
  await page.close();
  return { berta, person: id };
}

/** What runs this file from its source names functions by a helper of its own, which pages do not have. */
async function bringHelper({ context }: Visitor): Promise<void> {
  await context.addInitScript('globalThis.__name ??= (one) => one');
}

/** Starts everything; ends with the test. */
export async function openAcceptance(
  t: Test,
  { resting, living }: StageSize = { resting: RESTING, living: LIVING },
): Promise<Stage> {
  const server = await startConsoleServer(t);
  const browser = await startBrowser(t);
  const anna = await browser.visit({ url: server.site });
  await bringHelper(anna);
  await (await setUpFirst(server, anna)).page.close();
  await fill(server, resting);
  const { berta, person } = await inviteBerta(server, browser);
  const words = { name: 'Web servers', expression: 'hostname.contains("-web-")' };
  const { id: group } = await post<{ id: string }>(server, '/api/v1/groups', words);
  const all = Array.from({ length: living }, (_, device) => device);
  const fleet = await startFleet({
    ...{ url: server.url, devices: living, processes: 1, rate: 100, profile: profiles.lively },
    ...{ devicesFile: join(server.dataDir, 'fleet.json'), tokens: await makeTokens(server, all) },
  });
  t.teardown(async () => void (await fleet.stop()));
  const agent = await makeAgent(t);
  const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
  const [real = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  agent.start();
  const count = async (on: string) => {
    const { body } = await server.call<{ count: number | null }>(
      `/api/v1/devices?limit=1&on=${encodeURIComponent(on)}`,
    );
    return body.count ?? -1;
  };
  const known = `${SIMULATED} && has(os.name)`;
  await until(
    'all have said what they are',
    async () => (await count(known)) === living,
    2 * PAGE_PATIENCE_MS,
  );
  await until('the agent too', async () => (await count(`id == "${real}" && has(os.name)`)) === 1);
  const orders = await createOrders(server);
  // While so many report for the first time, a busy machine may put it off.
  const job = await until('the job is ordered', () =>
    orders.order(HERS, { reason: 'A look at Frankfurt.' }).catch(() => null),
  );
  return {
    ...{ server, browser, anna, berta, real, group, job, person, count },
    past: stockId(0),
    async look(wish) {
      const visitor = await visitAs(browser, anna, { url: server.site, ...wish });
      await bringHelper(visitor);
      return visitor;
    },
  };
}

const search = (values: Readonly<Record<string, string>>) => new URLSearchParams(values).toString();

/** An address of every page, of each of its tabs, and of some of what else an address can say. */
export function listPlaces({ real, past, group, job, person }: Stage): readonly string[] {
  const tabs = ['hardware', 'services', 'network', 'runs', 'policies', 'compare'];
  const pastTabs = ['charts', 'software', 'timeline', 'alerts'];
  return [
    '/',
    '/devices',
    `/devices?${search({ on: HERS, columns: 'hostname,state,os', sort: '-hostname' })}`,
    `/devices/${real}`,
    ...tabs.map((tab) => `/devices/${real}?tab=${tab}`),
    ...pastTabs.map((tab) => `/devices/${past}?tab=${tab}`),
    '/groups',
    `/groups/${group}`,
    '/alerts',
    ...['routing', 'log', 'limits'].map((tab) => `/alerts?tab=${tab}`),
    '/enrollment',
    '/enrollment?new=yes',
    '/act',
    '/jobs',
    `/jobs/${job}`,
    ...['outputs', 'details'].map((tab) => `/jobs/${job}?tab=${tab}`),
    '/scripts',
    '/scripts?show=new',
    '/approvals',
    '/halts',
    '/policies',
    '/compliance',
    '/compliance?policy=base&rule=root&state=error',
    '/trust',
    '/audit?outcome=done',
    '/people',
    `/people?person=${person}`,
    '/settings',
    '/me',
    '/help/architecture/language#functions',
    '/there-is-no-such-page',
  ];
}

/** Waits until the page has its heading and nothing in it is loading. */
export async function untilShown(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await until('nothing is loading', async () => {
    const waiting = page.locator('[aria-busy="true"], .mantine-Skeleton-root');
    return (await waiting.count()) === 0;
  });
}

/** Opens a place, waits until it is shown, hands it to `work`, and closes it: its streams take connections of the browser. */
export async function atPlace(
  visitor: Visitor,
  path: string,
  work: (tab: Tab) => Promise<void>,
): Promise<void> {
  const tab = await visitor.open(path);
  try {
    await tab.settled();
    await work(tab);
  } catch (error) {
    throw new Error(`at ${path}`, { cause: error });
  } finally {
    await tab.page.close();
  }
}

/** What a picture of an address is called. */
export const nameOf = (path: string) =>
  path
    .replaceAll(/(?:dev|cmd|grp|per)_[a-z2-7_]+/g, 'id')
    .replaceAll(/%\w\w|\W+/g, '-')
    .slice(1, 60) || 'home';
