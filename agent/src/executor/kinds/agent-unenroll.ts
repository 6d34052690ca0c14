// agent.unenroll: the core forgets its keys, once the result has reached the server.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';

/** Takes the device out of the organization. */
export const agentUnenroll: Kind<KindArgs<'agent.unenroll'>> = {
  name: 'agent.unenroll',
  check: async () => ({
    state: 'act',
    summary: 'Forget the keys and the enrollment of this device; it has to be enrolled anew by hand.',
    effect: { where: 'core', act: 'unenroll' },
  }),
  verify: async () => null,
};
