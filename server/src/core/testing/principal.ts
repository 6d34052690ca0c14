// A caller for tests of routes: everything he may, he may everywhere, unless the test says otherwise.
import { grantEverywhere, type Principal } from '../http/permission.ts';

/** Makes one of its permissions; the grants follow from them. */
export function makePrincipal(permissions: Iterable<string>, given: Partial<Principal> = {}): Principal {
  const all = new Set(permissions);
  return {
    tenant: 1,
    via: 'token',
    tokenId: 'tok_x',
    name: 'tester',
    permissions: all,
    grants: grantEverywhere(all),
    person: null,
    handle: null,
    expiresMs: Number.MAX_SAFE_INTEGER,
    provenMs: null,
    ...given,
  };
}
