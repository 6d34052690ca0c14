// What an example of a command is.

/** One example. */
export interface Example {
  readonly wish: string;
  readonly lines: readonly string[];
}
