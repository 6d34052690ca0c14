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

/**
 * A value as the nearest whole number of steps of 10^exponent.
 * @throws MusterError E_CHUNK for NaN, an infinity, or more than MAX_STEPS steps.
 */
export function toSteps(value: number, exponent: number): number {
  const steps = Math.round(exponent < 0 ? value * 10 ** -exponent : value / 10 ** exponent);
  if (!(Math.abs(steps) <= MAX_STEPS))
    throw fail('E_CHUNK', { detail: 'A measured value is not a number a chunk can hold.' });
  return steps + 0; // −0 becomes 0
}

/** The value of a number of steps: the nearest double to the decimal fraction, so that 123 steps of 0.001 are 0.123 exactly. */
export function fromSteps(steps: number, exponent: number): number {
  return exponent < 0 ? steps / 10 ** -exponent : steps * 10 ** exponent;
}
