// What the API says about persons, their keys and tokens, and about who is asking.
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Longest life of a person's token, ms. */
const MAX_TOKEN_MS = 366 * 86_400_000;

/** Text for people, on one line. */
const Name = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'Name for people.',
});
const PersonId = Type.String({ pattern: '^per_[a-z2-7]{26}$', description: 'Person id.' });
const Handle = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  description: 'Short name, as anna: how commands name this person, and the id he has or gets as a signer.',
});
const Moment = (description: string) => Type.String({ format: 'date-time', description });
const SignerId = Type.Union([Type.String(), Type.Null()], {
  description: 'Signer of the trust document who has one of his keys; null for none.',
});

/** A person. */
export const Person = Type.Object(
  {
    id: Type.String({ description: 'Person id.' }),
    handle: Type.String({ description: 'Short name.' }),
    name: Type.String({ description: 'Name for people.' }),
    signerId: SignerId,
    keys: Type.Array(
      Type.Object(
        {
          key: Type.String({ description: 'Raw Ed25519 public key, base64url.' }),
          keyid: Type.String({ description: 'First 16 hex of sha256 of its SPKI.' }),
          name: Type.String({ description: 'Name of the key.' }),
          at: Moment('When it was registered.'),
        },
        closed,
      ),
      { description: 'Public keys he has shown to hold. Only the trust document makes one a signer\u2019s.' },
    ),
    tokens: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'Token id.' }),
          name: Type.String({ description: 'Its name.' }),
          expiresAt: Moment('When it ends.'),
        },
        closed,
      ),
      { description: 'API tokens in force.' },
    ),
    createdAt: Moment('When he was added.'),
  },
  { ...closed, description: 'A person.' },
);
export type Person = Static<typeof Person>;

/** Everybody. */
export const PersonList = Type.Object(
  { items: Type.Array(Person), next: Type.Null({ description: 'Always null: the list is short.' }) },
  { ...closed, description: 'All persons, oldest first.' },
);

/** A person to be added. */
export const NewPerson = Type.Object(
  { name: Name, id: Type.Optional(Handle) },
  { ...closed, description: 'A person; without an id one is made of the name.' },
);

/** A key to be registered. */
export const NewKey = Type.Object(
  {
    key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Raw Ed25519 public key, base64url.' }),
    name: Name,
    proof: Type.String({
      pattern: '^[A-Za-z0-9_-]{86}$',
      description:
        'Signature of the key over PAE("application/vnd.muster.key-proof.v1", organization id, line feed, key), base64url.',
    }),
  },
  { ...closed, description: 'A public key with the proof that its private half is at hand.' },
);
export type NewKey = Static<typeof NewKey>;

/** A token to be made. */
export const NewPersonToken = Type.Object(
  {
    name: Name,
    permissions: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 64,
        description: 'Permissions; without them those of the token that asks, never more than these.',
      }),
    ),
    expiresInMs: Type.Integer({
      minimum: 60_000,
      maximum: MAX_TOKEN_MS,
      default: 90 * 86_400_000,
      description: 'Life time, ms; never longer than that of the token that asks.',
    }),
  },
  { ...closed, description: 'A token to be made.' },
);
export type NewPersonToken = Static<typeof NewPersonToken>;

/** The answer to making a token: the only time its text is shown. */
export const MadePersonToken = Type.Object(
  {
    id: Type.String({ description: 'Token id.' }),
    token: Type.String({ description: 'The token; shown this once.' }),
    permissions: Type.Array(Type.String(), { description: 'What it may do.' }),
    expiresAt: Moment('When it ends.'),
  },
  { ...closed, description: 'A made token with its secret.' },
);

/** Who is asking. */
export const Whoami = Type.Object(
  {
    tenant: Type.Integer({ description: 'Number of the organization on this server.' }),
    token: Type.Object(
      {
        id: Type.String({ description: 'Token id.' }),
        name: Type.String({ description: 'Its name.' }),
        permissions: Type.Array(Type.String(), { description: 'What it may do.' }),
        expiresAt: Moment('When it ends.'),
      },
      closed,
    ),
    person: Type.Union(
      [
        Type.Object(
          {
            id: Type.String({ description: 'Person id.' }),
            handle: Type.String({ description: 'Short name.' }),
            name: Type.String({ description: 'Name for people.' }),
            signerId: SignerId,
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'Whose token it is; null: nobody\u2019s.' },
    ),
  },
  { ...closed, description: 'The token that asks, and whose it is.' },
);

/** Addresses. */
export const PersonParams = Type.Object({ id: PersonId }, closed);
export const PersonTokenParams = Type.Object(
  {
    id: PersonId,
    tokenId: Type.String({ pattern: '^tok_[a-z2-7]{26}$', description: 'Token id.' }),
  },
  closed,
);
