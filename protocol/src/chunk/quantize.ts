// Rounding of measured values to whole numbers of steps, and back.
import { fail } from '../errors.ts';

/** Largest number of steps, either sign: up to here a value survives rounding to steps and back unchanged. */
export const MAX_STEPS = 2 ** 50 - 1;

/** Steps are powers of ten between these exponents, so that one fits four bits. */
export const MIN_EXPONENT = -6;

/** The exponent of a step that is a power of ten: −3 for 0.001. */
export function exponentOf(step: number): number {
  return Math.round(Math.log10(step));
}

/** A step ready for arithmetic; raising ten to a power for each value would cost more than everything else. */
export interface Scale {
  /** 10^|exponent|, which a double holds exactly; 10^exponent would not be exact below 1. */
  readonly factor: number;
  /** True when a step is smaller than 1. */
  readonly isFraction: boolean;
}

/** The scale of steps of 10^exponent. */
export function scaleOf(exponent: number): Scale {
  return { factor: 10 ** Math.abs(exponent), isFraction: exponent < 0 };
}

/**
 * A value as the nearest whole number of steps.
 * @throws MusterError E_CHUNK for NaN, an infinity, or more than MAX_STEPS steps.
 */
export function toSteps(value: number, { factor, isFraction }: Scale): number {
  const steps = Math.round(isFraction ? value * factor : value / factor);
  // Written so that NaN fails it too.
  if (!(Math.abs(steps) <= MAX_STEPS)) {
    throw fail('E_CHUNK', { detail: 'A measured value is not a number that a metric chunk can hold.' });
  }
  return steps + 0; // −0 becomes 0
}

/** The value of a number of steps: the nearest double to the decimal fraction, so that 123 steps of 0.001 are 0.123 exactly. */
export function fromSteps(steps: number, { factor, isFraction }: Scale): number {
  return isFraction ? steps / factor : steps * factor;
}
