// Checks the exceptions of a policy: their form, the rule that each is about, the devices, and the end.
import { formatSecond, type PolicyException } from '../exceptions/exception.ts';
import { MAX_EXCEPTIONS } from '../exceptions/limits.ts';
import { suggest } from '../language/suggest.ts';
import { normalizeItem } from '../rules.ts';
import type { CheckedRule } from './check-rule.ts';
import type { ExceptionShape } from './exception-schema.ts';
import { isKeys, type Keys, readKey } from './keys.ts';
import { describeNoDay, readEnd } from './moments.ts';
import type { PolicyFault } from './policy.ts';
import { findRepeats } from './repeats.ts';
import { findShapeFaults, type Path, quote } from './shape.ts';
import { findHidden, type ReadOnce } from './texts.ts';

/** Exceptions that were checked. */
export interface CheckedExceptions {
  readonly faults: readonly PolicyFault[];
  /** In the order of the file; those that are right. */
  readonly exceptions: readonly PolicyException[];
}

/** What they are checked against. */
export interface ExceptionContext {
  /** Rules of the policy, also those that are wrong. */
  readonly rules: readonly CheckedRule[];
  readonly read: ReadOnce;
}

/** One of them. */
interface CheckedException {
  readonly faults: readonly PolicyFault[];
  readonly exception: PolicyException | null;
  /** Rule and devices in their one form; null where one of them is wrong. */
  readonly about: string | null;
}

/** All exceptions of a policy; nothing of a list that is too long, which is told by the shape. */
export function checkExceptions(policy: Keys, context: ExceptionContext): CheckedExceptions {
  const value = readKey(policy, 'exceptions');
  // Anything may stand there
  const list: readonly unknown[] = Array.isArray(value) && value.length <= MAX_EXCEPTIONS ? value : [];
  const checked = list.map((one, at) => checkException(one, ['exceptions', at], context));
  const twins = findRepeats(
    checked.map(({ about }) => about),
    (_, at, first) => ({
      path: ['exceptions', at],
      message: `Exception ${first + 1} is about the same rule on the same devices; keep one of them.`,
    }),
  );
  return {
    faults: [...checked.flatMap(({ faults }) => faults), ...twins],
    exceptions: checked.flatMap(({ exception }) => (exception === null ? [] : [exception])),
  };
}

/** One exception: the form first, then what each key says. */
function checkException(value: unknown, path: Path, { rules, read }: ExceptionContext): CheckedException {
  const shape = findShapeFaults('exception', value, path);
  if (shape.length > 0 || !isKeys(value)) return { faults: shape, exception: null, about: null }; // the questions below trust the form
  // Its shape has been checked
  const said = value as unknown as ExceptionShape;
  const on = read(said.on, 'server'); // a label, a group: whatever says for whom a policy is
  const rule = rules.find(({ id }) => id === said.rule); // also one that is wrong itself
  const endMs = readEnd(said.until);
  const faults = [
    ...findHidden(value, path, ['on']), // reason, approver
    ...('meaning' in on ? [] : [{ path: [...path, 'on'], ...on }]),
    ...findRuleFaults(said, path, rules), // against the policy
    ...(endMs === null ? [{ path: [...path, 'until'], message: describeNoDay(said.until) }] : []),
  ];
  // Two of these would differ in nothing but their words
  const about = 'meaning' in on ? `${said.rule} ${on.meaning}` : null;
  if (faults.length > 0 || endMs === null) return { faults, exception: null, about };
  const { reason, approvedBy } = said; // as written
  return {
    faults,
    // Of a rule that is wrong itself there is no item, and then there is no policy
    exception: {
      ...{ rule: said.rule, item: rule?.item ?? '', on: said.on },
      ...{ reason, approvedBy, until: formatSecond(endMs) },
    },
    about,
  };
}

/** A rule that is not there, or that is about something else than the exception was meant for. */
function findRuleFaults(said: ExceptionShape, path: Path, rules: readonly CheckedRule[]): PolicyFault[] {
  const rule = rules.find(({ id }) => id === said.rule);
  if (rule === undefined) {
    // What may be meant
    const ids = rules.flatMap(({ id }) => (id === null ? [] : [id]));
    return [
      {
        path: [...path, 'rule'],
        message: `There is no rule ${quote(said.rule)} in this policy${suggest(said.rule, ids)}.`,
      },
    ];
  }
  if (said.item === undefined || rule.item === null || normalizeItem(said.item) === rule.item) return [];
  return [
    {
      path: [...path, 'item'],
      message: `The rule ${quote(said.rule)} is about ${quote(rule.item)}; write that, or leave this out.`,
    },
  ];
}
