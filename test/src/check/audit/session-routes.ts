// A valid call of every route that changes something and answers sessions, by a browser of a person made for each try.
import { createHmac, randomBytes } from 'node:crypto';
import {
  encodeBase32,
  encodeBase64url,
  pae,
  toEnvelope,
  toKeyProof,
  toPasskeySignature,
} from '@muster/protocol';
import { createPasskey } from '@muster/protocol/testing';
import { openPage, type PageAnswer } from '../../support/page.ts';
import type { Bench } from './routes-tried.ts';

/** Origin of the console of a server of a test, under the name that has passkeys. */
export const ORIGIN = 'https://localhost:1';
const PASSWORD = 'a password of this check';

type Page = ReturnType<typeof openPage>;

/** Somebody with an account, and his browser, which is signed in. */
interface Somebody {
  readonly id: string;
  readonly handle: string;
  readonly page: Page;
}

/** Makes the call; true when it was done. */
export type SessionCall = () => Promise<{ readonly isDone: boolean; readonly text: string }>;
/** Prepares one call, for somebody new each time. */
type PrepareSession = (stage: SessionStage) => Promise<SessionCall>;

/** What the calls are made of. */
export interface SessionStage extends Bench {
  /** The provider that the server knows. */
  readonly issuer: string;
  /** Who signs in there from now on. */
  signsIn(account: string): void;
}

const counter = { count: 0 };

function readBody<T>({ status, text }: PageAnswer): T {
  if (status >= 300) throw new Error(`the preparation was refused: ${status} ${text}`);
  return JSON.parse(text);
}

/** A call of the API. */
const calling = (ask: () => Promise<Pick<PageAnswer, 'status' | 'text'>>): SessionCall => {
  return async () => {
    const { status, text } = await ask();
    return { isDone: status < 300, text: `${status} ${text}` };
  };
};

/** The same for a browser that is led from address to address: what fails is told on the page where one signs in. */
const following = (page: Page, address: string): SessionCall => {
  return async () => {
    const text = await page.follow(address);
    return { isDone: !text.startsWith('/sign-in'), text };
  };
};

/** Somebody who was added and invited: the secret of his link. */
async function invite({ server, make }: SessionStage): Promise<Omit<Somebody, 'page'> & { url: string }> {
  counter.count += 1;
  const { id, handle } = await make<Somebody>('/persons', { name: `Somebody ${counter.count}` });
  const { url } = await make<{ url: string }>(`/persons/${id}/invitations`, undefined);
  return { id, handle, url: url.replace(/^https:\/\/[^/]+/, server.url) };
}

/** He has set his account up by a passkey. */
async function enter(stage: SessionStage): Promise<Somebody> {
  const { url, ...somebody } = await invite(stage);
  const page = openPage({ url: stage.server.url, origin: ORIGIN });
  readBody(await page.setUp(url));
  return { ...somebody, page };
}

/** The code that an app shows now (RFC 4226 and 6238). */
function codeOf(secret: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(at).digest();
  const place = (digest.at(-1) ?? 0) & 0x0f;
  return String((digest.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** He has a password as well; the secret of his one-time codes is not confirmed yet. */
async function enterWithPassword(stage: SessionStage) {
  const somebody = await enter(stage);
  readBody(await somebody.page.post('/api/v1/me/password', { password: PASSWORD }));
  const { secret } = readBody<{ secret: string }>(await somebody.page.post('/api/v1/me/totp'));
  const confirm = async () => somebody.page.post('/api/v1/me/totp/confirm', { code: codeOf(secret) });
  return { ...somebody, confirm };
}

/** The same, and it counts: recovery codes are there to sign in with. */
async function enterWithCodes(stage: SessionStage) {
  const { confirm, ...somebody } = await enterWithPassword(stage);
  const { codes } = readBody<{ codes: readonly string[] }>(await confirm());
  return { ...somebody, recoveryCode: codes[0] ?? '' };
}

/** A second browser of the same person. */
async function enterAgain(stage: SessionStage) {
  const somebody = await enter(stage);
  const { authenticator } = somebody.page;
  const other = openPage({ url: stage.server.url, origin: ORIGIN, authenticator });
  const { session } = readBody<{ session: { id: string } }>(await other.show('/api/v1/signin/passkey'));
  return { ...somebody, otherSession: session.id };
}

interface Begun {
  readonly challengeId: string;
  readonly options: Parameters<Page['authenticator']['make']>[0] &
    Parameters<Page['authenticator']['show']>[0];
}

/** Shows a passkey of a page. */
async function showing(page: Page, path: string): Promise<SessionCall> {
  const { challengeId, options } = readBody<Begun>(await page.post(`${path}/options`));
  const response = page.authenticator.show(options);
  return calling(() => page.post(`${path}/finish`, { challengeId, response }));
}

/** An account of the provider, as if somebody had linked it. */
async function linkTo({ server, issuer, signsIn }: SessionStage, { id: person }: Somebody) {
  const id = `idn_${encodeBase32(randomBytes(16))}`;
  const subject = `account-${encodeBase64url(randomBytes(9))}`;
  const { database, tenant } = server.running;
  await database.sql`INSERT INTO identity (tenant, id, issuer, subject, person, name)
    VALUES (${tenant}, ${id}, ${issuer}, ${subject}, ${person}, ${subject})`;
  signsIn(subject);
  return id;
}

const removing = ({ page }: Pick<Somebody, 'page'>, path: string) =>
  calling(() => page.send(`/api/v1${path}`, { method: 'DELETE' }));

async function idOfFirst({ page }: Somebody, what: 'passkeys' | 'identities'): Promise<string> {
  const account = readBody<Record<typeof what, readonly { id: string }[]>>(await page.send('/api/v1/me'));
  return account[what][0]?.id ?? '';
}

/** A key that can be registered, with its proof. */
async function makeKey({ server }: SessionStage) {
  const { body } = await server.call<{ document: { org: string } }>('/api/v1/trust');
  const passkey = createPasskey({ rpId: 'localhost', origin: ORIGIN });
  const { key } = passkey.entry;
  const unsigned = toKeyProof(body.document.org, key);
  const assertion = passkey.assert(pae(unsigned.payloadType, unsigned.payload));
  const proof = toEnvelope(unsigned, [toPasskeySignature(passkey.publicKey, assertion)]).signatures[0]?.sig;
  return { keyid: passkey.keyid, body: { key, name: 'a key', proof } };
}

/** By method and pattern, below /api/v1. */
export const triedBySession: Readonly<Record<string, PrepareSession>> = {
  'DELETE /session': async (stage) => removing(await enter(stage), '/session'),
  async 'POST /signin/passkey/finish'(stage) {
    const { page } = await enter(stage);
    return showing(page, '/api/v1/signin/passkey');
  },
  'POST /session/step-up/finish': async (stage) =>
    showing((await enter(stage)).page, '/api/v1/session/step-up'),
  async 'POST /signin/password'(stage) {
    const { page, handle: name, recoveryCode } = await enterWithCodes(stage);
    return calling(() => page.post('/api/v1/signin/password', { name, password: PASSWORD, recoveryCode }));
  },
  async 'POST /session/step-up/password'(stage) {
    const { page, recoveryCode } = await enterWithCodes(stage);
    return calling(() => page.post('/api/v1/session/step-up/password', { password: PASSWORD, recoveryCode }));
  },
  async 'POST /setup'(stage) {
    const { url } = await invite(stage);
    const secret = new URL(url).hash.slice(1);
    const page = openPage({ url: stage.server.url, origin: ORIGIN });
    const { passkey } = readBody<{ passkey: Begun }>(await page.post('/api/v1/setup/options', { secret }));
    const response = page.authenticator.make(passkey.options);
    const body = { secret, passkey: { challengeId: passkey.challengeId, name: 'test', response } };
    return calling(() => page.post('/api/v1/setup', body));
  },
  async 'DELETE /me/identities/{id}'(stage) {
    const somebody = await enter(stage);
    return removing(somebody, `/me/identities/${await linkTo(stage, somebody)}`);
  },
  async 'POST /me/passkeys'(stage) {
    const { page } = await enter(stage);
    const { challengeId, options } = readBody<Begun>(await page.post('/api/v1/me/passkeys/options'));
    const response = page.authenticator.make(options);
    return calling(() => page.post('/api/v1/me/passkeys', { challengeId, name: 'second', response }));
  },
  async 'DELETE /me/passkeys/{id}'(stage) {
    const somebody = await enter(stage);
    // Another way in is left.
    await linkTo(stage, somebody);
    return removing(somebody, `/me/passkeys/${await idOfFirst(somebody, 'passkeys')}`);
  },
  async 'POST /me/keys'(stage) {
    const { page } = await enter(stage);
    const { body } = await makeKey(stage);
    return calling(() => page.post('/api/v1/me/keys', body));
  },
  async 'DELETE /me/keys/{id}'(stage) {
    const { page } = await enter(stage);
    const { keyid, body } = await makeKey(stage);
    readBody(await page.post('/api/v1/me/keys', body));
    return removing({ page }, `/me/keys/${keyid}`);
  },
  async 'POST /me/password'(stage) {
    const { page } = await enter(stage);
    return calling(() => page.post('/api/v1/me/password', { password: PASSWORD }));
  },
  'DELETE /me/password': async (stage) => removing(await enterWithCodes(stage), '/me/password'),
  async 'POST /me/totp'(stage) {
    const { page } = await enter(stage);
    readBody(await page.post('/api/v1/me/password', { password: PASSWORD }));
    return calling(() => page.post('/api/v1/me/totp'));
  },
  'POST /me/totp/confirm': async (stage) => calling((await enterWithPassword(stage)).confirm),
  async 'POST /me/recovery-codes'(stage) {
    const { page } = await enterWithCodes(stage);
    return calling(() => page.post('/api/v1/me/recovery-codes'));
  },
  'DELETE /me/sessions': async (stage) => removing(await enterAgain(stage), '/me/sessions'),
  async 'DELETE /me/sessions/{id}'(stage) {
    const somebody = await enterAgain(stage);
    return removing(somebody, `/me/sessions/${somebody.otherSession}`);
  },
  async 'POST /persons/{id}/invitations'(stage) {
    const { id } = await enter(stage);
    return calling(() => stage.server.call(`/api/v1/persons/${id}/invitations`, { method: 'POST' }));
  },
  async 'DELETE /persons/{id}/sessions'(stage) {
    const { id } = await enter(stage);
    return calling(() => stage.server.call(`/api/v1/persons/${id}/sessions`, { method: 'DELETE' }));
  },
  async 'DELETE /persons/{id}/sessions/{sessionId}'(stage) {
    const { id, otherSession } = await enterAgain(stage);
    const path = `/api/v1/persons/${id}/sessions/${otherSession}`;
    return calling(() => stage.server.call(path, { method: 'DELETE' }));
  },
  // What the ways to a provider begin ends at the way back, which is what changes something.
  async 'GET /signin/oidc/{id}/callback, signing in'(stage) {
    const somebody = await enter(stage);
    await linkTo(stage, somebody);
    const page = openPage({ url: stage.server.url, origin: ORIGIN });
    return following(page, '/api/v1/signin/oidc/main/start');
  },
  async 'GET /signin/oidc/{id}/callback, linking'(stage) {
    const { page } = await enter(stage);
    stage.signsIn(`account-${encodeBase64url(randomBytes(9))}`);
    return following(
      page,
      readBody<{ url: string }>(await page.post('/api/v1/me/oidc/main', { next: '/me' })).url,
    );
  },
  async 'GET /signin/oidc/{id}/callback, proving'(stage) {
    const somebody = await enter(stage);
    await linkTo(stage, somebody);
    const begun = await somebody.page.post('/api/v1/session/step-up/oidc/main', { next: '/me' });
    return following(somebody.page, readBody<{ url: string }>(begun).url);
  },
  async 'GET /signin/oidc/{id}/callback, setting up'(stage) {
    const secret = new URL((await invite(stage)).url).hash.slice(1);
    const page = openPage({ url: stage.server.url, origin: ORIGIN });
    stage.signsIn(`account-${encodeBase64url(randomBytes(9))}`);
    return following(
      page,
      readBody<{ url: string }>(await page.post('/api/v1/setup/oidc/main', { secret })).url,
    );
  },
};

/** What a try uses up also where nothing comes of it, so that it cannot be repeated: no change that somebody asked for. */
export const usedUp: Readonly<Record<string, readonly string[]>> = {
  'POST /signin/passkey/finish': ['passkey'],
  'POST /session/step-up/finish': ['passkey'],
};
