// What a browser and this server say to each other about passkeys: the JSON forms of WebAuthn level 3.
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const Binary = (description: string, maxLength = 8_192) =>
  Type.String({ maxLength, pattern: '^[A-Za-z0-9_-]*$', description: `${description}, base64url.` });
const Extensions = Type.Object(
  {},
  { additionalProperties: true, description: 'Results of extensions; not used.' },
);
const Attachment = Type.Optional(
  Type.Union([Type.Literal('platform'), Type.Literal('cross-platform')], {
    description: 'How it is attached.',
  }),
);
const Verification = Type.Union(
  [Type.Literal('required'), Type.Literal('preferred'), Type.Literal('discouraged')],
  { description: 'Whether the authenticator must verify the person.' },
);
const Descriptor = Type.Object(
  {
    id: Type.String({ description: 'Credential id, base64url.' }),
    type: Type.Literal('public-key'),
    transports: Type.Optional(Type.Array(Type.String(), { description: 'How it is reached.' })),
  },
  closed,
);
const ChallengeId = Type.String({
  minLength: 16,
  maxLength: 64,
  description: 'Names the challenge; good for one attempt within 5 minutes.',
});

/** Options for `navigator.credentials.create()`. */
export const CreationOptions = Type.Object(
  {
    rp: Type.Object({ id: Type.Optional(Type.String()), name: Type.String() }, closed),
    user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }, closed),
    challenge: Type.String({ description: 'The challenge, base64url.' }),
    pubKeyCredParams: Type.Array(
      Type.Object({ alg: Type.Integer(), type: Type.Literal('public-key') }, closed),
    ),
    timeout: Type.Optional(Type.Integer({ description: 'ms.' })),
    excludeCredentials: Type.Optional(Type.Array(Descriptor)),
    authenticatorSelection: Type.Optional(
      Type.Object(
        {
          residentKey: Type.Optional(Verification),
          requireResidentKey: Type.Optional(Type.Boolean()),
          userVerification: Type.Optional(Verification),
        },
        closed,
      ),
    ),
    attestation: Type.Optional(Type.Literal('none')),
  },
  { ...closed, description: 'Options for navigator.credentials.create(), JSON form.' },
);

/** Options for `navigator.credentials.get()`. */
const RequestOptions = Type.Object(
  {
    rpId: Type.Optional(Type.String()),
    challenge: Type.String({ description: 'The challenge, base64url.' }),
    timeout: Type.Optional(Type.Integer({ description: 'ms.' })),
    allowCredentials: Type.Optional(Type.Array(Descriptor)),
    userVerification: Type.Optional(Verification),
  },
  { ...closed, description: 'Options for navigator.credentials.get(), JSON form.' },
);

/** A challenge to register a passkey. */
export const CreationChallenge = Type.Object(
  { challengeId: ChallengeId, options: CreationOptions },
  { ...closed, description: 'What a passkey is registered with.' },
);

/** A challenge to show a passkey. */
export const RequestChallenge = Type.Object(
  { challengeId: ChallengeId, options: RequestOptions },
  { ...closed, description: 'What a passkey is shown with.' },
);

/** A passkey that a browser has made. */
export const Attestation = Type.Object(
  {
    challengeId: ChallengeId,
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Name for people, as the device it lies on.',
    }),
    response: Type.Object(
      {
        id: Binary('Credential id', 1_400),
        rawId: Binary('Credential id', 1_400),
        type: Type.Literal('public-key'),
        authenticatorAttachment: Attachment,
        clientExtensionResults: Extensions,
        response: Type.Object(
          {
            clientDataJSON: Binary('Client data'),
            attestationObject: Binary('Attestation', 32_768),
            authenticatorData: Type.Optional(Binary('Authenticator data')),
            transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 8 })),
            publicKeyAlgorithm: Type.Optional(Type.Integer()),
            publicKey: Type.Optional(Binary('Public key')),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  { ...closed, description: 'A passkey that a browser has made.' },
);
export type Attestation = Static<typeof Attestation>;

/** A passkey that a browser shows. */
export const Assertion = Type.Object(
  {
    challengeId: ChallengeId,
    response: Type.Object(
      {
        id: Binary('Credential id', 1_400),
        rawId: Binary('Credential id', 1_400),
        type: Type.Literal('public-key'),
        authenticatorAttachment: Attachment,
        clientExtensionResults: Extensions,
        response: Type.Object(
          {
            clientDataJSON: Binary('Client data'),
            authenticatorData: Binary('Authenticator data'),
            signature: Binary('Signature'),
            userHandle: Type.Optional(Binary('User handle')),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  { ...closed, description: 'A passkey that a browser shows.' },
);
export type Assertion = Static<typeof Assertion>;
