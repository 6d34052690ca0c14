// What the API says about one's own account, and to admins about another's.
import { type Static, Type } from 'typebox';
import { Code, Moment, OrNull, Password } from './schema.ts';

const closed = { additionalProperties: false } as const;

/** A passkey in lists. */
export const Passkey = Type.Object(
  {
    id: Type.String({ description: 'Passkey id.' }),
    name: Type.String({ description: 'Name for people.' }),
    synced: Type.Boolean({ description: 'True when its maker keeps copies, as of those in a phone.' }),
    credential: Type.String({ description: 'Credential id, base64url: by it a page asks for this one.' }),
    signingKey: OrNull(
      Type.String(),
      'Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here.',
    ),
    createdAt: Moment('When it was registered.'),
    usedAt: OrNull(Moment('An instant.'), 'When it was last used; null: never since.'),
  },
  { ...closed, description: 'A passkey.' },
);
export type Passkey = Static<typeof Passkey>;

/** An identity at a provider. */
const Identity = Type.Object(
  {
    id: Type.String({ description: 'Identity id.' }),
    issuer: Type.String({ description: 'The provider.' }),
    name: Type.String({ description: 'What the provider calls this person.' }),
    createdAt: Moment('When it was linked.'),
  },
  { ...closed, description: 'An identity at a provider of OpenID Connect.' },
);

/** How a person signs in. */
export const Account = Type.Object(
  {
    passkeys: Type.Array(Passkey, { description: 'Oldest first.' }),
    passwordAt: OrNull(Moment('An instant.'), 'When the password was set; null: none.'),
    totpAt: OrNull(
      Moment('An instant.'),
      'When the one-time code was confirmed; null: none, so that the password does not count.',
    ),
    recoveryCodes: Type.Integer({ description: 'Recovery codes left.' }),
    identities: Type.Array(Identity, { description: 'Oldest first.' }),
  },
  { ...closed, description: 'The ways in which a person can sign in.' },
);
export type Account = Static<typeof Account>;

/** All passkeys. */
export const PasskeyList = Type.Object(
  { items: Type.Array(Passkey), next: Type.Null({ description: 'Always null: the list is short.' }) },
  { ...closed, description: 'All passkeys, oldest first.' },
);

/** A password to be set. */
export const NewPassword = Type.Object(
  { password: Password },
  { ...closed, description: 'At least 12 characters, and none of the worst known ones.' },
);

/** The secret of one-time codes, to be put into an app. */
export const NewTotp = Type.Object(
  {
    secret: Type.String({ description: 'The secret, base32; shown this once.' }),
    uri: Type.String({ description: 'The same as otpauth:// address, for a QR code.' }),
  },
  { ...closed, description: 'A secret that counts once a code of it was confirmed.' },
);

/** A code of it. */
export const TotpCode = Type.Object({ code: Code }, { ...closed, description: 'A code of the new secret.' });

/** Recovery codes: the only time they are shown. */
export const RecoveryCodes = Type.Object(
  { codes: Type.Array(Type.String({ description: 'A code.' }), { description: 'Each is good once.' }) },
  { ...closed, description: 'New recovery codes; shown this once. Former ones do not count any more.' },
);

/** A session in lists. */
export const Session = Type.Object(
  {
    id: Type.String({ description: 'Session id.' }),
    isCurrent: Type.Boolean({ description: 'True for the one that asks.' }),
    method: Type.String({ description: 'How it was signed in: passkey, password, oidc or setup.' }),
    address: Type.String({ description: 'Address it was signed in from.' }),
    program: Type.String({ description: 'Browser, as it named itself.' }),
    createdAt: Moment('When it was signed in.'),
    usedAt: Moment('When it was last used; up to a minute late.'),
    expiresAt: Moment('When it ends at the latest.'),
  },
  { ...closed, description: 'A session.' },
);
export type Session = Static<typeof Session>;

/** Sessions. */
export const SessionList = Type.Object(
  { items: Type.Array(Session), next: Type.Null({ description: 'Always null: the list is short.' }) },
  { ...closed, description: 'Sessions, newest first.' },
);

/** How many ended. */
export const Ended = Type.Object({ ended: Type.Integer({ description: 'Sessions that ended.' }) }, closed);

/** Addresses. */
const id = (prefix: string, what: string) =>
  Type.String({ pattern: `^${prefix}_[a-z2-7]{26}$`, description: `${what} id.` });
export const PasskeyParams = Type.Object({ id: id('pky', 'Passkey') }, closed);
export const IdentityParams = Type.Object({ id: id('idn', 'Identity') }, closed);
export const SessionParams = Type.Object({ id: id('ses', 'Session') }, closed);
export const PersonSessionParams = Type.Object(
  { id: id('per', 'Person'), sessionId: id('ses', 'Session') },
  closed,
);
