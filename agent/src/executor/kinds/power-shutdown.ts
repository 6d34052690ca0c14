// power.shutdown: announced, delayed, canceled until its time; another boot id proves it.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkGoingDown, probeGoingDown } from './power/course.ts';

/** Makes the machine shut down. */
export const powerShutdown: Kind<KindArgs<'power.shutdown'>> = {
  name: 'power.shutdown',
  check: (args, context) => checkGoingDown({ verb: 'poweroff', word: 'shut down', ...args }, context),
  // The effect never ends well by itself: the machine goes down in it.
  verify: async () => null,
  probe: (_args, context, started) => probeGoingDown(context, started),
};
