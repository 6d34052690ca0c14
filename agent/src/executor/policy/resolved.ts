// Reads what was resolved elsewhere: each item goes through the same door as a rule of a file, so no other form of a wish gets in.
import {
  checkPolicy,
  isRuleKind,
  MAX_RULES,
  type PolicyException,
  type PolicyRule,
  type RuleRef,
} from '@muster/protocol/policy';
import {
  isFreezeOf,
  type ListedFreeze,
  listFreezes,
  listHours,
  type PolicyHours,
} from '@muster/protocol/windows';
import { fail } from '../../errors.ts';
import type { WantedItem } from './hours.ts';

/** Largest file, bytes. */
export const MAX_RESOLVED_BYTES = 16 * 1024 * 1024;

/** A value with keys, of which nothing else is known. */
type Keys = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export const isKeys = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An item as a rule; what it says beside kind, wish and mode does not decide anything. */
function toRule(item: Keys, at: number): Keys {
  const kind = typeof item.kind === 'string' && isRuleKind(item.kind) ? item.kind : null;
  // Undecided or exempt is never enforced, whatever else is said.
  const isOpen = item.decided !== false && item.exception === undefined;
  const mode = item.mode === 'enforce' && isOpen ? 'enforce' : 'audit';
  return { id: `rule-${at}`, title: 'resolved', mode, ...(kind === null ? {} : { [kind]: item.wanted }) };
}

/** Whose word it is, for people; what is no text is left out. */
function toRef(ref: unknown, id: string): RuleRef {
  const text = (key: string, other: string) => {
    const value = isKeys(ref) ? ref[key] : undefined;
    return typeof value === 'string' ? value.slice(0, 256) : other;
  };
  return {
    ...{ policy: text('policy', 'file'), id: text('id', id), title: text('title', '') },
    ...{ priority: 0, override: false },
  };
}

/** Why the item is left alone, for people; undefined: it is not. @throws MusterError E_USAGE */
function toException(value: unknown, where: string): PolicyException | undefined {
  if (value === undefined) return undefined;
  const says = isKeys(value) ? value : {};
  const text = (key: string) => {
    const one = says[key];
    if (typeof one === 'string') return one.slice(0, 256);
    throw fail('E_USAGE', { detail: `${where}: its exception does not say "${key}".` });
  };
  const ref = { rule: text('rule'), item: text('item'), on: text('on') };
  return { ...ref, reason: text('reason'), approvedBy: text('approvedBy'), until: text('until') };
}

function checkPart(items: readonly Keys[], from: number, path: string): readonly PolicyRule[] {
  const checked = checkPolicy({
    ...{ policy: 'file', title: 'resolved', owner: 'file', mode: 'enforce' },
    rules: items.map((item, at) => toRule(item, from + at)),
  });
  if ('policy' in checked) return checked.policy.rules;
  const [fault] = checked.faults;
  const where = typeof fault?.path[1] === 'number' ? `item ${from + fault.path[1] + 1}` : 'its items';
  throw fail('E_USAGE', { detail: `${path}, ${where}: ${fault?.message ?? 'is not valid.'}` });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail('E_USAGE', {
      cause,
      detail: `${path} is no JSON; write it by "muster policy resolve --json".`,
    });
  }
}

/** What stands for the rules of a policy of which only the windows are read. */
const anyRule = { id: 'any', title: 'resolved', sysctl: { key: 'vm.any', value: '0' } };

/** Hours by policy, each as a file of that policy could have them. @throws MusterError E_USAGE */
function readHours(value: unknown, path: string): ReadonlyMap<string, PolicyHours> {
  const list: unknown = isKeys(value) ? (value.hours ?? []) : [];
  if (!Array.isArray(list) || !list.every(isKeys))
    throw fail('E_USAGE', { detail: `${path}: "hours" is no list of policies with their windows.` });
  const items: readonly Keys[] = list;
  const checked = items.map(({ policy, windows, missed }, at) => {
    const head = { policy, title: 'resolved', owner: 'file', rules: [anyRule] };
    const found = checkPolicy({ ...head, windows, ...(missed === undefined ? {} : { missed }) });
    if ('policy' in found) return found.policy;
    const [fault] = found.faults;
    throw fail('E_USAGE', { detail: `${path}, hours ${at + 1}: ${fault?.message ?? 'is not valid.'}` });
  });
  return new Map(listHours(checked).map((hours) => [hours.policy, hours]));
}

/** Freezes, each as a file of its policy could have it. @throws MusterError E_USAGE */
export function readFreezes(value: unknown, path: string): readonly ListedFreeze[] {
  const list: unknown = isKeys(value) ? (value.freezes ?? []) : [];
  if (!Array.isArray(list) || !list.every(isKeys))
    throw fail('E_USAGE', { detail: `${path}: "freezes" is no list of freezes.` });
  const items: readonly Keys[] = list;
  return items.flatMap(({ policy, ...freeze }, at) => {
    const head = { policy, title: 'resolved', owner: 'file', rules: [anyRule] };
    const found = checkPolicy({ ...head, freezes: [freeze] });
    if ('policy' in found) return listFreezes([found.policy]);
    const [fault] = found.faults;
    throw fail('E_USAGE', { detail: `${path}, freeze ${at + 1}: ${fault?.message ?? 'is not valid.'}` });
  });
}

/** Freezes by the policy that decides; one list for all its items. */
function createFreezeLookup(freezes: readonly ListedFreeze[]): (policy: string) => readonly ListedFreeze[] {
  const known = new Map<string, readonly ListedFreeze[]>();
  return (policy) => {
    const found = known.get(policy) ?? freezes.filter((freeze) => isFreezeOf(freeze, policy));
    known.set(policy, found);
    return found;
  };
}

/** Parses a list of items, or an object with it under `items`. Pure. @throws MusterError E_USAGE with the first thing that is wrong */
export function parseResolved(text: string, path: string): readonly WantedItem[] {
  const value = parseJson(text, path);
  const list: unknown = isKeys(value) ? value.items : value;
  if (!Array.isArray(list) || !list.every(isKeys))
    throw fail('E_USAGE', {
      detail: `${path} is no list of items; write it by "muster policy resolve --json".`,
    });
  const items: readonly Keys[] = list;
  const rules: PolicyRule[] = [];
  for (let from = 0; from < items.length; from += MAX_RULES)
    rules.push(...checkPart(items.slice(from, from + MAX_RULES), from, path));
  const hours = readHours(value, path);
  const freezesOf = createFreezeLookup(readFreezes(value, path));
  const seen = new Set<string>();
  return rules.map(({ item, kind, wanted, mode, id }, at) => {
    if (seen.has(item)) throw fail('E_USAGE', { detail: `${path} has ${item} twice.` });
    seen.add(item);
    const isDecided = items[at]?.decided !== false;
    const rule = toRef(items[at]?.rule, id);
    const own = hours.get(rule.policy);
    const still = freezesOf(rule.policy);
    const exception = toException(items[at]?.exception, `${path}, item ${at + 1}`);
    return {
      item,
      kind,
      wanted,
      mode,
      decided: isDecided,
      rule,
      ...(own === undefined ? {} : { hours: own }),
      ...(still.length === 0 ? {} : { freezes: still }),
      ...(exception === undefined ? {} : { exception }),
    };
  });
}
