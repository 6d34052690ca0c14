// The life of one threshold on one series: ok → pending → firing → clearing → ok.
import type { Severity, ThresholdRule } from '@muster/protocol';
import { ALERT_GAP_MS, ALERT_GONE_MS } from './limits.ts';

/** Where a rule stands with one series. An alert is open in `firing` and `clearing`. */
export type AlertPhase = 'ok' | 'pending' | 'firing' | 'clearing';

/** What a value says: beyond the threshold, between it and clearAt, back at clearAt or better. */
type Verdict = 'bad' | 'between' | 'good';

/**
 * Legal moves. The time a phase has held is counted beside: `pending` becomes `firing` after forMs of bad values,
 * `clearing` becomes `ok` after clearForMs of good ones; those two moves, and no others, are events.
 */
const moves = {
  ok: { bad: 'pending', between: 'ok', good: 'ok' },
  pending: { bad: 'pending', between: 'ok', good: 'ok' },
  firing: { bad: 'firing', between: 'firing', good: 'clearing' },
  clearing: { bad: 'firing', between: 'firing', good: 'clearing' },
} as const satisfies Record<AlertPhase, Record<Verdict, AlertPhase>>;

/** What a phase becomes when nobody knows how the values went meanwhile. */
const afterGap = {
  ok: 'ok',
  pending: 'ok',
  firing: 'firing',
  clearing: 'firing',
} as const satisfies Record<AlertPhase, AlertPhase>;

/** State of one rule and series, as it is kept over a restart. */
export interface AlertState {
  readonly rule: string;
  readonly series: string;
  readonly severity: Severity;
  /** Threshold in the unit of the metric, with the processors counted in. */
  readonly threshold: number;
  phase: AlertPhase;
  /** How long the phase has held, ms of monotonic time: setting the clock neither fires nor clears anything. */
  heldMs: number;
  /** When the condition of the alert, open or pending, began, ms since 1970. */
  sinceMs: number;
  /** Time without a value, ms. */
  silentMs: number;
  /** Last value seen. */
  value: number;
}

/** An alert begins or is over. Fields as in the message `alert` of the protocol; times in ms since 1970. */
export interface AlertEvent {
  readonly rule: string;
  readonly series: string;
  readonly state: 'firing' | 'cleared';
  readonly severity: Severity;
  readonly value: number;
  readonly threshold: number;
  readonly sinceMs: number;
  readonly atMs: number;
}

/** When a value was seen, and how long after the one before: NaN after a gap. */
export interface AlertMoment {
  readonly atMs: number;
  readonly elapsedMs: number;
}

/** True while the alert is open, on the device and on the server. */
export function isOpen(state: AlertState): boolean {
  return state.phase === 'firing' || state.phase === 'clearing';
}

function judge(rule: ThresholdRule, factor: number, value: number): Verdict {
  const sign = rule.bad === 'above' ? 1 : -1;
  if (sign * value > sign * rule.threshold * factor) return 'bad';
  return sign * value > sign * rule.clearAt * factor ? 'between' : 'good';
}

/** The event that tells of a state. */
export function toEvent(state: AlertState, kind: AlertEvent['state'], atMs: number): AlertEvent {
  const { rule, series, severity, value, threshold, sinceMs } = state;
  return { rule, series, state: kind, severity, value, threshold, sinceMs, atMs };
}

function enter(state: AlertState, phase: AlertPhase) {
  state.phase = phase;
  state.heldMs = 0;
}

/** Begins the unbroken time again that `pending` and `clearing` wait for. */
export function breakOff(state: AlertState) {
  if (afterGap[state.phase] !== state.phase) enter(state, afterGap[state.phase]);
}

/** Takes a value in; answers the event, where it makes one. `factor`: what the rule's limits are multiplied by. */
export function advance(
  state: AlertState,
  value: number,
  { rule, factor, moment }: { rule: ThresholdRule; factor: number; moment: AlertMoment },
): AlertEvent | null {
  const { atMs, elapsedMs } = moment;
  if (Number.isNaN(elapsedMs)) breakOff(state);
  state.silentMs = 0;
  state.value = value;
  const phase = moves[state.phase][judge(rule, factor, value)];
  if (phase === state.phase) state.heldMs += Number.isNaN(elapsedMs) ? 0 : elapsedMs;
  else {
    if (phase === 'pending') state.sinceMs = atMs;
    enter(state, phase);
  }
  if (state.phase === 'pending' && state.heldMs >= rule.forMs) {
    enter(state, 'firing');
    return toEvent(state, 'firing', atMs);
  }
  if (state.phase === 'clearing' && state.heldMs >= rule.clearForMs) {
    enter(state, 'ok');
    return toEvent(state, 'cleared', atMs);
  }
  return null;
}

/** Takes in that there is no value: waiting begins again after ALERT_GAP_MS, and what is gone for ALERT_GONE_MS is over. */
export function passOver(state: AlertState, { atMs, elapsedMs }: AlertMoment): AlertEvent | null {
  const isGap = Number.isNaN(elapsedMs);
  state.silentMs += isGap ? 0 : elapsedMs;
  if (isGap || state.silentMs >= ALERT_GAP_MS) breakOff(state);
  if (!isOpen(state) || state.silentMs < ALERT_GONE_MS) return null;
  enter(state, 'ok');
  return toEvent(state, 'cleared', atMs);
}
