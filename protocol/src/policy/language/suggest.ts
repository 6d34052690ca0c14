// Finds what somebody may have meant by a name that does not exist.

/** Longer names are not compared: nobody mistypes those into a fact. */
const MAX_COMPARED_CHARS = 40;

/**
 * The end of a sentence, `; perhaps "os.name" is meant`, or '' where nothing is near.
 * Near is: about a third of a candidate's letters changed, or else the last word of one.
 */
export function suggest(name: string, candidates: readonly string[]): string {
  if (name.length > MAX_COMPARED_CHARS) return '';
  // `family` for os.family: the words of a fact are easier to remember than its first one.
  const whole = candidates.find((candidate) => candidate.endsWith(`.${name}`));
  const near = candidates
    .map((candidate) => ({ candidate, changes: countChanges(name, candidate) }))
    .filter(({ candidate, changes }) => changes * 3 <= candidate.length + 1)
    .toSorted((a, b) => a.changes - b.changes)[0]?.candidate;
  const best = near ?? whole;
  return best === undefined ? '' : `; perhaps "${best}" is meant`;
}

/** Letters to insert, remove or replace until one text is the other (Levenshtein 1965), upper case counting as lower. */
function countChanges(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  // One row of the table at a time: row[j] is the number of changes from the first i letters of `a` to the first j of `b`.
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
