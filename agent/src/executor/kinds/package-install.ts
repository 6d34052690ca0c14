// package.install: from the device's own repositories, nothing removed or made older for it.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkOrder, verifyOrder } from './packages/order.ts';

/** Installs packages. */
export const packageInstall: Kind<KindArgs<'package.install'>> = {
  name: 'package.install',
  check: ({ packages }, context) => checkOrder({ act: 'install', packages }, context),
  verify: ({ packages }, context) => verifyOrder({ act: 'install', packages }, context),
};
