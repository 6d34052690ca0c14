// Remembers what was computed from a value as long as the value stays the same, so that a request costs its hash only.
import { createHash } from 'node:crypto';

/** The function with its last `max` results, found by what they were computed from; whoever gets a result does not change it. */
export function remembering<Input, Result>(
  compute: (input: Input) => Result,
  max: number,
): (input: Input) => Result {
  const known = new Map<string, Result>();
  return (input) => {
    const key = createHash('sha256').update(JSON.stringify(input)).digest('base64');
    const found = known.get(key);
    if (found !== undefined) return found;
    for (const oldest of known.keys()) if (known.size >= max) known.delete(oldest);
    const result = compute(input);
    known.set(key, result);
    return result;
  };
}
