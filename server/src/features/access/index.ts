// Access: owns persons, their keys, API tokens and the list of permissions.
export { allPermissions, EVERY_PERMISSION } from './permissions.ts';
export { adoptSigners, findPerson } from './persons.ts';
export { registerAccessRoutes } from './routes.ts';
export { authenticate, makeApiToken, revokeApiToken } from './service.ts';
