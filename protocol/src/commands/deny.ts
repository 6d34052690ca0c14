// The device's own deny list: rules of its owner that no signature can exceed, because they only subtract.
import { matchesKind } from './kind-table.ts';

/** One rule of a file in deny.d. */
export interface DenyRule {
  /** Exact kinds, `prefix.*` or `*`. */
  readonly kinds: readonly string[];
  /** Only commands that name one of these (service, package, account, path) are denied. Absent: all of the kinds. */
  readonly names?: readonly string[];
  /** Why, for whoever is refused. */
  readonly reason: string;
}

/** Every text in the parameters; what a rule's names are compared with. */
function listTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(listTexts);
  return [];
}

/**
 * The reason of the first rule that denies; undefined when none does. A command without names that a rule speaks of
 * (as an upgrade of everything) is denied too: it would reach them.
 */
export function findDenial(
  rules: readonly DenyRule[],
  kind: string,
  args: Readonly<Record<string, unknown>>,
): string | undefined {
  const texts = new Set(listTexts(args));
  const hit = rules.find(({ kinds, names }) => {
    if (!kinds.some((pattern) => matchesKind(pattern, kind))) return false;
    if (names === undefined || texts.size === 0) return true;
    return names.some((name) => texts.has(name));
  });
  return hit?.reason;
}
