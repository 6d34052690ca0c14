// Access: owns API tokens and the list of permissions.
export { allPermissions, type Permission, permissions } from './permissions.ts';
export { type ApiTokenRequest, authenticate, makeApiToken, type Principal } from './service.ts';
