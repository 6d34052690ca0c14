// Collects the routes' own schemas into the OpenAPI 3.1 document, and shows it.
import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { HttpApp } from './core/http/server.ts';

interface Described {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** What has a default is filled in by the server, so a caller may leave it out. */
function withoutDefaulted<T extends Described>(schema: T): T {
  const required = schema.required?.filter((name) => schema.properties?.[name]?.default === undefined);
  return required === undefined ? schema : { ...schema, required };
}

/** The schema of a route as a caller sees it. */
function asCalled(schema: FastifySchema): FastifySchema {
  const { querystring, body } = schema as { querystring?: Described; body?: Described };
  return {
    ...schema,
    ...(querystring === undefined ? {} : { querystring: withoutDefaulted(querystring) }),
    ...(body === undefined ? {} : { body: withoutDefaulted(body) }),
  };
}

/** Registers the collector of schemas and the route that shows the document; must come before all other routes. */
export async function registerApiDocument(app: HttpApp, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    transform: ({ schema, url }) => ({ schema: asCalled(schema ?? {}), url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Muster API',
        version: '1',
        description:
          'Devices, enrollment, inventory, metrics and alerts. Errors are problem documents (RFC 9457) with a stable code.',
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  app.get(
    '/api/v1/openapi.json',
    {
      config: { public: true },
      schema: {
        summary: 'The OpenAPI document',
        tags: ['operation'],
        security: [],
        response: { 200: Type.Unknown() },
      },
    },
    async () => app.swagger(),
  );
}
