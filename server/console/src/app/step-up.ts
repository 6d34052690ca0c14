// The question whether it is really he: the server asks it before an act, a dialog answers it.
import { createStore, useStore } from '../parts/store.ts';

type Answer = (isProven: boolean) => void;

/** Takes the answer; null: nobody asks. */
const waiting = createStore<Answer | null>(null);
let asked: Promise<boolean> | null = null;

/** Asks; acts that wait at the same time share one question. True: the person has proven it. */
export function askProof(): Promise<boolean> {
  asked ??= new Promise<boolean>((resolve) => waiting.set(resolve)).finally(() => {
    asked = null;
    waiting.set(null);
  });
  return asked;
}

/** The question that waits for its answer; null: there is none. */
export function useProofAsked(): Answer | null {
  return useStore(waiting);
}
