// Order of rpm package versions, after rpm-version(7): epoch:version-release, each compared segment by segment.
import { BEFORE, compareKeys, DIGITS, END, encodeNumber, isDigit, TEXT } from './key.ts';

/** Sorts above END and below TEXT: the caret, a snapshot made after a release. */
const AFTER = '^';

/**
 * Orders two versions as rpm does: −1, 0 or 1.
 * A missing epoch is 0; a missing release sorts below every release, which keeps the order total.
 */
export function compareRpm(a: string, b: string): -1 | 0 | 1 {
  return compareKeys(rpmKey(a), rpmKey(b));
}

/** The byte-sortable key of an rpm `[epoch:]version[-release]`: keys are equal exactly where rpm calls the versions equal. */
export function rpmKey(version: string): string {
  const epoch = /^(\d*):/.exec(version)?.[1];
  const rest = epoch === undefined ? version : version.slice(epoch.length + 1);
  const dash = rest.lastIndexOf('-');
  const release = dash < 0 ? BEFORE : segmentsKey(rest.slice(dash + 1));
  return `${encodeNumber(epoch ?? '')}${segmentsKey(dash < 0 ? rest : rest.slice(0, dash))}${release}`;
}

/**
 * One part as rpm reads it: runs of digits, runs of letters, tildes and carets; everything else only separates.
 * Order at each place: tilde, end, caret, letters, digits. Letters are compared as text, digits by value.
 */
export function segmentsKey(part: string): string {
  let key = '';
  for (const [segment] of part.matchAll(/[0-9]+|[A-Za-z]+|[~^]/g)) {
    if (segment === '~') key += BEFORE;
    else if (segment === '^') key += AFTER;
    else if (isDigit(segment.charAt(0))) key += DIGITS + encodeNumber(segment);
    else key += `${TEXT}${segment} `;
  }
  return key + END;
}
