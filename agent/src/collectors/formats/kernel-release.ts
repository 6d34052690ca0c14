// Order of kernel releases, as far as installed kernels of one flavor need it.

/** The words of a release after its numbers, such as `generic` of 6.8.0-31-generic: kernels of one flavor replace each other. */
export function flavorOf(release: string): string {
  return release
    .split(/[-.+_~]/)
    .filter((part) => !/\d/.test(part))
    .join('-');
}

/** Negative when `a` is older: numbers are compared as numbers, words as words, a missing part is older. */
export function compareReleases(a: string, b: string): number {
  const left = a.match(/\d+|[a-z]+/gi) ?? [];
  const right = b.match(/\d+|[a-z]+/gi) ?? [];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const one = left[at];
    const other = right[at];
    if (one === undefined) return -1;
    if (other === undefined) return 1;
    const order = Number(one) - Number(other);
    if (Number.isNaN(order) ? one !== other : order !== 0)
      return Number.isNaN(order) ? (one < other ? -1 : 1) : order;
  }
  return 0;
}
