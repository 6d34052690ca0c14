// Words of the sign-in page.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    canceled:
      'No passkey came: the dialog was closed, took too long, or the browser does not trust the certificate.',
    title: 'Sign in',
    passkey: 'Sign in with a passkey',
    name: 'Name',
    nameHint: 'Your short name, as anna',
    or: 'or',
    usePassword: 'Sign in with a password instead',
    signIn: 'Sign in',
    provider: 'Sign in with {{name}}',
    failed: 'You could not be signed in',
    refused: 'The provider did not help',
    goOn: 'Go on as you are',
    E_IDENTITY: 'This account of the provider belongs to nobody here; ask an admin for an invitation.',
    E_PROVIDER: 'The provider does not answer as it should; try again, or sign in another way.',
    E_CHALLENGE: 'This took too long, or the server was started anew meanwhile; please try again.',
    E_RATE: 'Too many attempts; wait a quarter of an hour, or sign in another way.',
    E_SETUP: 'The link is used up or too old; ask for another one.',
    E_CONFLICT: 'This account of the provider belongs to somebody else here.',
    E_CREDENTIALS: 'This account of the provider is not good for that; try again, or sign in another way.',
    E_SIGNED_OUT: 'Your session has ended meanwhile; sign in and try again.',
    E_OTHER: 'Something went wrong on the way; try again, or sign in another way.',
    setupTitle: 'Nobody has an account here yet',
    setupWhy:
      'The first one is made with a link that only the host can print. Run this on the machine of the server:',
    noPasskeys:
      'Browsers have passkeys only where the address is a name. Open {{url}} instead, or use a password.',
    docs: 'How signing in works',
    brand: 'Muster',
    unsupported: 'This browser has no passkeys; use a password.',
  },
  de: {
    canceled:
      'Es kam kein Passkey: Der Dialog wurde geschlossen, es dauerte zu lange, oder der Browser vertraut dem Zertifikat nicht.',
    title: 'Anmelden',
    passkey: 'Mit einem Passkey anmelden',
    name: 'Name',
    nameHint: 'Ihr Kurzname, etwa anna',
    or: 'oder',
    usePassword: 'Stattdessen mit einem Passwort anmelden',
    signIn: 'Anmelden',
    provider: 'Mit {{name}} anmelden',
    failed: 'Die Anmeldung ist fehlgeschlagen',
    refused: 'Der Anbieter hat nicht weitergeholfen',
    goOn: 'So weitermachen',
    E_IDENTITY: 'Dieses Konto des Anbieters gehört hier niemandem; bitten Sie um eine Einladung.',
    E_PROVIDER:
      'Der Anbieter antwortet nicht, wie er sollte; versuchen Sie es noch einmal, oder melden Sie sich anders an.',
    E_CHALLENGE:
      'Das hat zu lange gedauert, oder der Server wurde inzwischen neu gestartet; bitte versuchen Sie es noch einmal.',
    E_RATE: 'Zu viele Versuche; warten Sie eine Viertelstunde, oder melden Sie sich anders an.',
    E_SETUP: 'Der Link ist verbraucht oder zu alt; bitten Sie um einen neuen.',
    E_CONFLICT: 'Dieses Konto des Anbieters gehört hier jemand anderem.',
    E_CREDENTIALS:
      'Dieses Konto des Anbieters gilt dafür nicht; versuchen Sie es noch einmal, oder melden Sie sich anders an.',
    E_SIGNED_OUT:
      'Ihre Sitzung ist inzwischen zu Ende; melden Sie sich an, und versuchen Sie es noch einmal.',
    E_OTHER: 'Unterwegs ging etwas schief; versuchen Sie es noch einmal, oder melden Sie sich anders an.',
    setupTitle: 'Hier hat noch niemand ein Konto',
    setupWhy:
      'Das erste entsteht mit einem Link, den nur der Rechner des Servers ausgeben kann. Führen Sie dort aus:',
    noPasskeys:
      'Passkeys gibt es in Browsern nur, wo die Adresse ein Name ist. Öffnen Sie stattdessen {{url}}, oder nehmen Sie ein Passwort.',
    docs: 'So funktioniert die Anmeldung',
    brand: 'Muster',
    unsupported: 'Dieser Browser kennt keine Passkeys; nehmen Sie ein Passwort.',
  },
});
