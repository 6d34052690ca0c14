// Route of the trust document in force, with what is still soft about it.
import { Type } from 'typebox';
import type { HttpApp } from '../../core/http/server.ts';
import type { Trust } from './service.ts';

const closed = { additionalProperties: false } as const;

const TrustView = Type.Object(
  {
    organization: Type.Object(
      {
        id: Type.String({ description: 'Organization id.' }),
        name: Type.String({ description: 'Its name.' }),
      },
      { ...closed, description: 'Whose trust this is.' },
    ),
    version: Type.Integer({ description: 'Version of the document in force.' }),
    hash: Type.String({ description: 'sha256 of its bytes, base64url; enrollment tokens carry it.' }),
    mode: Type.String({ description: 'quickstart, solo or hardened.' }),
    signers: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'Signer id.' }),
          name: Type.String({ description: 'Name for people.' }),
          kind: Type.String({ description: 'person or automation.' }),
          roles: Type.Array(Type.String(), { description: 'request, approve, halt.' }),
        },
        closed,
      ),
      { description: 'Who may sign.' },
    ),
    soft: Type.Array(Type.String(), {
      description: 'What the mode does not claim, in plain sentences; empty when nothing is soft.',
    }),
  },
  { ...closed, description: 'The trust document in force.' },
);

/** What a mode leaves open, in sentences for people. */
const softness: Readonly<Record<string, readonly string[]>> = {
  quickstart: [
    'The root key, the signer key and the server key lie beside the server, so whoever owns the server owns the trust document.',
    'The agents of this mode claim nothing beyond an authentic, encrypted connection.',
  ],
};

/** Registers the route. */
export function registerTrustRoutes(app: HttpApp, trust: Trust): void {
  app.get(
    '/api/v1/trust',
    {
      config: { permission: 'trust.read' },
      schema: { summary: 'Show the trust document in force', tags: ['trust'], response: { 200: TrustView } },
    },
    async () => {
      const { document, hash } = trust.current();
      return {
        organization: { id: trust.org, name: trust.name },
        version: document.version,
        hash,
        mode: document.mode,
        signers: document.signers.map(({ id, name, kind, roles }) => ({ id, name, kind, roles: [...roles] })),
        soft: [...(softness[document.mode] ?? [])],
      };
    },
  );
}
