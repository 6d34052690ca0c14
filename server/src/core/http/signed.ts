// Signed documents in requests and answers of the API.
import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** A signed document inside a request or an answer. */
export const SignedDocument = Type.Object(
  {
    payload: Type.String({
      maxLength: 180_000,
      pattern: '^[A-Za-z0-9_-]*$',
      description: 'Signed bytes, base64url.',
    }),
    payloadType: Type.String({ maxLength: 128, description: 'Kind of document, a media type.' }),
    signatures: Type.Array(
      Type.Object(
        {
          keyid: Type.String({ maxLength: 64, description: 'First 16 hex of sha256(SPKI); a hint.' }),
          sig: Type.String({ maxLength: 2_048, description: 'Signature, base64url.' }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 16, description: 'Signatures.' },
    ),
  },
  { ...closed, description: 'DSSE envelope.' },
);

/** A request that hands a signed document in. */
export const SignedBody = Type.Object({ envelope: SignedDocument }, closed);
