// Parameters of the kinds user.lock and user.unlock.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** A local account. Since 2. */
export const UserArgs = Type.Object(
  { name: Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,31}$', description: 'Name of a local account.' }) },
  { ...closed, description: 'A local account.' },
);
export type UserArgs = Static<typeof UserArgs>;
