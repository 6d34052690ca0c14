// What programs read of the JSON schema of a kind's parameters, to make a form or to parse a command line from it.

/** The schema of one parameter, or of all of them together. What is absent does not narrow the value. */
export interface ArgSchema {
  /** `string`, `integer`, `boolean`, `array` or `object`; absent for a choice. */
  readonly type?: string;
  /** What it is for: a sentence that ends with the unit where the value has one. */
  readonly description?: string;
  /** The only value it may have. */
  readonly const?: unknown;
  /** A choice: each of them has a `const`. */
  readonly anyOf?: readonly ArgSchema[];
  /** Most characters of a text. */
  readonly maxLength?: number;
  /** What an array holds. */
  readonly items?: ArgSchema;
  /** Smallest and largest value of a number. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** What an object holds, by name. */
  readonly properties?: Readonly<Record<string, ArgSchema>>;
}
