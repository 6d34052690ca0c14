// What every kind of rule offers: the form of what is wanted, the one spelling of it, and the words for people.

/** Something that the form alone cannot say: a place inside of what was written, and a sentence that says what to do. */
export interface WantedFault {
  /** The key inside the rule's kind; absent: what is wanted as a whole. */
  readonly key?: string;
  readonly message: string;
}

/**
 * One kind of rule. `Written` is what its schema lets pass, `Wanted` the one spelling of it, with all defaults.
 * Everything here is pure and total for what the schema has let pass.
 */
export interface RuleKind<Written = unknown, Wanted = unknown> {
  /** JSON Schema of what is written, closed; a plain object, so that nobody needs a library to look at it. */
  readonly schema: object;
  /** The key that names the item, as `path` of a file. */
  readonly key: string;
  /** What is wrong although the form is right; called before all else below. */
  check(written: Written): readonly WantedFault[];
  /** The one spelling of an item's name: two names that mean one thing on a device become equal. */
  normalizeName(name: string): string;
  /** The one form of what is wanted: whatever means the same becomes equal. Normalizing twice changes nothing. */
  normalize(written: Written): Wanted;
  /** What it decides about, `file./etc/shadow`; the same for each spelling. */
  item(wanted: Wanted): string;
  /** What is wanted, as a clause: `PermitRootLogin is no`. */
  describe(wanted: Wanted): string;
}

/** Gives the compiler the types of a kind; does nothing at run time. */
export function defineRule<Written, Wanted extends Written>(
  kind: RuleKind<Written, Wanted>,
): RuleKind<Written, Wanted> {
  return kind;
}

/**
 * A text that is equal for equal wishes: JSON with sorted keys. What is wanted has one level and no absent values.
 * Sorted, because a document that was stored by a database may come back in another order.
 */
export function formatWanted(wanted: object): string {
  return JSON.stringify(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
