// package.unhold: lets packages be upgraded again.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkHold, verifyHold } from './packages/order.ts';

/** Lets packages be upgraded again. */
export const packageUnhold: Kind<KindArgs<'package.unhold'>> = {
  name: 'package.unhold',
  check: ({ names }, context) => checkHold(names, false, context),
  verify: ({ names }, context) => verifyHold(names, false, context),
};
