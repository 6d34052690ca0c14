// Pure: what groups that name groups must keep: what they name is there, none contains itself, and none lies too deep.
import { isMusterError } from '@muster/protocol';
import { refuseExpression } from '@muster/protocol/language';
import { fail } from '../../errors.ts';
import { GroupBook, reachGroups } from '../fleet/index.ts';
import { MAX_NAMED_GROUPS } from './limits.ts';
import type { GroupText } from './store.ts';

/** The groups as the index would have them, so that what is refused here is what it could not judge. */
function bookOf(all: readonly GroupText[]): GroupBook {
  const book = new GroupBook();
  book.put(all.map(({ id, name, expression }) => ({ id, name, expression, picked: [] })));
  return book;
}

/**
 * Refuses a group as it would be beside all others.
 * @throws MusterError E_EXPRESSION at the name that leads to no group, to itself, too deep or to one that cannot be read, also from a
 * group that names this one
 */
export function checkNesting(all: readonly GroupText[], changed: GroupText): void {
  const expression = bookOf([changed]).find(changed.id)?.expression ?? null;
  const [first] = expression?.groups.values() ?? [];
  if (expression === null || first === undefined) return;
  const others = all.filter(({ id }) => id !== changed.id);
  const after = bookOf([...others, changed]);
  reachGroups(expression, (called) => after.find(called), changed);
  const unsound = others.filter((other) => !isSound(other, after));
  if (unsound.length === 0) return;
  const before = bookOf(all);
  const harmed = unsound.find((other) => isSound(other, before));
  if (harmed === undefined) return;
  const why = `"${harmed.name}", which names it, would be nested too deep; let one of them name fewer levels.`;
  throw refuseExpression(expression.text, first, why);
}

/** One that cannot be read names nothing. */
function isSound(group: GroupText, book: GroupBook): boolean {
  const expression = book.find(group.id)?.expression ?? null;
  try {
    if (expression !== null) reachGroups(expression, (called) => book.find(called), group);
    return true;
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return false;
    throw error;
  }
}

/** Refuses to take away what other groups call a group by. @throws MusterError E_CONFLICT naming some of them */
export function requireUnnamed(
  all: readonly GroupText[],
  {
    id,
    called,
    remedy,
  }: { readonly id: string; readonly called: readonly string[]; readonly remedy: string },
): void {
  const book = bookOf(all);
  const users = all.filter((group) => {
    const named = book.find(group.id)?.expression?.groups;
    return group.id !== id && called.some((one) => named?.has(one));
  });
  if (users.length === 0) return;
  const names = users.slice(0, MAX_NAMED_GROUPS).map(({ name }) => `"${name}"`);
  const more = users.length > names.length ? ` and ${users.length - names.length} more` : '';
  throw fail('E_CONFLICT', {
    detail: `The group is named by ${names.join(', ')}${more}; ${remedy}.`,
  });
}
