// Counted things in words.

/** 4312 → `4,312`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 device`, `4,312 devices`. */
export function countOf(count: number, thing: string, things = `${thing}s`): string {
  return `${formatCount(count)} ${count === 1 ? thing : things}`;
}
