// Looks into values of which nothing is known yet.

/** Keys with values, whatever they are. */
export type Keys = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an object itself has under a key: nothing that it inherits counts. */
export function readKey(value: Keys, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
