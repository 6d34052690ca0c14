// The stage for acting in the console: a hardened server, a browser with a passkey that devices trust, devices that answer as they are told.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { join } from 'node:path';
import {
  concatBytes,
  encodeBase64url,
  encodeUtf8,
  keyid,
  pae,
  parseSpki,
  toKeyProof,
  toPasskeySignature,
} from '@muster/protocol';
import type { Test } from 'tap';
import { startBrowser, type Tab, type Visitor } from '../../support/browser.ts';
import { crypto } from '../../support/crypto.ts';
import { findFreePort } from '../../support/processes.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { type Behavior, makeToldDevice, type ToldDevice } from '../../support/told-device.ts';
import { until } from '../../support/wait.ts';
import { hostCommand, makeWorkstation, signIn, type Workstation } from '../../support/workstation.ts';

/** What a virtual authenticator holds of a passkey. */
interface Held {
  readonly publicKey: Uint8Array;
  readonly privateKey: ReturnType<typeof createPrivateKey>;
}

/** The key of the only passkey of a page. */
async function readPasskey(tab: Tab): Promise<Held> {
  const [key] = await tab.passkeys();
  if (key === undefined) throw new Error(`no passkey was made at ${tab.page.url()}`);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: parseSpki('p256', spki) };
}

/** The proof that somebody holds a passkey, as the browser at that origin would make it. */
function proveKey(org: string, { publicKey, privateKey }: Held, origin: string): string {
  const { payloadType, payload } = toKeyProof(org, encodeBase64url(publicKey));
  const challenge = encodeBase64url(crypto.sha256(pae(payloadType, payload)));
  const clientDataJSON = encodeUtf8(
    JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }),
  );
  const rpIdHash = crypto.sha256(encodeUtf8(new URL(origin).hostname));
  const authenticatorData = concatBytes([rpIdHash, Uint8Array.of(0x05, 0, 0, 0, 1)]);
  const signed = concatBytes([authenticatorData, crypto.sha256(clientDataJSON)]);
  const signature = sign('sha256', signed, privateKey);
  return toPasskeySignature(publicKey, { authenticatorData, clientDataJSON, signature }).sig;
}

/** The stage. */
export interface ActStage {
  readonly server: TestServer;
  /** Where the console is. */
  readonly origin: string;
  /** Signed in as anna, whose passkey signs. */
  readonly tab: Tab;
  readonly page: Tab['page'];
  readonly anna: Workstation;
  readonly berta: Workstation;
  device(hostname: string, behave: Behavior): Promise<ToldDevice>;
}

/** Signs a browser in by a setup link, which makes its passkey. */
async function setUp({ dataDir }: TestServer, visitor: Visitor): Promise<Tab> {
  const { out } = await hostCommand(`setup-link --data-dir ${dataDir} --person anna`);
  const tab = await visitor.open(out.trim());
  await tab.page.getByRole('button', { name: 'Create a passkey' }).click();
  await tab.page.waitForURL((url) => !url.pathname.startsWith('/setup'));
  return tab;
}

/** Starts everything; ends with the test. */
export async function openActStage(t: Test): Promise<ActStage> {
  const port = await findFreePort();
  const origin = `https://localhost:${port}`;
  const server = await startTestServer(t, { flags: ['--port', `${port}`, '--public-url', origin] });
  const { url, dataDir } = server;
  const token = (await hostCommand(`token --name me --data-dir ${dataDir}`)).out.trim();
  const anna = await makeWorkstation(t, 'anna');
  const berta = await makeWorkstation(t, 'berta');
  for (const one of [anna, berta]) await signIn(t, one, { url, dataDir, token });
  const key = JSON.parse((await berta.done(t, 'keys new --no-passphrase --json')).out).publicKey;
  await anna.done(
    t,
    `trust harden --mode hardened --id anna --signer berta=${key} --no-passphrase --yes --keys ${join(dataDir, 'keys')}`,
  );
  const browser = await startBrowser(t);
  const visitor = await browser.visit({ url: origin, height: 900 });
  const tab = await setUp(server, visitor);
  await trustPasskey(t, { server, anna, held: await readPasskey(tab), origin });
  return {
    ...{ server, origin, tab, page: tab.page, anna, berta },
    device: (hostname, behave) => makeToldDevice(server, hostname, behave),
  };
}

interface Trusting {
  readonly server: TestServer;
  readonly anna: Workstation;
  readonly held: Held;
  readonly origin: string;
}

/** The passkey becomes a key of anna's signer, by her root key. */
async function trustPasskey(t: Test, { server, anna, held, origin }: Trusting): Promise<void> {
  const { body: trust } = await server.call<{ document: { org: string } }>('/api/v1/trust');
  const { items = [] } = (await server.call('/api/v1/persons')).body;
  const person = items.find(({ handle }) => handle === 'anna');
  const body = {
    key: encodeBase64url(held.publicKey),
    name: 'laptop',
    proof: proveKey(trust.document.org, held, origin),
  };
  await anna.done(t, `trust set-origins ${origin} --yes`);
  const made = await server.call(`/api/v1/persons/${person?.id}/keys`, { method: 'POST', body });
  if (made.status !== 201) throw new Error(`the passkey was not registered: ${made.text}`);
  await anna.done(t, `trust add-key anna --passkey ${keyid(held.publicKey, crypto, 'p256')} --yes`);
  await until('the passkey counts', async () => {
    const answer = await server.call('/api/v1/trust');
    return answer.text.includes(body.key) ? true : undefined;
  });
}
