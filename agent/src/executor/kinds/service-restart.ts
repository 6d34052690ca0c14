// service.restart: whether an interrupted one took place is asked of the service manager.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkService, probeRestart, verifyService } from './services/course.ts';

/** Restarts a service. */
export const serviceRestart: Kind<KindArgs<'service.restart'>> = {
  name: 'service.restart',
  check: ({ name }, context) => checkService('restart', name, context),
  verify: ({ name }, context) => verifyService('restart', name, context),
  probe: ({ name }, context, started) => probeRestart(name, context, started),
};
