// What a device can judge by itself of the devices that a policy is for.
import { isMusterError } from '../../errors.ts';
import type { Policy } from '../document/policy.ts';
import { compileExpression, formatPredicate, type Predicate } from '../language/index.ts';

/**
 * The `bound` of a policy: holds on every device for which `on` holds and `except` does not, and names nothing that only the
 * server knows. So a server that says "this is for you" can widen a policy only as far as the bound goes. Empty where nothing of
 * both can be judged by a device, or where it would be too long for an expression.
 * @throws MusterError E_EXPRESSION for expressions that `checkPolicy` would have refused
 */
export function makeBound({ on, except }: Pick<Policy, 'on' | 'except'>): string {
  // `a && b` is narrower than each: leaving one out widens, which is safe. `a || b` cannot be taken apart so.
  const wanted = partsOf(on, 'all').filter((text) => text !== 'true');
  // `!(a || b)` is `!a && !b`, so of the exceptions it is the other way round.
  const unwanted = partsOf(except, 'any').filter((text) => text !== 'false');
  // Brackets: `!` binds closer than anything inside.
  const not = unwanted.map((text) => `!(${text})`);
  // The longer first: what bounds more is better.
  const drafts = [[...wanted.map(bracket), ...not], wanted.map(bracket)];
  return drafts.map((parts) => parts.join(' && ')).find(isForDevice) ?? '';
}

/** The parts of a join that a device can judge; of anything else the whole, where it can judge that. */
function partsOf(text: string, join: 'all' | 'any'): string[] {
  const { tree } = compileExpression(text, { for: 'server' });
  const parts: readonly Predicate[] = tree.kind === join ? tree.of : [tree];
  return parts.map(formatPredicate).filter(isForDevice);
}

/** Brackets around a join: what stands beside it binds closer. */
function bracket(text: string): string {
  return `(${text})`;
}

/** False for the empty text too, which is no expression. */
function isForDevice(text: string): boolean {
  try {
    return compileExpression(text, { for: 'device' }).isDeviceOnly;
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return false;
    throw error;
  }
}
