// service.enable: the service starts with the machine from now on.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkService, verifyService } from './services/course.ts';

/** Enables a service. */
export const serviceEnable: Kind<KindArgs<'service.enable'>> = {
  name: 'service.enable',
  check: ({ name }, context) => checkService('enable', name, context),
  verify: ({ name }, context) => verifyService('enable', name, context),
};
