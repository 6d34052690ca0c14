// Who may be asked for bodies: so many offers at a time, the others wait in the order in which they came.
//
// Machines of a fleet resemble each other. When thousands come at once, each would send what all the others send too; one that
// waits its turn is asked only for what the ones before it did not bring, and what waits is a list of hashes, not bodies.

/** Places of those who are asked, and the queue before them. */
export interface Asking<Key extends object> {
  /** Resolves true once it has a place, at once where one is free; false when it left before. */
  enter(key: Key): Promise<boolean>;
  /** Gives the place, or the place in the queue, back; whoever has none may say so too. */
  leave(key: Key): void;
  /** True when somebody would have to wait now. */
  isFull(): boolean;
}

/** Makes it with so many places. */
export function createAsking<Key extends object>(places: number): Asking<Key> {
  const asked = new Set<Key>();
  const waiting = new Map<Key, (isIn: boolean) => void>();

  function letIn(): void {
    for (const [key, tell] of waiting) {
      if (asked.size >= places) return;
      waiting.delete(key);
      asked.add(key);
      tell(true);
    }
  }

  return {
    enter(key) {
      return new Promise((resolve) => {
        waiting.set(key, resolve);
        letIn();
      });
    },
    leave(key) {
      waiting.get(key)?.(false);
      waiting.delete(key);
      if (asked.delete(key)) letIn();
    },
    isFull: () => asked.size >= places,
  };
}
