// Words of how a set of policies goes out in waves.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    title: 'Set {{version}} goes out in waves',
    failed: 'The waves could not be changed',
    running: 'under way',
    held: 'held',
    bar: '{{share}} % of the fleet is told it',
    wave: 'Wave {{wave}} of {{all}}: {{share}} % of the fleet, since',
    first: 'First those where',
    told_one: '{{shown}} device is told it, {{online}} of them online',
    told_other: '{{shown}} devices are told it, {{online}} of them online',
    settled: '{{settled}} of {{holders}} hold or refuse it',
    trouble: 'In trouble since then: {{inside}} of {{insideAll}} told, {{outside}} of {{outsideAll}} others',
    'kinds/refused': '{{shown}} refuse it',
    'kinds/error': '{{shown}} with rules in error',
    'kinds/critical': '{{shown}} with a critical alert',
    'kinds/gone': '{{shown}} gone',
    notCounted: 'How the devices fare cannot be counted just now.',
    'next/soak': 'The next wave comes {{at}} at the earliest.',
    'next/nobody': 'The next wave waits until a device that is told it is online.',
    'next/unsettled': 'The next wave waits until nine in ten of those that are there have fetched it.',
    'next/none': 'The next wave comes as soon as the server has looked again.',
    heldBy: 'It is held by {{who}}.',
    heldItself:
      'It holds by itself: {{inside}} of {{insideAll}} devices told were in trouble, {{outside}} of {{outsideAll}} others.',
    correct: 'A corrected policy goes to the same devices first, and at once.',
    hold: 'Hold',
    resume: 'Let it go on',
    next: 'Next wave now',
    finish: 'Tell all devices',
    finishHappens:
      'All devices are told the set now and enforce what it says, whatever is known of those that were told before.',
    finishUndo:
      'A corrected policy, or one that goes back to an older version, is told to all devices as well.',
  },
  de: {
    title: 'Satz {{version}} geht in Wellen hinaus',
    failed: 'Die Wellen konnten nicht geändert werden',
    running: 'unterwegs',
    held: 'angehalten',
    bar: '{{share}} % der Flotte erfahren ihn',
    wave: 'Welle {{wave}} von {{all}}: {{share}} % der Flotte, seit',
    first: 'Zuerst die mit',
    told_one: '{{shown}} Gerät erfährt ihn, {{online}} davon verbunden',
    told_other: '{{shown}} Geräte erfahren ihn, {{online}} davon verbunden',
    settled: '{{settled}} von {{holders}} halten ihn oder lehnen ihn ab',
    trouble:
      'Seitdem in Schwierigkeiten: {{inside}} von {{insideAll}} mit ihm, {{outside}} von {{outsideAll}} anderen',
    'kinds/refused': '{{shown}} lehnen ihn ab',
    'kinds/error': '{{shown}} mit Regeln im Fehler',
    'kinds/critical': '{{shown}} mit kritischem Alarm',
    'kinds/gone': '{{shown}} fort',
    notCounted: 'Wie es den Geräten geht, lässt sich gerade nicht zählen.',
    'next/soak': 'Die nächste Welle kommt frühestens {{at}}.',
    'next/nobody': 'Die nächste Welle wartet, bis ein Gerät verbunden ist, das ihn erfährt.',
    'next/unsettled': 'Die nächste Welle wartet, bis neun von zehn der verbundenen ihn geholt haben.',
    'next/none': 'Die nächste Welle kommt, sobald der Server wieder nachgesehen hat.',
    heldBy: 'Angehalten von {{who}}.',
    heldItself:
      'Von selbst angehalten: {{inside}} von {{insideAll}} Geräten mit ihm hatten Schwierigkeiten, {{outside}} von {{outsideAll}} anderen.',
    correct: 'Eine berichtigte Richtlinie geht zuerst und sofort an dieselben Geräte.',
    hold: 'Anhalten',
    resume: 'Weitergehen lassen',
    next: 'Nächste Welle jetzt',
    finish: 'Allen Geräten sagen',
    finishHappens:
      'Alle Geräte erfahren den Satz jetzt und setzen durch, was er sagt, was auch immer über die bisherigen bekannt ist.',
    finishUndo:
      'Eine berichtigte Richtlinie, oder eine zurück zu einer älteren Version, erfahren ebenfalls alle Geräte.',
  },
});
