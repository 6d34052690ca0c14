// How items may stand, worst first, and how each looks.
import type { Tone } from '../../parts/Status.tsx';

export const states = [
  'error',
  'drifted',
  'applying',
  'not-reporting',
  'repaired',
  'compliant',
  'not-applicable',
  'exempt',
] as const;
export type State = (typeof states)[number];

export const tones = {
  error: 'bad',
  drifted: 'warn',
  applying: 'busy',
  'not-reporting': 'warn',
  repaired: 'good',
  compliant: 'good',
  'not-applicable': 'idle',
  exempt: 'idle',
} as const satisfies Record<State, Tone>;

/** Those that somebody should look at. */
export const failing = ['error', 'drifted', 'applying', 'not-reporting'] as const satisfies readonly State[];
