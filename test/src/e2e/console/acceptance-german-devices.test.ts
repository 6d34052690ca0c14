// The acceptance list in German, on the pages of devices.
// @needs chromium
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import { compareLanguages } from './acceptance-language.ts';

t.setTimeout(BROWSER_FILE_MS);

t.test(
  '20, 49: the address of a device alone leads another browser there, in German',
  { skip: noBrowser },
  (t) => compareLanguages(t, (path) => path.startsWith('/devices')),
);
