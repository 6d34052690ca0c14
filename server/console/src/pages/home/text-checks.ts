// Words of the line about the set-up of the server, which is loaded after Home.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    trouble_one: 'The server needs somebody: one check of its set-up shows trouble.',
    trouble_other: 'The server needs somebody: {{count}} checks of its set-up show trouble.',
    look: 'See what and how to mend it',
  },
  de: {
    trouble_one: 'Der Server braucht jemanden: Eine Prüfung seiner Einrichtung zeigt eine Störung.',
    trouble_other: 'Der Server braucht jemanden: {{count}} Prüfungen seiner Einrichtung zeigen Störungen.',
    look: 'Ansehen, was und wie es zu beheben ist',
  },
});
