// inventory.refresh: the core reads everything again, once the result is durable.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';

/** Reads the whole inventory again. */
export const inventoryRefresh: Kind<KindArgs<'inventory.refresh'>> = {
  name: 'inventory.refresh',
  check: async () => ({
    state: 'act',
    summary: 'Read the whole inventory again.',
    effect: { where: 'core', act: 'refresh-inventory' },
  }),
  verify: async () => null,
};
