// Moments as files of policies write them.

/** A day that is over then, ms. */
const DAY_MS = 86_400_000;

/** True for a day that its month has: JavaScript would move 31 June on to July. */
export function isDate(text: string): boolean {
  const parsed = new Date(`${text.slice(0, 10)}T00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text.slice(0, 10));
}

/** The sentence about a day that its month does not have. */
export function describeNoDay(text: string): string {
  return `There is no ${text.slice(0, 10)}; write a day that its month has.`;
}

/** The moment, ms since 1970, of a text that has its form; of a date alone the beginning of it in UTC. Null: its month has no such day. */
export function readBeginning(text: string): number | null {
  if (!isDate(text)) return null; // 2027-02-29
  return Date.parse(text.includes('T') ? text : `${text}T00:00Z`);
}

/** The moment, ms since 1970, of a text that has its form; of a date alone the end of it in UTC. Null: its month has no such day. */
export function readEnd(text: string): number | null {
  if (!isDate(text)) return null; // 2027-02-29
  // A time has a zone; a day ends where the next one begins
  return text.includes('T') ? Date.parse(text) : Date.parse(`${text}T00:00Z`) + DAY_MS;
}
