// What people do in tests of signing in: set up an account by a link and a passkey, and sign in by it.
import type { Browser, Stage } from './stage.ts';

/** Sets a person up by a link and a passkey. */
export async function setUp(
  stage: Stage,
  person: string,
  browser: Browser = stage.openBrowser(),
): Promise<Browser> {
  const secret = await stage.makeSecret(person);
  const begun = await browser.post('/api/v1/setup/options', { secret });
  const { challengeId, options } = passkeyOf(begun.body);
  const passkey = { challengeId, name: 'laptop', response: browser.authenticator.make(options) };
  const answer = await browser.post('/api/v1/setup', { secret, passkey });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return browser;
}

interface Begun {
  readonly challengeId: string;
  readonly options: Parameters<Browser['authenticator']['make']>[0] &
    Parameters<Browser['authenticator']['show']>[0];
}

/** The parts of an answer that carries a challenge. */
export function passkeyOf(body: object): Begun {
  return 'passkey' in body ? (body.passkey as Begun) : (body as Begun);
}

/** Signs in by passkey, as a browser does. */
export async function signIn(browser: Browser, bent: Parameters<Browser['authenticator']['show']>[1] = {}) {
  const { challengeId, options } = passkeyOf((await browser.post('/api/v1/signin/passkey/options')).body);
  const response = browser.authenticator.show(options, bent);
  return browser.post('/api/v1/signin/passkey/finish', { challengeId, response });
}

/** Shows the passkey once more in a session. */
export async function prove(browser: Browser) {
  const { challengeId, options } = passkeyOf((await browser.post('/api/v1/session/step-up/options')).body);
  const response = browser.authenticator.show(options);
  return browser.post('/api/v1/session/step-up/finish', { challengeId, response });
}
