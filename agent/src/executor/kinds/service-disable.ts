// service.disable: the service no longer starts with the machine.
import type { KindArgs } from '@muster/protocol/commands';
import type { Kind } from './kind.ts';
import { checkService, verifyService } from './services/course.ts';

/** Disables a service. */
export const serviceDisable: Kind<KindArgs<'service.disable'>> = {
  name: 'service.disable',
  check: ({ name }, context) => checkService('disable', name, context),
  verify: ({ name }, context) => verifyService('disable', name, context),
};
