// Parameters of the kinds that take none.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** No parameter at all. */
export const NoArgs = Type.Object({}, { ...closed, description: 'No parameters.' });
export type NoArgs = Static<typeof NoArgs>;
