// Evaluates all threshold rules on every sample; each rule and series fires once and clears once, over restarts too.
import { formatSeries, type SeriesKey, type ThresholdRule, watchesInstance } from '@muster/protocol';
import {
  type AlertEvent,
  type AlertMoment,
  type AlertState,
  advance,
  breakOff,
  isOpen,
  passOver,
  toEvent,
} from './alert-state.ts';
import { ALERT_GAP_MS, MAX_ALERT_STATES } from './limits.ts';
import type { SeriesValues } from './series-table.ts';

/** States of before a restart. */
export interface RestoredAlerts {
  /** From `serialize`. */
  readonly states: readonly AlertState[];
  /** Time since they were true, ms; negative or absurd after the clock was set, which counts as long. */
  readonly agoMs: number;
}

/** Options of createThresholds. */
export interface ThresholdOptions {
  readonly rules: readonly ThresholdRule[];
  readonly processors: number;
  readonly restored?: RestoredAlerts;
}

/** One rule on one series of the table. */
interface Watch {
  readonly rule: ThresholdRule;
  readonly factor: number;
  readonly slot: number;
  readonly state: AlertState;
}

const nothing: readonly AlertEvent[] = [];

function keyOf(state: Pick<AlertState, 'rule' | 'series'>): string {
  return `${state.rule} ${state.series}`;
}

/** States to go on with. Waiting times outlive only a short absence; open alerts outlive any. */
function restore({ states, agoMs }: RestoredAlerts): AlertState[] {
  const isShort = agoMs >= 0 && agoMs <= ALERT_GAP_MS;
  return states.slice(0, MAX_ALERT_STATES).map((before) => {
    const state = { ...before };
    if (!isShort) breakOff(state);
    return state;
  });
}

/** The state of a rule on a series, from before or new. */
function watch(
  states: Map<string, AlertState>,
  key: SeriesKey,
  { rule, factor }: Pick<Watch, 'rule' | 'factor'>,
): AlertState {
  const { name, severity } = rule;
  const series = formatSeries(key);
  const fresh = { phase: 'ok', heldMs: 0, sinceMs: 0, silentMs: 0, value: 0 } as const;
  const before = states.get(keyOf({ rule: name, series })) ?? fresh;
  // the rule may have changed over a restart: what is open stays open and is judged by the rule of today
  const state = { ...before, rule: name, series, severity, threshold: rule.threshold * factor };
  states.set(keyOf(state), state);
  return state;
}

/** Makes the evaluator. It knows no clock and no files: the same samples give the same events. */
export function createThresholds({ rules, processors, restored }: ThresholdOptions) {
  const names = new Set(rules.map(({ name }) => name));
  const before = restored === undefined ? [] : restore(restored);
  const states = new Map(before.filter(({ rule }) => names.has(rule)).map((state) => [keyOf(state), state]));
  /** Open alerts of rules that are gone; they are over with the next sample. */
  let orphans = before.filter((state) => !names.has(state.rule) && isOpen(state));
  let watches: Watch[] = [];
  /** Open alerts of series that have not been seen since the start. */
  let unseen: AlertState[] = [];
  let version = -1;

  /** Finds the series of each rule again; needed only when the table has a new series. */
  function watchSeries(values: SeriesValues) {
    version = values.version;
    watches = [];
    for (let slot = 0; slot < values.size; slot++) {
      const key = values.key(slot);
      if (key === undefined) continue;
      for (const rule of rules) {
        if (rule.metric !== key.metric || !watchesInstance(rule, key.instance)) continue;
        const factor = rule.perProcessor === true ? processors : 1;
        watches.push({ rule, factor, slot, state: watch(states, key, { rule, factor }) });
      }
    }
    const watched = new Set(watches.map(({ state }) => state));
    unseen = [...states.values()].filter((state) => !watched.has(state) && isOpen(state));
    for (const [key, state] of states) if (!watched.has(state) && !isOpen(state)) states.delete(key);
  }

  function step({ rule, factor, slot, state }: Watch, values: SeriesValues, moment: AlertMoment) {
    const value = values.get(slot);
    return Number.isNaN(value) ? passOver(state, moment) : advance(state, value, { rule, factor, moment });
  }

  return {
    /** Takes one sample in; answers what began or ended with it. */
    evaluate(values: SeriesValues, moment: AlertMoment): readonly AlertEvent[] {
      if (values.version !== version) watchSeries(values);
      let events: AlertEvent[] | null = null;
      const add = (event: AlertEvent | null) => {
        if (event === null) return;
        events ??= [];
        events.push(event);
      };
      for (const state of orphans) add(toEvent(state, 'cleared', moment.atMs));
      orphans = [];
      for (const each of watches) add(step(each, values, moment));
      for (const state of unseen) add(passOver(state, moment));
      return events ?? nothing;
    },
    /** States worth keeping over a restart: all but `ok`. */
    serialize(): readonly AlertState[] {
      const kept = [...states.values(), ...orphans].filter(({ phase }) => phase !== 'ok');
      return kept.slice(0, MAX_ALERT_STATES);
    },
  };
}
