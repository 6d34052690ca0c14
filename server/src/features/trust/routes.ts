// Routes of trust: the document in force with what is soft about it, its chain, the next document, the next server key.
import { type Envelope, MAX_TRUST_CHAIN } from '@muster/protocol';
import { type Static, Type } from 'typebox';
import { originOf } from '../../core/audit/audit.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { Trust } from './service.ts';

const closed = { additionalProperties: false } as const;
const tags = ['trust'];

/** A signed document on the wire; looked at by the strict parser, not here. */
const EnvelopeBody = Type.Object(
  {
    payload: Type.String({ description: 'The signed bytes, base64url.' }),
    payloadType: Type.String({ description: 'Kind of document.' }),
    signatures: Type.Array(
      Type.Object(
        {
          keyid: Type.String({ description: 'First 16 hex of sha256 of the SPKI of the key.' }),
          sig: Type.String({ description: 'Signature over PAE(payloadType, payload), base64url.' }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 16, description: 'Signatures.' },
    ),
  },
  { ...closed, description: 'A signed document (DSSE envelope).' },
);

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
    document: Type.Unknown({
      description:
        'The whole trust document v1. Whoever signs a next one verifies the chain instead of believing this.',
    }),
  },
  { ...closed, description: 'The trust document in force.' },
);
type TrustView = Static<typeof TrustView>;

async function toView(trust: Trust): Promise<TrustView> {
  const { document, hash } = trust.current();
  return {
    organization: { id: trust.org, name: trust.name },
    version: document.version,
    hash,
    mode: document.mode,
    signers: document.signers.map(({ id, name, kind, roles }) => ({ id, name, kind, roles: [...roles] })),
    soft: await trust.soft(),
    document,
  };
}

function toBody({ payload, payloadType, signatures }: Envelope): Static<typeof EnvelopeBody> {
  return { payload, payloadType, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) };
}

/** Registers the routes. */
export function registerTrustRoutes(app: HttpApp, trust: Trust): void {
  app.get(
    '/api/v1/trust',
    {
      config: { permission: 'trust.read', scope: 'organization' },
      schema: { summary: 'Show the trust document in force', tags, response: { 200: TrustView } },
    },
    () => toView(trust),
  );
  app.get(
    '/api/v1/trust/chain',
    {
      config: { permission: 'trust.read', scope: 'organization' },
      schema: {
        summary: 'Show the signed trust documents from a version on, oldest first',
        tags,
        querystring: Type.Object(
          {
            from: Type.Integer({
              minimum: 1,
              maximum: Number.MAX_SAFE_INTEGER,
              default: 1,
              description: `First version wanted; at most ${MAX_TRUST_CHAIN} documents come.`,
            }),
          },
          closed,
        ),
        response: { 200: Type.Object({ envelopes: Type.Array(EnvelopeBody) }, closed) },
      },
    },
    async (request) => ({ envelopes: trust.chainFrom(request.query.from).map(toBody) }),
  );
  registerUpdateRoutes(app, trust);
}

function registerUpdateRoutes(app: HttpApp, trust: Trust): void {
  app.post(
    '/api/v1/trust/updates',
    {
      config: { permission: 'trust.write', scope: 'organization', stepUp: true },
      schema: {
        summary: 'Put the next trust document in force; its root keys decide, not this permission',
        tags,
        body: Type.Object({ envelope: EnvelopeBody }, closed),
        response: { 200: TrustView },
      },
    },
    async (request) => {
      await trust.update(request.body.envelope, originOf(request));
      return toView(trust);
    },
  );
  app.post(
    '/api/v1/trust/server-key',
    {
      config: { permission: 'trust.write', scope: 'organization', stepUp: true },
      schema: {
        summary: 'Make the next server key; it is used once a trust document lists it',
        tags,
        response: {
          200: Type.Object(
            { key: Type.String({ description: 'Raw Ed25519 public key, base64url.' }) },
            closed,
          ),
        },
      },
    },
    async (request) => ({ key: await trust.nextServerKey(originOf(request)) }),
  );
}
