// Words of the trust page.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    title: 'Trust',
    failed: 'The trust document could not be loaded',
    lead: 'Devices carry out what the signers of this document have signed. A page served by the server cannot change it: the commands below run on a workstation, with keys that the server does not have.',
    mode: 'Mode',
    quickstart: 'quick start',
    solo: 'one person decides',
    hardened: 'two persons decide',
    quickstartHelp:
      'All keys lie beside the server. Good for trying out; whoever owns the server owns the fleet.',
    soloHelp: 'One signer decides alone, with a key of his own.',
    hardenedHelp: 'Code and destructive commands need two persons.',
    version: 'Version',
    hash: 'Hash',
    copyHash: 'Copy hash',
    root: 'Root keys',
    rootNeeded: '{{needed}} of {{total}} must sign a new document',
    signers: 'Signers',
    person: 'person',
    automation: 'automation',
    name: 'Name',
    kind: 'Kind',
    may: 'May',
    kinds: 'Commands',
    keys: 'Keys',
    ed25519: 'key file',
    passkey: 'passkey',
    request: 'ask',
    approve: 'approve',
    halt: 'halt',
    all: 'all',
    soft: 'What is still soft',
    softNone: 'Nothing is soft: the document claims what two persons and a root key offline can hold.',
    softKeys:
      'The root key, the signer key and the server key lie beside the server, so whoever owns the server owns this document.',
    softAgents:
      'Agents claim nothing beyond an authentic, encrypted connection: one signature that the server itself could make is enough for code.',
    softKinds:
      'Commands that destroy (wipe, lock, unenroll) are refused until muster trust harden has been run.',
    softAlone:
      'One signer decides alone: whoever has his key and its passphrase can run code, lock and wipe, after the cool-off.',
    softOneRoot:
      'One root key is enough to replace this document: keep its file offline, or ask for two with muster trust rotate root.',
    softRootBeside:
      'A root key of this document lies beside the server, in root.pem of its key folder; move it away.',
    softSignerBeside:
      'A signer key of this document lies beside the server, in signer.pem of its key folder; move it away.',
    steps: 'How to harden, step by step',
    step: 'Step {{number}}: {{title}}',
    done: 'done',
    open: 'to do',
    ownKey: 'Make keys of your own, in the place of those beside the server',
    ownKeyWhy:
      'Run this on the host of the server, or with a copy of its key folder. The old keys are removed.',
    offline: 'Take the root key off this machine',
    offlineWhy: 'It is needed only to change this document. Keep the stick where nobody else gets at it.',
    second: 'Make a second person a signer',
    secondWhy:
      'He makes his key on his own workstation and registers it; you compare the fingerprint with him.',
    secondMake: 'The second person, on his workstation',
    secondAdd: 'You, with the root key',
    passkeys: 'Let persons sign in the browser by passkey',
    passkeysWhy:
      'For commands that are not destructive. The address of this server must stand in the document first.',
    passkeyOrigin: 'Name this address',
    passkeyAdd: 'Add a registered passkey',
    look: 'Look at the document as the command line verifies it',
    lookWhy: 'It reads the whole chain and believes no page.',
  },
  de: {
    title: 'Vertrauen',
    failed: 'Das Vertrauensdokument konnte nicht geladen werden',
    lead: 'Geräte führen aus, was die Unterzeichner dieses Dokuments unterschrieben haben. Eine Seite des Servers kann es nicht ändern: die Befehle unten laufen auf einem Arbeitsplatz, mit Schlüsseln, die der Server nicht hat.',
    mode: 'Betriebsart',
    quickstart: 'Schnellstart',
    solo: 'eine Person entscheidet',
    hardened: 'zwei Personen entscheiden',
    quickstartHelp:
      'Alle Schlüssel liegen neben dem Server. Gut zum Ausprobieren; wem der Server gehört, dem gehört die Flotte.',
    soloHelp: 'Ein Unterzeichner entscheidet allein, mit einem eigenen Schlüssel.',
    hardenedHelp: 'Code und zerstörende Befehle brauchen zwei Personen.',
    version: 'Version',
    hash: 'Prüfsumme',
    copyHash: 'Prüfsumme kopieren',
    root: 'Wurzelschlüssel',
    rootNeeded: '{{needed}} von {{total}} müssen ein neues Dokument unterschreiben',
    signers: 'Unterzeichner',
    person: 'Person',
    automation: 'Automat',
    name: 'Name',
    kind: 'Art',
    may: 'Darf',
    kinds: 'Befehle',
    keys: 'Schlüssel',
    ed25519: 'Schlüsseldatei',
    passkey: 'Passkey',
    request: 'anfordern',
    approve: 'freigeben',
    halt: 'anhalten',
    all: 'alle',
    soft: 'Was noch weich ist',
    softNone:
      'Nichts ist weich: das Dokument verspricht, was zwei Personen und ein verwahrter Wurzelschlüssel halten können.',
    softKeys:
      'Wurzelschlüssel, Schlüssel des Unterzeichners und Serverschlüssel liegen neben dem Server; wem der Server gehört, dem gehört dieses Dokument.',
    softAgents:
      'Agenten versprechen nicht mehr als eine echte, verschlüsselte Verbindung: eine Unterschrift, die der Server selbst leisten könnte, genügt für Code.',
    softKinds:
      'Befehle, die zerstören (löschen, sperren, abmelden), werden abgewiesen, bis muster trust harden gelaufen ist.',
    softAlone:
      'Ein Unterzeichner entscheidet allein: wer seinen Schlüssel und dessen Kennwort hat, kann nach der Bedenkzeit Code ausführen, sperren und löschen.',
    softOneRoot:
      'Ein Wurzelschlüssel genügt, um dieses Dokument zu ersetzen: seine Datei offline verwahren, oder mit muster trust rotate root zwei verlangen.',
    softRootBeside:
      'Ein Wurzelschlüssel dieses Dokuments liegt neben dem Server, in root.pem seines Schlüsselordners; bringen Sie ihn fort.',
    softSignerBeside:
      'Ein Schlüssel eines Unterzeichners liegt neben dem Server, in signer.pem seines Schlüsselordners; bringen Sie ihn fort.',
    steps: 'Härten, Schritt für Schritt',
    step: 'Schritt {{number}}: {{title}}',
    done: 'getan',
    open: 'offen',
    ownKey: 'Eigene Schlüssel machen, an Stelle derer neben dem Server',
    ownKeyWhy:
      'Auf dem Rechner des Servers ausführen, oder mit einer Kopie seines Schlüsselordners. Die alten Schlüssel werden entfernt.',
    offline: 'Den Wurzelschlüssel von diesem Rechner nehmen',
    offlineWhy:
      'Er wird nur gebraucht, um dieses Dokument zu ändern. Den Stick dort verwahren, wo sonst niemand hinkommt.',
    second: 'Eine zweite Person zum Unterzeichner machen',
    secondWhy:
      'Sie macht ihren Schlüssel an ihrem eigenen Arbeitsplatz und meldet ihn an; Sie vergleichen mit ihr den Fingerabdruck.',
    secondMake: 'Die zweite Person, an ihrem Arbeitsplatz',
    secondAdd: 'Sie, mit dem Wurzelschlüssel',
    passkeys: 'Personen im Browser mit Passkey unterschreiben lassen',
    passkeysWhy:
      'Für Befehle, die nichts zerstören. Die Adresse dieses Servers muss zuerst im Dokument stehen.',
    passkeyOrigin: 'Diese Adresse nennen',
    passkeyAdd: 'Einen angemeldeten Passkey hinzufügen',
    look: 'Das Dokument so ansehen, wie die Kommandozeile es prüft',
    lookWhy: 'Sie liest die ganze Kette und glaubt keiner Seite.',
  },
});
