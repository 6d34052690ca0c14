// Parameters of the kinds service.start, stop, restart, enable, disable.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** One service by the name its service manager knows. Since 2. */
export const ServiceArgs = Type.Object(
  {
    /** Unit name; `.service` is added where no suffix is given. Never begins with a dash, so it can be no option. */
    name: Type.String({
      pattern: '^[A-Za-z0-9_@][A-Za-z0-9_.@:-]{0,127}$',
      description: 'Name of the service, as nginx.',
    }),
  },
  { ...closed, description: 'A service.' },
);
export type ServiceArgs = Static<typeof ServiceArgs>;
