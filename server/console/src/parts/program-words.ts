// Words for where somebody is signed in: the browser, and what he signed in by.
import { texts, useText } from '../app/text.ts';
import { parseProgram } from './program.ts';

const text = texts({
  en: {
    browserOn: '{{browser}} on {{system}}',
    passkey: 'passkey',
    password: 'password with one-time code',
    setup: 'the link that set up the account',
    oidc: 'identity at a provider',
  },
  de: {
    browserOn: '{{browser}} unter {{system}}',
    passkey: 'Passkey',
    password: 'Passwort mit Einmalcode',
    setup: 'dem Link, der das Konto einrichtete',
    oidc: 'Identität bei einem Anbieter',
  },
});

const methods = ['passkey', 'password', 'setup', 'oidc'] as const;

/** "Firefox on Linux", of a User-Agent; what nobody knows stands there as it is. */
export function useProgram(): (agent: string) => string {
  const say = useText(text);
  return (agent) => {
    const { browser, system } = parseProgram(agent);
    if (browser !== null && system !== null) return say('browserOn', { browser, system });
    return browser ?? system ?? agent;
  };
}

/** What one signed in by, of the API's name for it. */
export function useMethod(): (method: string) => string {
  const say = useText(text);
  return (method) => {
    const known = methods.find((one) => one === method);
    return known === undefined ? method : say(known);
  };
}
