// What a plan means, in figures for one plain sentence. Pure.
import type { MadePlan } from '@muster/cli/draft-plan';

/** Figures of a plan over all devices it touches. */
export interface Sum {
  readonly devices: number;
  /** Settings of which something else is wanted than before, or for the first time. */
  readonly changed: number;
  /** Settings of which nothing is wanted any more; devices keep what they have. */
  readonly dropped: number;
  /** False: the server lists the greatest effects only, so there may be more. */
  readonly isWhole: boolean;
}

/** Each setting counts once, on however many devices. */
export function sumUp({ touched, effects, effectCount }: MadePlan['view']): Sum {
  const items = effects.flatMap((effect) => effect.items);
  const changed = new Set(items.filter(({ after }) => after !== null).map(({ item }) => item));
  const dropped = new Set(items.filter(({ after }) => after === null).map(({ item }) => item));
  const isWhole =
    effectCount === effects.length && effects.every((one) => one.itemCount === one.items.length);
  return { devices: touched, changed: changed.size, dropped: dropped.size, isWhole };
}
