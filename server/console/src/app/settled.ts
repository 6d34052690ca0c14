// Holds a page back until what stands on top is known, and never again: what is read anew later does not take the page away.
import { useState } from 'react';

/** True from the first moment on in which nothing was loading. */
export function useSettled(isLoading: boolean): boolean {
  const [isSettled, setSettled] = useState(!isLoading);
  if (!isLoading && !isSettled) setSettled(true);
  return isSettled;
}
