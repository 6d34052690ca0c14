// What intervals add to the counts: each hour's change of how many items of a rule stand how, silent times of the device apart.
import { isMeant, NOT_REPORTING } from './standing.ts';

const HOUR_MS = 3_600_000;

/** An interval after `sinceMs` and up to `untilMs`; null: it lasts. */
export interface Span {
  readonly ruleId: number;
  readonly state: number;
  readonly mode: number;
  readonly sinceMs: number;
  readonly untilMs: number | null;
}

/** While a device did not report; null as its end: it does not yet. */
export interface Silence {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** A change of a count in an hour. */
export interface Delta {
  readonly ruleId: number;
  readonly mode: number;
  readonly state: number;
  readonly hourMs: number;
  readonly delta: number;
}

/** Sums up what comes and goes. */
export interface Tally {
  /** `sign` 1: the span counts from here on; -1: it does no more. */
  add(span: Span, silence: Silence | null, sign: 1 | -1): void;
  /** Changes other than nothing, by rule, mode, state and hour: the order in which rows are held. */
  deltas(): Delta[];
}

/** Makes an empty one. */
export function createTally(): Tally {
  const sums = new Map<string, { -readonly [Key in keyof Delta]: Delta[Key] }>();
  function note(span: Span, atMs: number, by: { readonly state: number; readonly delta: number }): void {
    const { ruleId, mode } = span;
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const key = `${ruleId}/${mode}/${by.state}/${hourMs}`;
    const found = sums.get(key);
    if (found === undefined) sums.set(key, { ruleId, mode, hourMs, ...by });
    else found.delta += by.delta;
  }
  return {
    add(span, silence, sign) {
      for (const { fromMs, toMs, state } of divide(span, silence)) {
        note(span, fromMs, { state, delta: sign });
        if (toMs !== null) note(span, toMs, { state, delta: -sign });
      }
    },
    deltas: () => [...sums.values()].filter(({ delta }) => delta !== 0).toSorted(byPlace),
  };
}

/** Change of each count, whenever it came, in the order of the changes. */
export function sumDeltas(deltas: readonly Delta[]): Omit<Delta, 'hourMs'>[] {
  const sums = new Map<string, { -readonly [Key in keyof Omit<Delta, 'hourMs'>]: number }>();
  for (const { ruleId, mode, state, delta } of deltas) {
    const key = `${ruleId}/${mode}/${state}`;
    const found = sums.get(key);
    if (found === undefined) sums.set(key, { ruleId, mode, state, delta });
    else found.delta += delta;
  }
  return [...sums.values()].filter(({ delta }) => delta !== 0);
}

function byPlace(a: Delta, b: Delta): number {
  return a.ruleId - b.ruleId || a.mode - b.mode || a.state - b.state || a.hourMs - b.hourMs;
}

/** A part of a span in which the item counts with one state. */
interface Part {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly state: number;
}

const earlier = (a: number | null, b: number | null) => Math.min(a ?? Infinity, b ?? Infinity);

/** The span before, in and after the silence. A rule that is not for the device stays so, however long it is silent. */
function divide({ state, sinceMs, untilMs }: Span, silence: Silence | null): Part[] {
  if (silence === null || !isMeant(state)) return [{ fromMs: sinceMs, toMs: untilMs, state }];
  const { fromMs, toMs } = silence;
  const parts: { fromMs: number; endMs: number; state: number }[] = [
    { fromMs: sinceMs, endMs: earlier(untilMs, fromMs), state },
    { fromMs: Math.max(sinceMs, fromMs), endMs: earlier(untilMs, toMs), state: NOT_REPORTING },
    { fromMs: Math.max(sinceMs, toMs ?? Infinity), endMs: untilMs ?? Infinity, state },
  ];
  return parts
    .filter((part) => part.fromMs < part.endMs)
    .map((part) => ({ ...part, toMs: part.endMs === Infinity ? null : part.endMs }));
}
