// The acceptance list, scenes of one who works: palette, themes, keyboard, errors, waiting, silence and files; by its numbers.
// @needs chromium
import t from 'tap';
import { BROWSER_FILE_MS, noBrowser } from '../../support/browser.ts';
import {
  checkQuiet,
  fallSilent,
  meetError,
  pasteSecret,
  saveFormula,
  seeSkeletons,
  showCall,
  usePalette,
  walk,
  watchTheme,
} from './acceptance-scenes.ts';
import { openAcceptance } from './acceptance-stage.ts';

t.setTimeout(BROWSER_FILE_MS);

t.test('the acceptance list at work', { skip: noBrowser }, async (t) => {
  const stage = await openAcceptance(t);
  const tab = await stage.anna.open('/devices');
  const { page } = tab;

  await t.test('42: the palette leads to every page, ? lists the keys and / is the search, everywhere', (t) =>
    usePalette(t, tab),
  );

  await t.test('43: no other theme is ever seen', (t) => watchTheme(t, stage));

  await t.test('44: from Devices to a device to an act by the keyboard alone, and the focus is seen', (t) =>
    walk(t, stage),
  );

  await t.test('46: an error says what to do and its request, and what was typed is kept', (t) =>
    meetError(t, page),
  );

  await t.test('54: the API call of that act', (t) => showCall(t, page));

  await t.test('52: a password is pasted', (t) => pasteSecret(t, page));

  await t.test('18: what is not there yet is an outline, and nothing turns', (t) => seeSkeletons(t, stage));

  await t.test('47: a server that falls silent is told of, and nothing stays green', (t) =>
    fallSilent(t, stage),
  );

  await t.test('19: a file holds exactly these columns, and no formula', (t) => saveFormula(t, stage));
  checkQuiet(t, tab, 'the first tab');
});
