// Counted things in words.

/** 4312 → `4,312`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `The first device`, `The newest 4,312 jobs`: the beginning of a list that goes on. */
export function beginningOf(
  count: number,
  { word, thing }: { readonly word: 'first' | 'newest'; readonly thing: string },
): string {
  return `The ${word} ${count === 1 ? thing : countOf(count, thing)}`;
}

/** `1 device`, `4,312 devices`. */
export function countOf(count: number, thing: string, things = `${thing}s`): string {
  return `${formatCount(count)} ${count === 1 ? thing : things}`;
}
