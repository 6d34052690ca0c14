// Checks what a file says: every fault with its place, or the policy in its one form.

import type { PolicyException } from '../exceptions/exception.ts';
import { DEFAULT_PRIORITY, MAX_POLICIES, MAX_RULES } from '../limits.ts';
import type { PolicyFreeze, PolicyWindow } from '../windows/window.ts';
import { checkExceptions } from './check-exceptions.ts';
import { checkFreezes } from './check-freezes.ts';
import { type CheckedRule, checkRule } from './check-rule.ts';
import { checkWindows } from './check-windows.ts';
import { isKeys, type Keys, readKey } from './keys.ts';
import type { Policy, PolicyFault, PolicyMode, PolicyRule } from './policy.ts';
import { findRepeats } from './repeats.ts';
import type { PolicyHead } from './schema.ts';
import { findShapeFaults, type Path, quote } from './shape.ts';
import { createReadOnce, findHidden, type ReadOnce } from './texts.ts';

/**
 * Checks one document, as a reader of YAML or JSON gives it. All faults, in the order of looking; never throws.
 * What it costs is bounded by the size of the value.
 */
export function checkPolicy(
  value: unknown,
): { readonly policy: Policy } | { readonly faults: readonly PolicyFault[] } {
  const shape = findShapeFaults('policy', value, []); // keys and types of the policy, not of its rules
  if (!isKeys(value)) return { faults: shape }; // null for an empty document, a text, a list
  const read = createReadOnce(); // for this document: rules share conditions
  const policyMode = readMode(value); // rules are held to it
  const rules = readRules(value).map((rule, at) =>
    checkRule(rule, { path: ['rules', at], policyMode, read }),
  );
  const times = checkWindows(value); // when repairs may start
  const still = checkFreezes(value); // and when they may not
  const left = checkExceptions(value, { rules, read }); // what does not count somewhere
  const faults = [
    ...shape,
    ...findExpressionFaults(value, read), // on, except
    ...findHidden(value, [], ['on', 'except', 'rules']), // title, owner
    ...times.faults, // windows
    ...still.faults, // freezes
    ...left.faults, // exceptions
    ...rules.flatMap((rule) => rule.faults), // in the order of the file
    ...findTwins(rules), // what shows only beside each other
  ];
  if (faults.length > 0) return { faults }; // nothing is half read
  const { windows } = times;
  return {
    policy: makePolicy(value, { rules, windows, freezes: still.freezes, exceptions: left.exceptions }),
  };
}

/**
 * Faults of policies that are each right by themselves: too many of them, or two of a name. The path begins with the
 * index of the policy. A name is enough, so that files with other faults can be asked about too.
 */
export function checkPolicies(policies: readonly { readonly name: string }[]): readonly PolicyFault[] {
  const many =
    policies.length > MAX_POLICIES
      ? [{ path: [MAX_POLICIES], message: `There are more than ${MAX_POLICIES} policies; leave some out.` }]
      : [];
  const names = policies.map(({ name }) => name);
  return [...many, ...findRepeats(names, (name, at) => nameRepeated(name, [at, 'policy']))];
}

function nameRepeated(name: string, path: Path): PolicyFault {
  return { path, message: `Another policy has the name ${quote(name)}; each needs one of its own.` };
}

/** Two rules that could not be told apart, or that always decide about the same. */
function findTwins(rules: readonly CheckedRule[]): PolicyFault[] {
  const ids = rules.map(({ id }) => id); // also of rules with other faults
  // Rules are counted from 1 in sentences
  return [
    ...findRepeats(ids, (id, at, first) => ({
      path: ['rules', at, 'id'],
      message: `Rule ${first + 1} has the id ${quote(id)} too; each needs one of its own.`,
    })),
    ...findRepeats(
      rules.map(({ about }) => about),
      (_, at, first) => ({
        path: ['rules', at],
        message: `Rule ${first + 1} is about the same thing under the same condition; keep one of them, or give them a different "when".`,
      }),
    ),
  ];
}

/** The mode; null where it is none. */
function readMode(value: Keys): PolicyMode | null {
  const mode = readKey(value, 'mode') ?? 'audit'; // absent: look only
  return mode === 'audit' || mode === 'enforce' ? mode : null;
}

/** What stands under `rules`; nothing of a list that is too long, which is told by the shape. */
function readRules(value: Keys): readonly unknown[] {
  const rules = readKey(value, 'rules'); // anything may stand there
  return Array.isArray(rules) && rules.length <= MAX_RULES ? rules : [];
}

/** Which devices: the server judges, so all of the language may stand there. */
function findExpressionFaults(value: Keys, read: ReadOnce): PolicyFault[] {
  return ['on', 'except'].flatMap((key) => {
    const text = readKey(value, key); // a text, or nothing, or what the shape has refused
    const found = typeof text === 'string' ? read(text, 'server') : { meaning: '' };
    return 'meaning' in found ? [] : [{ path: [key], ...found }];
  });
}

/** Parts of a policy that were checked one by one. */
interface CheckedParts {
  readonly rules: readonly CheckedRule[];
  readonly windows: readonly PolicyWindow[];
  readonly freezes: readonly PolicyFreeze[];
  readonly exceptions: readonly PolicyException[];
}

/** The policy with its defaults. Only for what has no faults. */
function makePolicy(value: Keys, { rules, windows, freezes, exceptions }: CheckedParts): Policy {
  // Its shape has been checked
  const head = value as unknown as PolicyHead;
  return {
    name: head.policy,
    title: head.title,
    owner: head.owner,
    mode: head.mode ?? 'audit', // nothing is changed unless somebody says so
    priority: head.priority ?? DEFAULT_PRIORITY, // most policies name none
    on: head.on ?? 'true', // all devices
    except: head.except ?? 'false', // no device
    windows, // none: at any time
    missed: head.missed ?? 'next-window', // what was missed waits
    freezes, // none: at no time
    exceptions, // none: every rule counts
    rules: rules.flatMap(({ rule }): PolicyRule[] => (rule === null ? [] : [rule])),
  };
}
