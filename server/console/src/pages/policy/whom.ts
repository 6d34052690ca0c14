// The list of exactly those devices that a policy is for.
import { MAX_EXPRESSION_CHARS } from '@muster/protocol/language';
import type { Policy } from '@muster/protocol/policy';
import { devicesAt } from '../devices/search.ts';

/** Pure: its address; null where the expression would be longer than a list takes. */
export function devicesFor({ on, except }: Pick<Policy, 'on' | 'except'>): string | null {
  const parts = [...(on === 'true' ? [] : [`(${on})`]), ...(except === 'false' ? [] : [`!(${except})`])];
  if (parts.length === 0) return '/devices';
  const expression = parts.join(' && ');
  return expression.length > MAX_EXPRESSION_CHARS ? null : devicesAt(expression);
}
