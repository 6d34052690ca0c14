// Words of the halts.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    title: 'Halts',
    halt: 'Halt',
    emptyTitle: 'Nothing has been halted',
    emptyWhy:
      'A halt stops everything, a kind of command or a job on every device at once. Any one signer may; it ends by itself.',
    what: 'What',
    all: 'everything',
    kind: 'kind {{scope}}',
    command: 'job {{scope}}',
    state: 'State',
    'in-force': 'in force',
    lifted: 'lifted',
    over: 'over',
    by: 'By',
    reason: 'Why',
    at: 'Halted',
    until: 'Until',
    lift: 'Lift',
    liftTitle: 'Lift this halt before its time',
    liftWhy:
      'To let go on is graver than to stop, so a page does not do it: the command line shows what is signed by itself.',
    one: 'In a terminal',
    first: 'The first person, in a terminal',
    second: 'The second person, with the file lift.json',
  },
  de: {
    title: 'Halte',
    halt: 'Halt',
    emptyTitle: 'Nichts wurde angehalten',
    emptyWhy:
      'Ein Halt hält alles, eine Art von Befehl oder einen Auftrag auf allen Geräten sofort an. Jeder Unterzeichner darf es allein; er endet von selbst.',
    what: 'Was',
    all: 'alles',
    kind: 'Art {{scope}}',
    command: 'Auftrag {{scope}}',
    state: 'Zustand',
    'in-force': 'gilt',
    lifted: 'aufgehoben',
    over: 'vorbei',
    by: 'Von',
    reason: 'Warum',
    at: 'Angehalten',
    until: 'Bis',
    lift: 'Aufheben',
    liftTitle: 'Diesen Halt vor der Zeit aufheben',
    liftWhy:
      'Weitergehen zu lassen wiegt schwerer als anzuhalten; darum tut es keine Seite: die Befehlszeile zeigt selbst, was signiert wird.',
    one: 'In einem Terminal',
    first: 'Der erste Mensch, in einem Terminal',
    second: 'Der zweite Mensch, mit der Datei lift.json',
  },
});
