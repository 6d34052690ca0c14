// The type of a value nobody changes, all the way down.

/** Arrays become readonly arrays, objects readonly objects; what is primitive stays as it is. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
