// package.upgrade: within what the device's own repositories offer, nothing removed for it.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkOrder, verifyOrder } from './packages/order.ts';
import type { Order } from './packages/provider.ts';

function orderOf({ names }: KindArgs<'package.upgrade'>): Order {
  return { act: 'upgrade', packages: names.map((name) => ({ name, version: '' })) };
}

/** Upgrades packages. */
export const packageUpgrade: Kind<KindArgs<'package.upgrade'>> = {
  name: 'package.upgrade',
  check: (args, context) => checkOrder(orderOf(args), context),
  verify: (args, context) => verifyOrder(orderOf(args), context),
};
