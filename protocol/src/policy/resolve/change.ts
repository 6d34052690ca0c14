// Says in a sentence what would have to change for a rule to win, or to apply at all.
import { describeException, type PolicyException } from '../exceptions/exception.ts';
import type { Explained, ReadValue } from '../language/index.ts';
import { shorten } from '../language/place.ts';
import type { Entry } from './prepare.ts';
import type { Raise, RuleRef } from './types.ts';

/** Parts of an expression that one sentence names. */
const MAX_NAMED_PARTS = 3;

/** What would have to be raised, and above whom; null says that raising does not help. */
export function describeRaise(raise: Raise | null, { ref }: Entry, first: RuleRef): string {
  const rival = `${first.policy}/${first.id}`; // ssh-baseline/no-root
  if (raise === null)
    return `Neither priority nor override lets it win against the others, of which ${rival} is the first; change what one of them wants, or lower it.`;
  const raised =
    raise.priority === undefined
      ? []
      : [`the priority of policy ${ref.policy} is raised from ${ref.priority} to ${raise.priority} or more`];
  const overriding = raise.override === true ? [`rule ${ref.policy}/${ref.id} says "override: true"`] : [];
  return `It wins over ${rival} (priority ${first.priority}) once ${[...raised, ...overriding].join(' and ')}.`;
}

/** Why a rule is left alone, and from when on it counts again. */
export function describeLeft(exception: PolicyException): string {
  return `${describeException(exception).replace(/[.!?]$/, '')}. It counts again from then on.`;
}

/** What in a condition keeps a rule away, with the values that were read. */
export function describeCondition(key: 'on' | 'except' | 'when', explained: Explained): string {
  const culprits = listCulprits(explained); // at least one
  const named = culprits.slice(0, MAX_NAMED_PARTS).map(describePart);
  const more = culprits.length > MAX_NAMED_PARTS ? [`${culprits.length - MAX_NAMED_PARTS} more parts`] : [];
  // "except" keeps away by holding
  const opens = key === 'except' ? '"except" would have not to hold' : `"${key}" would have to hold`;
  return `${opens}: ${[...named, ...more].join('; ')}.`;
}

/** The leaves that make an expression what it is: of `&&` that is false those that are false, of one that is true all. */
function listCulprits(part: Explained): readonly Explained[] {
  const { kind, holds, parts } = part;
  if (kind === 'leaf') return [part]; // os.family == "debian"
  // One part alone makes `&&` false and `||` true, so only those that do are named
  const deciding = kind === 'not' ? parts : parts.filter((inner) => inner.holds === holds);
  return deciding.flatMap(listCulprits);
}

/** `os.family == "debian" is false, os.family is "rhel"`. */
function describePart({ text, holds, reads }: Explained): string {
  return [`${text} is ${holds}`, ...reads.map(describeRead)].join(', ');
}

/** A value as a device has told it: shown short, and without what cannot be seen. */
function describeRead({ name, value }: ReadValue): string {
  if (value === null) return `${name} is not known`; // the device has said nothing of the kind
  return `${name} is ${typeof value === 'string' ? `"${shorten(value)}"` : value}`;
}
