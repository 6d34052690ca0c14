// Who can tell whether a policy is for a device: the device alone, or only the server.
import type { Policy } from '../document/policy.ts';
import { compileExpression } from '../language/index.ts';

/**
 * True where `on` or `except` names what no device knows of itself (label, group, seen …): the server's word decides then, within the
 * bound. A device judges all others alone, so a server can neither widen nor narrow them.
 * @throws MusterError E_EXPRESSION for expressions that `checkPolicy` would have refused
 */
export function needsServer({ on, except }: Pick<Policy, 'on' | 'except'>): boolean {
  return ![on, except].every((text) => compileExpression(text, { for: 'server' }).isDeviceOnly);
}
