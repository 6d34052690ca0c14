// Words of the course of the fleet, which is loaded after Home.
import { texts } from '../../app/text.ts';

export const text = texts({
  en: {
    title: 'Over time',
    range: 'How far back',
    '24h': '24 hours',
    '30d': '30 days',
    online: 'Online',
    offline: 'Offline',
    missing: 'Missing',
    failed: 'The course of the fleet could not be read',
    first:
      'How many devices are online, offline and missing is noted each quarter of an hour. From the second time on it is drawn here.',
  },
  de: {
    title: 'Im Verlauf',
    range: 'Wie weit zurück',
    '24h': '24 Stunden',
    '30d': '30 Tage',
    online: 'Online',
    offline: 'Offline',
    missing: 'Vermisst',
    failed: 'Der Verlauf der Flotte konnte nicht gelesen werden',
    first:
      'Jede Viertelstunde wird notiert, wie viele Geräte online, offline und vermisst sind. Ab dem zweiten Mal wird es hier gezeichnet.',
  },
});
