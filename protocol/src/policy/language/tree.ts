// The tree a checked expression becomes: everything in it is typed and total. Evaluation reads it, here and in the server's index.
import type { FactName, FactType } from './facts.ts';

/** Types of terms: those of facts, and versions, which only `version()` makes. */
export type TermType = FactType | 'version';

/** A value of the tree: a time is ms since 1970, a version its sortable key. */
export type Plain = string | number | boolean;

/** A value that is known before any device is. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: TermType;
  readonly value: Plain;
}

/** Something that has a value, or none on a device that lacks a fact. */
export type Term =
  | Constant
  // What the device has said, if it has.
  | { readonly kind: 'fact'; readonly type: FactType; readonly name: FactName }
  // Never absent: '' where the device has no such label.
  | { readonly kind: 'label'; readonly type: 'string'; readonly key: string }
  // A to Z become a to z; no other letter changes, whatever the language of the machine.
  | { readonly kind: 'lower'; readonly type: 'string'; readonly of: Term }
  // Absent where the text does not begin with a number.
  | { readonly kind: 'version'; readonly type: 'version'; readonly of: Term };

/** How two terms are compared. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** How two texts are compared. */
export type TextTest = 'startsWith' | 'endsWith' | 'contains';

/** What is asked about packages. */
export interface SoftwareAsked {
  /** The exact name of the package. */
  readonly name: string;
  /** Absent with no comparison: any version will do. */
  // Not a key: which order applies is known only with the kind of an installed package
  readonly version?: { readonly by: Comparison; readonly text: string };
}

/** Something that is true or false, on every device. A leaf with an absent term is false. */
export type Predicate =
  // The opposite: there is no third answer.
  | { readonly kind: 'not'; readonly of: Predicate }
  // At least two, in the order of the text.
  | { readonly kind: 'all' | 'any'; readonly of: readonly Predicate[] }
  // A leaf: a bool by itself.
  | { readonly kind: 'truth'; readonly term: Term }
  // A leaf: two terms of one type.
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Term; readonly right: Term }
  // A leaf: the values have the type of the term.
  | { readonly kind: 'in'; readonly left: Term; readonly values: readonly Plain[] }
  // A leaf: two texts.
  | { readonly kind: 'text'; readonly by: TextTest; readonly left: Term; readonly right: Term }
  // A leaf: true when the device has said that fact, and in the type of the table.
  | { readonly kind: 'has'; readonly name: FactName }
  // True when one of the device's addresses lies in the subnet, written `10.0.0.0/8` in its short form.
  | { readonly kind: 'within'; readonly subnet: string }
  // True when the device is a member of the group that is called so: by its id or its name.
  | { readonly kind: 'group'; readonly called: string }
  // True when some installed package of that name fits: any, or one whose version compares so, in the order of its own kind.
  | ({ readonly kind: 'software' } & SoftwareAsked)
  // True when the device was connected at most so long ago, ms.
  | { readonly kind: 'seen'; readonly withinMs: number };
