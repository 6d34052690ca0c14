// Words of the set-up page.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    title: 'Set up your account',
    first: 'You are the first person here and become its admin.',
    for: 'This link is for {{name}} and works once.',
    endsFormer:
      'You can sign in already. When you use this link, your passkeys, password, one-time codes, accounts of providers and API tokens are removed and you are signed out everywhere; only what you set up here counts from then on.',
    name: 'Your name, as others see it',
    passkeyName: 'Name of this passkey',
    passkeyHint: 'Something by which you know the device, as Laptop.',
    makePasskey: 'Create a passkey',
    usePassword: 'Use a password instead',
    usePasskey: 'Use a passkey instead',
    password: 'Password',
    passwordHint: 'At least 12 characters. Next you set up one-time codes in an app.',
    setPassword: 'Set the password',
    failed: 'The account could not be set up',
    badLink: 'This link cannot be used',
    noSecret: 'The address lacks its secret part. Make a new link on the machine of the server:',
    noPasskeys: 'Browsers have passkeys only where the address is a name, as localhost.',
  },
  de: {
    title: 'Konto einrichten',
    first: 'Sie sind die erste Person hier und werden Administrator.',
    for: 'Dieser Link ist für {{name}} und gilt einmal.',
    endsFormer:
      'Sie können sich schon anmelden. Wenn Sie diesen Link verwenden, werden Ihre Passkeys, Ihr Passwort, Einmalcodes, Konten bei Anbietern und API-Tokens entfernt und Sie überall abgemeldet; es gilt dann nur, was Sie hier einrichten.',
    name: 'Ihr Name, wie andere ihn sehen',
    passkeyName: 'Name dieses Passkeys',
    passkeyHint: 'Etwas, woran Sie das Gerät erkennen, etwa Laptop.',
    makePasskey: 'Passkey erstellen',
    usePassword: 'Stattdessen ein Passwort verwenden',
    usePasskey: 'Stattdessen einen Passkey verwenden',
    password: 'Passwort',
    passwordHint: 'Mindestens 12 Zeichen. Danach richten Sie Einmalcodes in einer App ein.',
    setPassword: 'Passwort festlegen',
    failed: 'Das Konto konnte nicht eingerichtet werden',
    badLink: 'Dieser Link ist nicht verwendbar',
    noSecret:
      'Der Adresse fehlt ihr geheimer Teil. Erstellen Sie auf dem Rechner des Servers einen neuen Link:',
    noPasskeys: 'Passkeys gibt es in Browsern nur, wo die Adresse ein Name ist, etwa localhost.',
  },
});
