// package.remove: never one that the device cannot be without, named or dragged along.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkOrder, verifyOrder } from './packages/order.ts';
import type { Order } from './packages/provider.ts';

function orderOf({ names }: KindArgs<'package.remove'>): Order {
  return { act: 'remove', packages: names.map((name) => ({ name, version: '' })) };
}

/** Removes packages. */
export const packageRemove: Kind<KindArgs<'package.remove'>> = {
  name: 'package.remove',
  check: (args, context) => checkOrder(orderOf(args), context),
  verify: (args, context) => verifyOrder(orderOf(args), context),
};
