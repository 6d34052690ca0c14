// Order of Debian package versions, after deb-version(7): epoch:upstream-revision.
import { BEFORE, compareKeys, END, encodeNumber, encodeUnit, isDigit, isLetter } from './key.ts';

/**
 * Orders two versions as dpkg does: −1, 0 or 1.
 * A missing epoch is 0, a missing revision sorts as `0`. Text that is no valid version is ordered by the same rules.
 */
export function compareDeb(a: string, b: string): -1 | 0 | 1 {
  return compareKeys(debKey(a), debKey(b));
}

/** The byte-sortable key of a Debian version: keys are equal exactly where dpkg calls the versions equal. */
export function debKey(version: string): string {
  const colon = version.indexOf(':');
  const hasEpoch = colon > 0 && /^\d+$/.test(version.slice(0, colon));
  const epoch = hasEpoch ? version.slice(0, colon) : '';
  const rest = hasEpoch ? version.slice(colon + 1) : version;
  const dash = rest.lastIndexOf('-');
  const upstream = dash < 0 ? rest : rest.slice(0, dash);
  const revision = dash < 0 ? '' : rest.slice(dash + 1);
  return `${encodeNumber(epoch)}${partKey(upstream)}${partKey(revision)}`;
}

/**
 * One part as dpkg reads it: text, number, text, number … Each text ends with END and is followed by a number (zero where
 * there is none), and the part ends with END, which is what the empty text of an imagined further pair would give.
 */
function partKey(part: string): string {
  let key = '';
  let i = 0;
  do {
    while (i < part.length && !isDigit(part.charAt(i))) key += charKey(part.charAt(i++));
    const start = i;
    while (isDigit(part.charAt(i))) i++;
    key += END + encodeNumber(part.slice(start, i));
  } while (i < part.length);
  return key + END;
}

/** Within text: the tilde before the end, letters after the end, everything else after letters. */
function charKey(char: string): string {
  if (char === '~') return BEFORE;
  return isLetter(char) ? char : `~${encodeUnit(char.charCodeAt(0))}`;
}
