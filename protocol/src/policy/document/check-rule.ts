// Checks one rule of a policy: its form, its one kind, what it wants, its condition.
import { type RuleKindName, ruleKindNames, ruleKinds } from '../rules.ts';
import { isKeys, type Keys, readKey } from './keys.ts';
import type { PolicyFault, PolicyMode, PolicyRule } from './policy.ts';
import type { RuleHead } from './schema.ts';
import { findShapeFaults, type Path, quote } from './shape.ts';
import { findHidden, type ReadOnce } from './texts.ts';

/** What of a rule is known, however much of it is wrong. */
export interface CheckedRule {
  readonly faults: readonly PolicyFault[];
  /** Null where something is wrong. */
  readonly rule: PolicyRule | null;
  /** Its id; null where it is none. */
  readonly id: string | null;
  /** What it decides about; null where that is wrong. */
  readonly item: string | null;
  /** Item and condition in their one form, for finding two rules about the same; null where one of them is wrong. */
  readonly about: string | null;
}

/** What a rule is checked against. */
export interface RuleContext {
  /** Place of the rule. */
  readonly path: Path;
  /** Mode of its policy; null where that is wrong itself. */
  readonly policyMode: PolicyMode | null;
  readonly read: ReadOnce;
}

/** All that is wrong with a rule, and the rule where nothing is. */
export function checkRule(value: unknown, context: RuleContext): CheckedRule {
  const { path } = context;
  const shape = findShapeFaults('rule', value, path);
  if (!isKeys(value)) return { faults: shape, rule: null, id: null, item: null, about: null }; // a text or a list: no key of it can be looked at
  const kinds = ruleKindNames.filter((kind) => Object.hasOwn(value, kind)); // all that are written, though only one may be
  const wanted = kinds.flatMap((kind) => findWantedFaults(kind, value[kind], [...path, kind])); // of each of them, so that a second kind hides no fault
  const when = checkWhen(readKey(value, 'when'), context); // os.family == "debian"
  const faults = [
    ...shape, // keys, types, lengths
    ...findKindFaults(kinds, path), // none, or two
    ...wanted, // inside the kind
    ...when.faults, // the expression
    ...findModeFaults(readKey(value, 'mode'), context), // against the policy
    ...findHidden(value, path, ['when']), // title, why, references
  ];
  const id = readKey(value, 'id');
  const [kind] = kinds; // the first, where there are two
  const item = kind === undefined || wanted.length > 0 ? null : ruleKinds[kind].item(value[kind]);
  return {
    faults,
    rule: faults.length > 0 || kind === undefined ? null : makeRule(value, kind, context),
    id: typeof id === 'string' ? id : null,
    item,
    about: item === null || when.meaning === null ? null : `${item} ${when.meaning}`, // ssh.PermitRootLogin virtual
  };
}

/** Exactly one kind: with two, nobody could say which of them an exception or a fault is about. */
function findKindFaults(kinds: readonly RuleKindName[], path: Path): PolicyFault[] {
  if (kinds.length === 0)
    return [{ path, message: `Say what is wanted, with one of the keys ${ruleKindNames.join(', ')}.` }];
  return kinds.slice(1).map((kind) => ({
    path: [...path, kind],
    message: `A rule has one kind; move ${quote(kind)} to a rule of its own.`,
  }));
}

/** Faults of what is wanted; what its form does not say is asked only where the form is right. */
function findWantedFaults(kind: RuleKindName, value: unknown, path: Path): PolicyFault[] {
  const shape = findShapeFaults(kind, value, path); // unknown keys, missing ones, wrong types
  const hidden = isKeys(value) ? findHidden(value, path, []) : []; // one level: no kind has more
  if (shape.length + hidden.length > 0) return [...shape, ...hidden]; // the questions below trust the form
  return ruleKinds[kind]
    .check(value)
    .map(({ key, message }) => ({ path: key === undefined ? path : [...path, key], message }));
}

/** The condition in its one form; a text of the wrong type is told by the shape. */
function checkWhen(when: unknown, { path, read }: RuleContext) {
  if (when === undefined) return { faults: [], meaning: 'true' }; // wherever the policy holds
  if (typeof when !== 'string') return { faults: [], meaning: null }; // told by the shape of the rule
  const found = read(when, 'device'); // label("env") is refused here
  if ('meaning' in found) return { faults: [], meaning: found.meaning };
  return { faults: [{ path: [...path, 'when'], ...found }], meaning: null };
}

/** A mode only narrows. */
function findModeFaults(mode: unknown, { path, policyMode }: RuleContext): PolicyFault[] {
  if (mode !== 'enforce' || policyMode !== 'audit') return []; // to look only is always allowed
  const message =
    'The policy only looks, so no rule of it can enforce; set "mode: enforce" for the policy, or leave this out.';
  return [{ path: [...path, 'mode'], message }];
}

/** The rule with its defaults. Only for what has no faults. */
function makeRule(value: Keys, kind: RuleKindName, { policyMode }: RuleContext): PolicyRule {
  // Its shape has been checked
  const head = value as unknown as RuleHead;
  const wanted = ruleKinds[kind].normalize(value[kind]);
  const rule = {
    id: head.id, // as written: names have one spelling
    title: head.title,
    why: head.why ?? '',
    severity: head.severity ?? 'medium',
    references: [...(head.references ?? [])], // a list of its own: nobody else can change it
    remediation: head.remediation ?? '',
    when: head.when ?? 'true',
    mode: policyMode === 'enforce' ? (head.mode ?? 'enforce') : 'audit', // a policy that audits has no rule that enforces
    override: head.override ?? false,
    kind,
    wanted,
    item: ruleKinds[kind].item(wanted), // ssh.PermitRootLogin
  };
  // The table gives each kind its own wishes, which the compiler does not follow through a variable
  return rule as unknown as PolicyRule;
}
