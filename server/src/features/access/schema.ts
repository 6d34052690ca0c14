// What the API says about persons, their keys and tokens, and about who is asking.
import { type Static, Type } from 'typebox';
import { MAX_ROLES_PER_PERSON } from './limits.ts';
import { GrantView, Where } from './schema-roles.ts';

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

const Keys = Type.Array(
  Type.Object(
    {
      key: Type.String({
        description: 'Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65).',
      }),
      scheme: Type.Union([Type.Literal('ed25519'), Type.Literal('webauthn-es256')], {
        description: 'ed25519: a key file; webauthn-es256: a passkey.',
      }),
      keyid: Type.String({ description: 'First 16 hex of sha256 of its SPKI.' }),
      name: Type.String({ description: 'Name of the key.' }),
      at: Moment('When it was registered.'),
    },
    closed,
  ),
  { description: 'Public keys he has shown to hold. Only the trust document makes one a signer\u2019s.' },
);

/** A person. */
export const Person = Type.Object(
  {
    id: Type.String({ description: 'Person id.' }),
    handle: Type.String({ description: 'Short name.' }),
    name: Type.String({ description: 'Name for people.' }),
    signerId: SignerId,
    keys: Keys,
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
    roles: Type.Array(
      Type.Object(
        {
          role: Type.String({ description: 'Name of a built-in role, or id.' }),
          name: Type.String({ description: 'Its name for people.' }),
          where: Type.Union([Type.String(), Type.Null()], {
            description: 'Expression over devices on which it holds; null: as far as the role goes.',
          }),
        },
        closed,
      ),
      { description: 'Roles that he holds.' },
    ),
    disabledAt: Type.Union([Moment('Since when nobody acts for him.'), Type.Null()]),
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
  {
    name: Name,
    id: Type.Optional(Handle),
    roles: Type.Optional(
      Type.Array(Type.String({ pattern: '^([a-z]{1,20}|rol_[a-z2-7]{26})$' }), {
        maxItems: MAX_ROLES_PER_PERSON,
        uniqueItems: true,
        description: 'Roles that he gets at once, without limits: names of built-in ones, or ids.',
      }),
    ),
  },
  { ...closed, description: 'A person; without an id one is made of the name.' },
);
export type NewPerson = Static<typeof NewPerson>;

/** A key to be registered. */
export const NewKey = Type.Object(
  {
    key: Type.String({
      pattern: '^(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{87})$',
      description:
        'Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the uncompressed P-256 point (65).',
    }),
    name: Name,
    proof: Type.String({
      pattern: '^[A-Za-z0-9_-]{86,2048}$',
      description:
        'Signature of the key over PAE("application/vnd.muster.key-proof.v1", organization id, line feed, key), base64url; of a passkey the assertion about it, made at a page of this server.',
    }),
  },
  { ...closed, description: 'A public key with the proof that its private half is at hand.' },
);
export type NewKey = Static<typeof NewKey>;

/** A passkey with which the person who is signed in wants to sign. */
export const NewOwnKey = Type.Object(
  {
    key: Type.String({
      pattern: '^[A-Za-z0-9_-]{87}$',
      description: 'Raw public key of the passkey, base64url: the uncompressed P-256 point (65 bytes).',
    }),
    name: Name,
    proof: Type.String({
      pattern: '^[A-Za-z0-9_-]{86,2048}$',
      description: 'The assertion about the proof of the key, base64url, made at a page of this server.',
    }),
  },
  { ...closed, description: 'A passkey of one\u2019s own with the proof that it is at hand.' },
);

export const OwnKeyParams = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Id of the key, as `keyid` in lists.' }) },
  closed,
);

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
    where: Type.Optional(Where),
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
    via: Type.String({ description: 'token or session.' }),
    grants: Type.Array(GrantView, {
      description:
        'What it may do, and where: a session or token of a person no more than his roles allow now.',
    }),
    person: Type.Union(
      [
        Type.Object(
          {
            id: Type.String({ description: 'Person id.' }),
            handle: Type.String({ description: 'Short name.' }),
            name: Type.String({ description: 'Name for people.' }),
            signerId: SignerId,
            keys: Keys,
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
