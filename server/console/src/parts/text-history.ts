// Words of links to the history of one thing; not among what every page needs.
import { texts } from '../app/text.ts';

export const text = texts({
  en: { history: 'History', historyOf: 'History of {{name}}' },
  de: { history: 'Verlauf', historyOf: 'Verlauf von {{name}}' },
});
