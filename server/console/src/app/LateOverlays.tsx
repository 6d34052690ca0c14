// Loads what lies over the pages once the page itself is shown; what is asked for earlier waits in its switch.
import { type ComponentType, useEffect, useState } from 'react';
import { onStepUp } from '../api/client.ts';
import { loadAgain, readLate } from './late.ts';
import { askProof } from './step-up.ts';

const read = async () => (await loadAgain(() => import('./Overlays.tsx'))).Overlays;

/** What is not there, because the server is away, is asked for again: first after this time, ms, and at most so rarely. */
const AGAIN_MS = 2_000;
const AGAIN_MAX_MS = 300_000;

/** At the latest after this time, ms, however busy the page is. */
const LATEST_MS = 1_000;

/** Waits for a quiet moment; answers how to wait no longer. Not every browser tells of one. */
function whenQuiet(act: () => void): () => void {
  if ('requestIdleCallback' in window) {
    const wish = window.requestIdleCallback(act, { timeout: LATEST_MS });
    return () => window.cancelIdleCallback(wish);
  }
  const timer = setTimeout(act, LATEST_MS);
  return () => clearTimeout(timer);
}

export function LateOverlays() {
  const [Overlays, setOverlays] = useState<ComponentType | null>(null);
  useEffect(() => {
    onStepUp(askProof);
    let hasLeft = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopWaiting = whenQuiet(() => void load(AGAIN_MS));
    async function load(pauseMs: number): Promise<void> {
      const overlays = await readLate('overlays', read);
      if (overlays !== null) setOverlays(() => overlays);
      else if (!hasLeft) timer = setTimeout(() => void load(Math.min(AGAIN_MAX_MS, 2 * pauseMs)), pauseMs);
    }
    return () => {
      hasLeft = true;
      stopWaiting();
      clearTimeout(timer);
    };
  }, []);
  return Overlays && <Overlays />;
}
