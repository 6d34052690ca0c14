// Grants as a small algebra: what holds in both of two lists, and whether one list contains another. Limits only ever get narrower.
import type { Expression } from '@muster/protocol/language';
import {
  compileExpression,
  MAX_EXPRESSION_CHARS,
  type Predicate,
  refuseExpression,
} from '@muster/protocol/language';
import type { Grant } from '../../core/http/permission.ts';
import { MAX_COMPILED, MAX_JOINED } from './limits.ts';
import { reachOf } from './permissions.ts';

/** A limit that can be read. */
interface Compiled {
  readonly expression: Expression;
  /** The parts that must all hold, each as text. */
  readonly parts: ReadonlySet<string>;
}

const compiled = new Map<string, Compiled | null>();

function listParts(tree: Predicate): Predicate[] {
  return tree.kind === 'all' ? tree.of.flatMap(listParts) : [tree];
}

/** A limit with its parts, kept for the next request; null where it does not compile. */
function compile(where: string): Compiled | null {
  const known = compiled.get(where);
  if (known !== undefined) return known;
  for (const oldest of compiled.keys()) if (compiled.size >= MAX_COMPILED) compiled.delete(oldest);
  let found: Compiled | null = null;
  try {
    const expression = compileExpression(where, { for: 'server' });
    found = { expression, parts: new Set(listParts(expression.tree).map((part) => JSON.stringify(part))) };
  } catch {
    // A limit that cannot be read allows nothing: whoever asks gets null.
    found = null;
  }
  compiled.set(where, found);
  return found;
}

/**
 * True when every part of the wider limit stands in the narrower one as well, whatever their order and brackets. It says no for
 * limits that hold for the same devices by other words: nothing is proven about expressions here.
 */
function isNarrower(narrow: string | null, wide: string | null): boolean {
  if (wide === null) return true;
  if (narrow === null) return false;
  const [these, those] = [compile(narrow)?.parts, compile(wide)?.parts];
  if (these === undefined || those === undefined || those.size > these.size) return false;
  for (const part of those) if (!these.has(part)) return false;
  return true;
}

function isSubset(narrow: readonly string[] | null, wide: readonly string[] | null): boolean {
  return wide === null || (narrow?.every((one) => wide.includes(one)) ?? false);
}

/** Both limits in one; undefined when there is no such text, as with one that is too long: then nothing is allowed. */
function both(a: string | null, b: string | null): string | null | undefined {
  if (isNarrower(a, b)) return a;
  if (isNarrower(b, a)) return b;
  const text = `(${a}) && (${b})`;
  return text.length > MAX_EXPRESSION_CHARS || compile(text) === null ? undefined : text;
}

function overlap(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((one) => b.includes(one));
}

/** True when all of the wanted grant is allowed by one of these. */
export function isAllowed(wanted: Grant, by: readonly Grant[]): boolean {
  return by.some(
    (one) =>
      one.permission === wanted.permission &&
      isNarrower(wanted.where, one.where) &&
      isSubset(wanted.kinds, one.kinds) &&
      isSubset(wanted.contents, one.contents),
  );
}

/** The grants by their permission, in the order in which these come. */
function groupByPermission(grants: readonly Grant[]): Map<string, Grant[]> {
  const groups = new Map<string, Grant[]>();
  for (const grant of grants) {
    const group = groups.get(grant.permission);
    if (group === undefined) groups.set(grant.permission, [grant]);
    else group.push(grant);
  }
  return groups;
}

function join(grant: Grant, one: Grant): Grant[] {
  const where = both(grant.where, one.where);
  const kinds = overlap(grant.kinds, one.kinds);
  const contents = overlap(grant.contents, one.contents);
  if (where === undefined || kinds?.length === 0 || contents?.length === 0) return [];
  return [{ permission: grant.permission, where, kinds, contents }];
}

/** What is allowed by both. Grants that allow nothing are left out, and so is what would be joined beyond {@link MAX_JOINED} limits. */
export function intersectGrants(grants: readonly Grant[], by: readonly Grant[]): Grant[] {
  const others = groupByPermission(by);
  const found: Grant[] = [];
  let joined = 0;
  for (const [permission, these] of groupByPermission(grants)) {
    const those = others.get(permission) ?? [];
    // What one side allows as a whole is in the other already: only what is in neither is joined, pair by pair.
    const rest = these.filter((one) => !isAllowed(one, those));
    const restBy = those.filter((one) => !isAllowed(one, these));
    found.push(
      ...these.filter((one) => !rest.includes(one)),
      ...those.filter((one) => !restBy.includes(one)),
    );
    for (const grant of rest)
      for (const one of restBy) if (joined++ < MAX_JOINED) found.push(...join(grant, one));
  }
  return simplify(found);
}

/** Leaves out what another one allows anyway. */
export function simplify(grants: readonly Grant[]): Grant[] {
  // Equal ones are many where several roles say the same; what is left is compared pair by pair.
  const different = new Map(
    grants.map((one) => [JSON.stringify([one.permission, one.where, one.kinds, one.contents]), one]),
  );
  return [...groupByPermission([...different.values()]).values()].flatMap((group) => {
    const kept: Grant[] = [];
    for (const grant of group) {
      if (isAllowed(grant, kept)) continue;
      const others = kept.filter((one) => !isAllowed(one, [grant]));
      kept.splice(0, kept.length, ...others, grant);
    }
    return kept;
  });
}

/**
 * The grants, held for some devices only: what can be limited is, what is about the organization as a whole falls away. A grant
 * whose limit would be too long falls away too.
 */
export function limitGrants(grants: readonly Grant[], where: string | null): Grant[] {
  if (where === null) return [...grants];
  return grants.flatMap((grant): Grant[] => {
    const reach = reachOf(grant.permission);
    if (reach === 'shared') return [grant];
    if (reach === 'organization') return [];
    const limit = both(grant.where, where);
    return limit === undefined ? [] : [{ ...grant, where: limit }];
  });
}

/**
 * Checks a limit; null is none. It names no group: whoever changes groups would change with them who may do what, and labels that a
 * group names would decide that without anybody keeping them. The index lets such a limit hold for no device, wherever it comes from.
 * @throws MusterError E_EXPRESSION
 */
export function checkLimit(where: string | null): void {
  if (where === null) return;
  const [at] = compileExpression(where, { for: 'server' }).groups.values();
  if (at === undefined) return;
  const why =
    'What somebody may do is not limited by groups, since whoever changes the group would change it; write what the group is made of.';
  throw refuseExpression(where, at, why);
}

/** Keys of labels that limits name. */
export function labelsOf(limits: readonly string[]): ReadonlySet<string> {
  return new Set(limits.flatMap((where) => [...(compile(where)?.expression.labels ?? [])]));
}
