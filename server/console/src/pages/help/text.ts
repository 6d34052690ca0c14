// Words around the docs, which are English themselves.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: { title: 'Help', failed: 'This page of the docs could not be read', note: '' },
  de: {
    title: 'Hilfe',
    failed: 'Diese Seite der Dokumentation konnte nicht gelesen werden',
    note: 'Die Dokumentation gibt es bisher nur auf Englisch.',
  },
});
