// Routes by which admins let people in. Nobody makes a link for somebody stronger.
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { requireNotWeaker } from '../access/index.ts';
import { describeAccount } from './account.ts';
import type { SigninDeps } from './deps.ts';
import { INVITATION_MS } from './limits.ts';
import { makeLink } from './links.ts';
import { tags } from './routes-parts.ts';
import { registerPersonSessionRoutes } from './routes-sessions.ts';
import { MadeSetupLink, PersonParams } from './schema.ts';
import { Account } from './schema-me.ts';

const writing = { permission: 'persons.write', scope: 'organization', stepUp: true } as const;

/** Registers them. */
export function registerPersonRoutes(app: HttpApp, deps: SigninDeps): void {
  app.get(
    '/api/v1/persons/:id/account',
    {
      config: { permission: 'persons.read', scope: 'organization' },
      schema: {
        summary: 'Show how a person signs in',
        tags,
        params: PersonParams,
        response: { 200: Account },
      },
    },
    (request) => describeAccount(deps, { tenant: principalOf(request).tenant, person: request.params.id }),
  );
  app.post(
    '/api/v1/persons/:id/invitations',
    {
      config: writing,
      schema: {
        summary: 'Make a link by which a person sets up his account, or gets back into it',
        tags,
        params: PersonParams,
        response: { 201: MadeSetupLink },
      },
    },
    async (request, reply) => {
      const maker = principalOf(request);
      const owner = { tenant: maker.tenant, person: request.params.id };
      await requireNotWeaker(deps.sql, maker, owner.person);
      const wish = {
        site: deps.site,
        lifeMs: INVITATION_MS,
        maker,
        origin: originOf(request),
      };
      return reply.code(201).send(await makeLink(deps, owner, wish));
    },
  );
  registerPersonSessionRoutes(app, deps);
}
