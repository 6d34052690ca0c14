// service.start: a service that runs already is left alone.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkService, verifyService } from './services/course.ts';

/** Starts a service. */
export const serviceStart: Kind<KindArgs<'service.start'>> = {
  name: 'service.start',
  check: ({ name }, context) => checkService('start', name, context),
  verify: ({ name }, context) => verifyService('start', name, context),
};
