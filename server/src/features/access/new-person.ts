// Adds a person with the roles he begins with: all of it or nothing.
import { withMappedErrors } from '../../core/db/failures.ts';
import { fail } from '../../errors.ts';
import { assignRole, type Doer, keepingAdmin } from './holders.ts';
import { addPerson, type PersonsDeps } from './persons.ts';
import type { NewPerson, Person } from './schema.ts';

/** Adds him. @throws MusterError E_FORBIDDEN for roles that are not the doer's to give, E_NOT_FOUND, E_CONFLICT */
export async function makePerson(
  deps: PersonsDeps,
  doer: Doer,
  { roles = [], ...wish }: NewPerson,
): Promise<Pick<Person, 'id'>> {
  const { principal, origin } = doer;
  const { tenant } = principal;
  if (roles.length === 0) return addPerson(deps, tenant, { ...wish, origin });
  if (!principal.permissions.has('roles.write'))
    throw fail('E_FORBIDDEN', { detail: 'This needs the permission roles.write.' });
  return withMappedErrors(() =>
    keepingAdmin(deps.sql, tenant, async (tx) => {
      const person = await addPerson({ ...deps, sql: tx }, tenant, { ...wish, origin });
      for (const role of roles)
        await assignRole(tx, doer, { person: person.id, personName: person.handle, role, where: null });
      return person;
    }),
  );
}
