// service.stop: a service that is stopped already is left alone.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkService, verifyService } from './services/course.ts';

/** Stops a service. */
export const serviceStop: Kind<KindArgs<'service.stop'>> = {
  name: 'service.stop',
  check: ({ name }, context) => checkService('stop', name, context),
  verify: ({ name }, context) => verifyService('stop', name, context),
};
