// The name by which lists show a device: what it calls itself, made harmless to read.
import { MAX_HOSTNAME_CHARS } from '@muster/protocol';

/** Controls, invisible and direction-changing characters, lone surrogates, private use, line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/**
 * The name as it is stored: what cannot be seen, or turns the text around it, becomes `�`, so that no two names look alike
 * by such means; blanks are one space. Null when nothing is left. Equal names are possible all the same: the id and the
 * fingerprint tell devices apart, never the name.
 */
export function toShownName(text: string): string | null {
  // A long text of nothing but rubbish costs no more than a name.
  const clean = text
    .slice(0, MAX_HOSTNAME_CHARS * 2)
    .normalize('NFC')
    .replace(UNSEEN, '\ufffd')
    .replace(/\p{Zs}+/gu, ' ')
    .trim()
    .slice(0, MAX_HOSTNAME_CHARS);
  // The cut may have gone through a pair.
  const name = clean.replace(/[\ud800-\udbff]$/, '').trimEnd();
  return name === '' ? null : name;
}
