// Words of the steps by which a passkey becomes a signing key.
import { texts } from '../app/text.ts';

export const signKeyText = texts({
  en: {
    offer: 'Make my passkey a signing key',
    title: 'Sign with your passkey',
    why: 'A passkey lets you in here. For devices to listen to it, the root key has to name it in the trust document, on a terminal: no page can do that.',
    which: 'Passkey',
    none: 'You have no passkey yet.',
    unable: 'None of your passkeys is of the kind that devices check (ES256); add another one.',
    toAccount: 'Your account',
    step: 'Step {{number}}: {{title}}',
    done: 'done',
    open: 'to do',
    register: 'Register for signing',
    registerNow: 'Register for signing',
    registerWhy: 'One gesture shows the server that “{{name}}” is at hand. By that alone it signs nothing.',
    keyid: 'Key id of “{{name}}”:',
    failed: 'The passkey was not registered',
    foreign: 'This was another passkey than the one that is to be registered.',
    page: 'Name this address in the trust document',
    pageWhy:
      'Devices take gestures only from addresses that are listed, and {{origin}} is not. Whoever holds the root key runs:',
    trust: 'Name the passkey in the trust document',
    first: 'Register it first; then the command for it stands here.',
    trustHere:
      'Run this on the machine of the server, in the terminal that the quick start has signed in. This list notices by itself.',
    trustWhy: 'Whoever holds the root key runs this on his workstation. This list notices by itself.',
    trusted: 'Devices listen to it: what you order here is signed by a gesture.',
    compare: 'The command shows a key id before it signs: it must be {{keyid}}.',
    noSigner:
      'You are no signer yet, and only a key file can make you one. Run this on your own workstation first:',
    makeSigner: 'Then whoever holds the root key runs:',
    toAct: 'Run something on a device',
  },
  de: {
    offer: 'Meinen Passkey zum Signierschlüssel machen',
    title: 'Mit Ihrem Passkey signieren',
    why: 'Ein Passkey lässt Sie hier herein. Damit Geräte auf ihn hören, muss ihn der Wurzelschlüssel im Vertrauensdokument nennen, in einem Terminal: keine Seite kann das.',
    which: 'Passkey',
    none: 'Sie haben noch keinen Passkey.',
    unable:
      'Keiner Ihrer Passkeys ist von der Art, die Geräte prüfen (ES256); fügen Sie einen anderen hinzu.',
    toAccount: 'Ihr Konto',
    step: 'Schritt {{number}}: {{title}}',
    done: 'getan',
    open: 'offen',
    register: 'Zum Signieren anmelden',
    registerNow: 'Zum Signieren anmelden',
    registerWhy:
      'Eine Geste zeigt dem Server, dass „{{name}}“ zur Hand ist. Damit allein signiert er noch nichts.',
    keyid: 'Schlüsselkennung von „{{name}}“:',
    failed: 'Der Passkey wurde nicht angemeldet',
    foreign: 'Das war ein anderer Passkey als der, der angemeldet werden soll.',
    page: 'Diese Adresse im Vertrauensdokument nennen',
    pageWhy:
      'Geräte nehmen Gesten nur von Adressen an, die dort stehen, und {{origin}} steht nicht dort. Wer den Wurzelschlüssel hat, führt aus:',
    trust: 'Den Passkey im Vertrauensdokument nennen',
    first: 'Melden Sie ihn zuerst an; dann steht hier der Befehl dafür.',
    trustHere:
      'Auf dem Rechner des Servers ausführen, in dem Terminal, das der Schnellstart angemeldet hat. Diese Liste merkt es von selbst.',
    trustWhy:
      'Wer den Wurzelschlüssel hat, führt dies an seinem Arbeitsplatz aus. Diese Liste merkt es von selbst.',
    trusted: 'Geräte hören auf ihn: was Sie hier auftragen, wird mit einer Geste signiert.',
    compare: 'Der Befehl zeigt vor dem Signieren eine Schlüsselkennung: sie muss {{keyid}} sein.',
    noSigner:
      'Sie sind noch kein Unterzeichner, und nur eine Schlüsseldatei macht Sie dazu. Führen Sie dies zuerst an Ihrem eigenen Arbeitsplatz aus:',
    makeSigner: 'Danach führt, wer den Wurzelschlüssel hat, dies aus:',
    toAct: 'Etwas auf einem Gerät ausführen',
  },
});
