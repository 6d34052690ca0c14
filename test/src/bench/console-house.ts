// The house of the console's bench: a server with 100,000 devices, and a person who has signed in to its pages by a passkey.
import type { Page } from 'playwright-core';
import { enrollDevice, type SimulatedDevice } from '../fleet/device.ts';
import { startBrowser, type Tab, type Visitor } from '../support/browser.ts';
import { makeSetupLink, setUpFirst, visitAs } from '../support/console.ts';
import { findFreePort } from '../support/processes.ts';
import { until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';
import { fillDatabase } from './commands-house.ts';
import { seedFleet, untilIndexed } from './lists.ts';
import { makeBenchFolder, type ServerProcess, startServerProcess } from './stage.ts';

/** The first number for a device that enrolls: the seeded ones were written behind the back of the counter. */
const FIRST_FREE = 100_000;
/** Devices that enroll at the same time. */
const AT_ONCE = 8;

/** The house. */
export interface ConsoleHouse {
  readonly server: ServerProcess;
  /** Address of the console. */
  readonly site: string;
  /** A browser without anything kept but the session. */
  visit(): Promise<Visitor>;
  /** Enrolls devices that can connect; names that begin with `a` come before those of all others. */
  addDevices(names: readonly string[]): Promise<readonly SimulatedDevice[]>;
}

/** Opens it: the database filled, the index built, the first account made. */
export async function openConsoleHouse(context: BenchContext): Promise<ConsoleHouse> {
  const dataDir = await makeBenchFolder(context, 'server');
  context.say('filling in 100,000 devices');
  await fillDatabase(context, dataDir, async (sql) => {
    await seedFleet(sql);
    await sql`INSERT INTO device_counter (tenant, next) SELECT tenant, ${FIRST_FREE} FROM organization
      ON CONFLICT (tenant) DO UPDATE SET next = ${FIRST_FREE}`;
  });
  const port = await findFreePort();
  // Passkeys belong to names, never to addresses.
  const site = `https://localhost:${port}`;
  const flags = ['--port', `${port}`, '--public-url', site];
  const server = await startServerProcess(context, { dataDir, tls: true, flags });
  await untilIndexed(server);
  const browser = await startBrowser(context);
  const first = await browser.visit({ url: site });
  const tab = await setUpFirst({ setupLink: () => makeSetupLink(context, dataDir, site) }, first);
  await tab.page.close();
  return {
    ...{ server, site },
    visit: () => visitAs(browser, first, { url: site }),
    addDevices: (names) => enrollAll(server, names),
  };
}

async function enrollAll(server: ServerProcess, names: readonly string[]): Promise<SimulatedDevice[]> {
  const token = await server.enrollmentToken(names.length);
  const devices: SimulatedDevice[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    devices.push(
      ...(await Promise.all(some.map((hostname) => enrollDevice(server.url, token, { hostname })))),
    );
  }
  return devices;
}

/** Opens Devices and waits for its rows. */
export async function openDevices(visitor: Visitor): Promise<Tab> {
  const tab = await visitor.open('/devices');
  await tab.page.locator('tr[data-index="0"]').waitFor();
  await untilQuiet(tab.page);
  return tab;
}

/** Waits until nothing on the page is loading. */
export async function untilQuiet(page: Page): Promise<void> {
  await until('nothing is loading', async () => (await page.locator('[aria-busy=true]').count()) === 0);
}

/** From now on the page looks for an element of the selector whose text has the word; `readShown` answers when it was drawn. */
export async function awaitShown(page: Page, selector: string, word: string): Promise<void> {
  await page.evaluate(
    ([places = '', text = '']) => {
      const shown = new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`${places} never had '${text}'`)), 20_000);
        function look(): void {
          const found = [...document.querySelectorAll(places)].some((element) =>
            element.textContent.toLowerCase().includes(text),
          );
          if (!found) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(Date.now()));
        }
        const observer = new MutationObserver(look);
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        look();
      });
      Object.assign(globalThis, { musterShown: { shown } });
    },
    [selector, word],
  );
}

/** When it was drawn, ms since 1970 by the clock of this machine. */
export async function readShown(page: Page): Promise<number> {
  return page.evaluate(async () => Number(await Reflect.get(globalThis, 'musterShown').shown));
}
