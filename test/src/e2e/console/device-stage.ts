// The stage for the page of a device: a real server with a stocked database, one real agent, a device that obeys, and a browser.
import { deflateRawSync } from 'node:zlib';
import { encodeChunk } from '@muster/protocol';
import type { Locator, Page } from 'playwright-core';
import type { Test } from 'tap';
import { enrollDevice } from '../../fleet/device.ts';
import { makeAgent } from '../../support/agent.ts';
import { startBrowser, type Tab } from '../../support/browser.ts';
import { runObedientDevice } from '../../support/obedient-device.ts';
import { prepareServer } from '../../support/server-process.ts';
import { createStock, stockId } from '../../support/stock.ts';
import { until } from '../../support/wait.ts';
import { hostCommand } from '../../support/workstation.ts';

/** Changes, packages, alerts of the stocked device; its history begins a day ago and changes every minute. */
const THINGS = 1_200;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Series of the hour with a break: processor, memory, the root filesystem. */
const BROKEN = [
  [1, ''],
  [11, ''],
  [51, '/'],
] as const;

/** An hour with a break of ten minutes, from midnight on: partitions are made for today. */
async function addBreak(server: Awaited<ReturnType<typeof prepareServer>>, fromMs: number): Promise<void> {
  const mean = Array.from({ length: 60 }, (_, at) => (at >= 10 && at < 20 ? null : 0.25 + at / 200));
  const chunk = encodeChunk(
    {
      ...{ tier: 'minute', fromMs, count: 60 },
      series: BROKEN.map(([metricId, instance]) => ({ metricId, instance, mean, max: mean })),
    },
    (bytes) => deflateRawSync(bytes),
  );
  await server.query(
    (sql) => sql`UPDATE metric_chunk SET chunk = ${Buffer.from(chunk)}, seq = 1000000
      WHERE idx = 0 AND starts_at = ${new Date(fromMs)}`,
  );
}

/** Everything that the pages show; ends with the test. */
export async function openDeviceStage(t: Test) {
  const flags: string[] = [];
  const server = await prepareServer(t, { flags });
  // Passkeys belong to names, never to addresses.
  const origin = server.url.replace('127.0.0.1', 'localhost');
  flags.push('--public-url', origin);
  await server.start();
  const stock = createStock();
  await server.query((sql) => stock.growTo(sql, { devices: 3, things: THINGS, keyed: 0 }));
  const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  await addBreak(server, midnightMs);
  // The stock has taken the first numbers behind the back of the counter.
  await server.query(
    (sql) => sql`INSERT INTO device_counter (tenant, next) SELECT tenant, 100 FROM organization
      ON CONFLICT (tenant) DO UPDATE SET next = 100`,
  );
  await server.stop();
  await server.start();
  const agent = await makeAgent(t);
  const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
  const [real = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  agent.start();
  const obedient = await enrollDevice(server.url, await server.enrollmentToken(1), { hostname: 'obedient' });
  const running = runObedientDevice(server.url, obedient, 'first line\nSecond Line\nthird\n');
  t.teardown(() => running.stop());
  await until('the agent has said what it is', async () => {
    const path = `/api/v1/devices/${real}`;
    const { body } = await server.call<{ presence: string; facts: { packages?: unknown } | null }>(path);
    return body.presence === 'online' && body.facts?.packages != null;
  });
  const browser = await startBrowser(t);
  const first = await browser.visit({ url: origin });
  const { out, err } = await hostCommand(`setup-link --data-dir ${server.dataDir} --public-url ${origin}`);
  if (out === '') throw new Error(err);
  const setup = await first.open(out.trim().replace(origin, ''));
  await setup.page.getByRole('button', { name: 'Create a passkey' }).click();
  await setup.page.waitForURL((url) => !url.pathname.startsWith('/setup'));
  await setup.page.close();
  const cookies = await first.context.cookies();
  return {
    ...{
      server,
      origin,
      real,
      midnightMs,
      obedient: obedient.id,
      stocked: stockId(0),
      other: stockId(1),
    },
    open: (path: string) => first.open(path),
    /** Another browser of the same person. */
    async visit(wish: { colorScheme?: 'light' | 'dark'; width?: number; language?: 'en' | 'de' }) {
      const visitor = await browser.visit({ url: origin, ...wish });
      await visitor.context.addCookies(cookies);
      return visitor;
    },
  };
}

/** All text in it, also what only screen readers get. */
export const textOf = async (place: Locator) => ((await place.textContent()) ?? '').replaceAll('\u00a0', ' ');
/** The state in the address. */
export const stateOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
/** Nothing came from elsewhere, and nothing went wrong in the page; closes it, since its streams take connections of the browser. */
export async function endClean(t: Test, tab: Tab): Promise<void> {
  await tab.settled();
  t.same(tab.foreign, [], '51: nothing was asked of another host');
  t.same(tab.complaints, []);
  await tab.page.close();
}
