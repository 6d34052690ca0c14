// Routes of enrollment tokens: make, list, revoke.
import { Type } from 'typebox';
import { done, originOf } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { FieldsQuery, parseFields, sendPage } from '../../core/http/fields.ts';
import { decodeCursor, type Keyset, PageOf, PageQuery, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { checkLabels } from '../access/index.ts';
import { EnrollmentToken, MadeEnrollmentToken, NewEnrollmentToken } from './schema.ts';
import { type EnrollmentDeps, makeToken } from './service.ts';
import { revokeToken, selectTokens, type TokenRow } from './store.ts';

const newestFirst: Keyset<[string, string]> = { list: 'enrollment-tokens:newest', key: ['string', 'string'] };

function stateOf(row: TokenRow, nowMs: number): EnrollmentToken['state'] {
  if (row.revokedAt !== null) return 'revoked';
  if (row.expiresAt.getTime() <= nowMs) return 'expired';
  return row.usesLeft === 0 ? 'spent' : 'valid';
}

function toToken(row: TokenRow, nowMs: number): EnrollmentToken {
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row, nowMs),
    usesTotal: row.usesTotal,
    usesLeft: row.usesLeft,
    autoApprove: row.autoApprove,
    labels: row.labels,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}

/** Registers the routes. `publicUrl` is the address that stands in the shown command. */
export function registerEnrollmentRoutes(app: HttpApp, deps: EnrollmentDeps, publicUrl: string): void {
  const { db, clock } = deps;

  app.post(
    '/api/v1/enrollment-tokens',
    {
      config: { permission: 'enrollment.write', scope: 'organization', stepUp: true },
      schema: {
        summary: 'Make an enrollment token',
        tags: ['enrollment'],
        body: NewEnrollmentToken,
        response: { 201: MadeEnrollmentToken },
      },
    },
    async (request, reply) => {
      const { labels = {}, ...wanted } = request.body;
      const principal = principalOf(request);
      await checkLabels(deps.sql, principal, Object.keys(labels));
      const wish = { ...wanted, labels, createdBy: principal.name, origin: originOf(request) };
      const { row, text } = await makeToken(deps, wish);
      // The token goes in by standard input: arguments of a program are seen by every user of the machine.
      const command = `echo ${text} | muster-agent enroll --server ${publicUrl} --token-file -`;
      return reply.code(201).send({ token: toToken(row, clock.now()), text, command });
    },
  );

  app.get(
    '/api/v1/enrollment-tokens',
    {
      config: { permission: 'enrollment.read', scope: 'organization' },
      schema: {
        summary: 'List enrollment tokens, newest first',
        tags: ['enrollment'],
        querystring: Type.Object({ ...PageQuery, ...FieldsQuery }, { additionalProperties: false }),
        response: { 200: PageOf(EnrollmentToken) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, fields } = request.query;
      const selected = parseFields(fields, EnrollmentToken);
      const key = decodeCursor(newestFirst, cursor);
      const after = key === undefined ? null : { createdAt: new Date(key[0]), id: key[1] };
      const { tenant } = principalOf(request);
      const rows = await withMappedErrors(() => selectTokens(db, tenant, { after, limit: limit + 1 }));
      const page = toPage(rows, limit, {
        keyset: newestFirst,
        keyOf: (row) => [row.createdAt.toISOString(), row.id],
      });
      const items = page.items.map((row) => toToken(row, clock.now()));
      return sendPage(reply, { items, next: page.next }, selected);
    },
  );

  app.delete(
    '/api/v1/enrollment-tokens/:id',
    {
      config: { permission: 'enrollment.write', scope: 'organization' },
      schema: {
        summary: 'Revoke an enrollment token',
        tags: ['enrollment'],
        params: Type.Object(
          { id: Type.String({ pattern: '^tok_[a-z2-7]{26}$', description: 'Token id.' }) },
          { additionalProperties: false },
        ),
        response: { 200: EnrollmentToken },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { id } = request.params;
      const subject = { kind: 'enrollment-token', id, name: '' };
      const event = done(originOf(request), { tenant, act: 'enrollment-token.revoke', subject });
      const row = await withMappedErrors(() => revokeToken(db, { tenant, id }, event));
      if (row === undefined)
        throw fail('E_NOT_FOUND', { detail: 'There is no enrollment token with that id.' });
      return toToken(row, clock.now());
    },
  );
}
