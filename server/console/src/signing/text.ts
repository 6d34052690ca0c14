// Words about signing.
import { texts } from '../app/text.ts';

export const text = texts({
  en: {
    canceled: 'Nothing was signed: the gesture was canceled, or nobody came in time. Try again.',
    foreign:
      'This passkey is no key of yours in the trust document; take the one that was added there, or sign by the command line.',
    changed: 'The devices are others than a moment ago; look at them again.',
    'why/no-signer':
      'You are no signer of the trust document, so devices would not listen to you. Somebody who is one signs this on his workstation:',
    'why/no-role':
      'The trust document does not give you this right. Somebody who has it signs this on his workstation:',
    'why/no-passkey':
      'Your passkey is no signing key in the trust document yet. Until it is added there, sign this on your workstation:',
    'why/no-browser': 'This browser has no passkeys at this address. Sign this on your workstation:',
    'why/origin':
      'Devices accept gestures only at addresses that the trust document lists, and this is none of them. Sign this on your workstation:',
    'why/class':
      'A page could show one thing and have another signed, so this needs a signature by the command line, which shows the very bytes itself:',
    'why/quickstart':
      'Every device refuses this in quickstart mode, because the keys lie beside the server. Leave that mode with muster trust harden first.',
    able: 'Who may: {{names}}',
    nobody: 'nobody yet',
    reason: 'Why',
    close: 'Close',
    routine: 'routine',
    privileged: 'privileged',
    code: 'code',
    destructive: 'destructive',
    'about/routine': 'One signature; nothing on the device changes.',
    'about/privileged': 'One signature of a person with this right.',
    'about/code': 'Two people sign it, one of them by the command line.',
    'about/destructive':
      'Two people sign it, one of them by the command line; 25 devices at most, and each waits 15 minutes.',
  },
  de: {
    canceled:
      'Nichts wurde signiert: die Geste wurde abgebrochen, oder niemand kam rechtzeitig. Versuchen Sie es noch einmal.',
    foreign:
      'Dieser Passkey ist kein Schlüssel von Ihnen im Vertrauensdokument; nehmen Sie den, der dort eingetragen ist, oder signieren Sie mit der Befehlszeile.',
    changed: 'Die Geräte sind andere als eben noch; sehen Sie sie noch einmal an.',
    'why/no-signer':
      'Sie sind kein Unterzeichner im Vertrauensdokument, also würden Geräte nicht auf Sie hören. Jemand, der es ist, signiert dies an seinem Arbeitsplatz:',
    'why/no-role':
      'Das Vertrauensdokument gibt Ihnen dieses Recht nicht. Jemand, der es hat, signiert dies an seinem Arbeitsplatz:',
    'why/no-passkey':
      'Ihr Passkey ist noch kein Schlüssel im Vertrauensdokument. Bis er dort steht, signieren Sie dies an Ihrem Arbeitsplatz:',
    'why/no-browser':
      'Dieser Browser hat an dieser Adresse keine Passkeys. Signieren Sie dies an Ihrem Arbeitsplatz:',
    'why/origin':
      'Geräte nehmen Gesten nur von Adressen an, die im Vertrauensdokument stehen, und diese steht nicht dort. Signieren Sie dies an Ihrem Arbeitsplatz:',
    'why/class':
      'Eine Seite könnte eines zeigen und anderes signieren lassen; darum braucht dies eine Unterschrift der Befehlszeile, die die Bytes selbst zeigt:',
    'why/quickstart':
      'In der Betriebsart quickstart lehnt jedes Gerät dies ab, weil die Schlüssel neben dem Server liegen. Verlassen Sie sie zuerst mit muster trust harden.',
    able: 'Wer darf: {{names}}',
    nobody: 'noch niemand',
    reason: 'Warum',
    close: 'Schließen',
    routine: 'Routine',
    privileged: 'privilegiert',
    code: 'Code',
    destructive: 'zerstörend',
    'about/routine': 'Eine Unterschrift; am Gerät ändert sich nichts.',
    'about/privileged': 'Eine Unterschrift von jemandem mit diesem Recht.',
    'about/code': 'Zwei Menschen signieren es, einer davon mit der Befehlszeile.',
    'about/destructive':
      'Zwei Menschen signieren es, einer davon mit der Befehlszeile; höchstens 25 Geräte, und jedes wartet 15 Minuten.',
  },
});
