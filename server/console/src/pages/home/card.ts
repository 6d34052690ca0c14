// What a card of the home page is; a feature adds its own by one line in the list.
import type { ComponentType } from 'react';

/** A card. */
export interface HomeCard {
  readonly id: string;
  /** Permission without which it is not shown; absent: everybody. */
  readonly permission?: string;
  /** Over the whole width, or half of it. */
  readonly isWide?: boolean;
  /** Draws itself with `Card`, and nothing at all when it has nothing to say. */
  readonly Content: ComponentType;
}
