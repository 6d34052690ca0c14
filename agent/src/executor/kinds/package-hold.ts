// package.hold: keeps packages at their version.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkHold, verifyHold } from './packages/order.ts';

/** Keeps packages at their version. */
export const packageHold: Kind<KindArgs<'package.hold'>> = {
  name: 'package.hold',
  check: ({ names }, context) => checkHold(names, true, context),
  verify: ({ names }, context) => verifyHold(names, true, context),
};
