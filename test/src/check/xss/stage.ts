// The stage of the check `xss`: a server full of hostile texts, lying devices, a person with a browser, and addresses nobody may ask for.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { startBrowser, type TestBrowser, type Visitor } from '../../support/browser.ts';
import { makeSetupLink } from '../../support/console.ts';
import { OIDC_CLIENT, startProvider } from '../../support/oidc.ts';
import { findFreePort } from '../../support/processes.ts';
import { ask } from '../../support/routes.ts';
import { makeFolder } from '../../support/server.ts';
import { prepareServer, type ServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/wait.ts';
import type { CheckContext } from '../check.ts';
import { enrollHostile, type HostileDevice, runHostile } from './device.ts';
import { createPlanter, type Planter } from './payloads.ts';
import { type Field, type Made, type PersonCall, plantAll } from './plants.ts';

/** How much there is of everything. */
export interface StageSize {
  readonly devices: number;
  readonly rows: number;
  readonly things: number;
}

/** The stage. */
export interface Stage {
  readonly server: ServerProcess;
  /** Where the console is. */
  readonly origin: string;
  readonly planter: Planter;
  readonly browser: TestBrowser;
  /** Signed in, with a passkey in its first page. */
  readonly person: Visitor;
  readonly devices: readonly HostileDevice[];
  readonly made: Made;
  /** The address in payloads, which nothing may ask for. */
  readonly canary: string;
  /** What was asked of it. */
  readonly asked: readonly string[];
  /** Cookies of the person, as a header. */
  cookie(): Promise<string>;
}

/** A server on loopback that notes what it is asked for. */
async function listen(context: CheckContext, status: number, words: () => string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume();
    response.writeHead(status, { 'content-type': 'text/plain' }).end(words());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A server with a provider whose name and people are hostile. */
async function startHouse(context: CheckContext, planter: Planter) {
  const clientSecret = 'a secret that only this check knows';
  const secretFile = join(await makeFolder(context, 'oidc'), 'secret');
  await writeFile(secretFile, `${clientSecret}\n`);
  const port = await findFreePort();
  const oidc = ['--oidc-issuer', `http://127.0.0.1:${port}`, '--oidc-client-id', OIDC_CLIENT];
  const server = await prepareServer(context, {
    flags: [
      ...['--host', 'localhost', '--webhook-reach', 'local', ...oidc],
      ...['--oidc-client-secret-file', secretFile, '--oidc-name', planter.make('provider.name', 100)],
    ],
  });
  const origin = server.url.replace('127.0.0.1', 'localhost');
  const redirectUri = `${origin}/api/v1/signin/oidc/main/callback`;
  const provider = await startProvider(context, { port, clientSecret, redirectUri });
  provider.signsIn(planter.make('provider.claim', 120));
  await server.start();
  return { server, origin };
}

/** The first person sets up his account in the browser, under a hostile name. */
async function setUpPerson(visitor: Visitor, link: string, planter: Planter): Promise<void> {
  const { page } = await visitor.open(link);
  await page.getByLabel('Your name, as others see it').fill(planter.make('person.own', 128));
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.waitForURL(/\/devices/);
}

async function readCookie(context: BrowserContext, origin: string): Promise<string> {
  const cookies = await context.cookies(origin);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Sends as that person does. */
function createSender(server: ServerProcess, origin: string, context: BrowserContext): Field['asPerson'] {
  return async ({ method, path, text, type = 'application/json' }: PersonCall) => {
    const headers = { cookie: await readCookie(context, origin), origin, 'content-type': type };
    const answer = await ask(server.url, { method, path: `/api/v1${path}`, headers, body: text });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text;
  };
}

/** Links a hostile account of the provider, and waits until it is back on the page of one's own account. */
async function linkAccount(visitor: Visitor, origin: string): Promise<void> {
  const page = await visitor.context.newPage();
  await page.goto('/me');
  // The browser has to begin it: a cookie says who comes back.
  const url = await page.evaluate<string>(`fetch('/api/v1/me/oidc/main', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ next: '/me' }),
  }).then((answer) => answer.json()).then((body) => body.url)`);
  await page.goto(url);
  await page.waitForURL(`${origin}/me`);
  await page.close();
}

/** Makes everything; it ends with the check. */
export async function openStage(context: CheckContext, size: StageSize): Promise<Stage> {
  const { asked, url: canary } = await listen(context, 200, () => 'asked');
  const planter = createPlanter(context.random, canary);
  const receiver = await listen(context, 500, () => planter.make('way.answer', 200));
  const { server, origin } = await startHouse(context, planter);
  const browser = await startBrowser(context);
  const person = await browser.visit({ url: origin });
  await setUpPerson(person, await makeSetupLink(context, server.dataDir, origin), planter);
  context.say('the server stands, and a person has an account');

  const devices: HostileDevice[] = [];
  context.teardown(async () => {
    for (const device of devices) device.stop();
  });
  for (let at = 0; at < size.devices; at++) {
    const made = await enrollHostile(server.url, await server.enrollmentToken(1), planter);
    const wish = { rows: size.rows, isBroken: at > 0 && at === size.devices - 1 };
    devices.push(await runHostile(server.url, made, { planter, wish }));
  }
  await until('the devices have said what they are', () => devices.every((one) => one.settled()));
  // One waits to be approved.
  const waiting = await server.call<{ text: string }>('/api/v1/enrollment-tokens', {
    ...{ method: 'POST', body: { name: 'test', uses: 1, autoApprove: false } },
  });
  await enrollHostile(server.url, waiting.body.text, planter);
  // The timeline tells what became of the first facts.
  devices[0]?.change();
  await until('the first device has changed', () => devices[0]?.settled());

  const asPerson = createSender(server, origin, person.context);
  const field: Field = { server, planter, count: size.things, receiver: receiver.url, asPerson };
  const made = await plantAll(
    field,
    devices.map(({ id }) => id),
  );
  await linkAccount(person, origin);
  await until('orders are carried out', async () => {
    const { body } = await server.call<{ runs: readonly { readonly state: string }[] }>(
      `/api/v1/jobs/${made.jobs[0]}/runs`,
    );
    return body.runs.every(({ state }) => state === 'succeeded');
  });
  await until('the devices have said how they stand to their policies', () =>
    devices.every((one) => one.hasTold()),
  );
  context.say(`${planter.plants.size} hostile texts stand in it`);
  return {
    ...{ server, origin, planter, browser, person, devices, made, canary, asked },
    cookie: () => readCookie(person.context, origin),
  };
}
