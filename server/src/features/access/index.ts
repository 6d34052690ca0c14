// Access: owns API tokens and the list of permissions.
export { allPermissions } from './permissions.ts';
export { authenticate, makeApiToken, revokeApiToken } from './service.ts';
