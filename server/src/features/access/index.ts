// Access: owns persons, their keys and roles, API tokens and the list of permissions.
export { grantsOf, mayStillReach, readStandings, requireNotWeaker, type Standing } from './holders.ts';
export { allPermissions, EVERY_PERMISSION } from './permissions.ts';
export { adoptSigners, findPerson } from './persons.ts';
export { checkLabels } from './roles.ts';
export { registerAccessRoutes } from './routes.ts';
export { authenticate, makeApiToken, revokeApiToken } from './service.ts';
export { revokeTokensOf } from './store.ts';
export { renamePerson } from './store-name.ts';
export { type HeldRole, heldBy } from './store-roles.ts';
