// What the API says about signing in, about one's session, and about setting an account up.
import { type Static, Type } from 'typebox';
import { MAX_PASSWORD_CHARS } from './limits.ts';
import { Assertion, Attestation, CreationOptions } from './schema-passkeys.ts';

const closed = { additionalProperties: false } as const;

export const Moment = (description: string) => Type.String({ format: 'date-time', description });
export const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** A password as it is typed. Its rules are checked where one is set, so that old ones can always be entered. */
export const Password = Type.String({
  minLength: 1,
  maxLength: MAX_PASSWORD_CHARS,
  description: 'The password.',
});
export const Code = Type.String({ pattern: '^[0-9]{6}$', description: 'One-time code, six digits.' });
const RecoveryCode = Type.String({
  maxLength: 40,
  pattern: '^[A-Za-z2-7 -]*$',
  description: 'Recovery code; spaces and dashes do not matter.',
});
const Secret = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'What stands behind # in the setup link.',
});
const PersonName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'Name for people.',
});

/** Who signed in, as short as pages need it. */
const SignedInPerson = Type.Object(
  {
    id: Type.String({ description: 'Person id.' }),
    handle: Type.String({ description: 'Short name; also the name for signing in by password.' }),
    name: Type.String({ description: 'Name for people.' }),
  },
  { ...closed, description: 'A person.' },
);

/** What a session may do, and where. */
const Grant = Type.Object(
  {
    permission: Type.String({ description: 'The permission.' }),
    where: OrNull(Type.String(), 'Expression for the devices; null: every device.'),
    kinds: OrNull(Type.Array(Type.String()), 'Kinds of commands; null: every kind.'),
    contents: OrNull(Type.Array(Type.String()), 'Hashes of signed content; null: any.'),
  },
  closed,
);

/** How one can sign in here. */
const Methods = Type.Object(
  {
    passkey: Type.Boolean({
      description: 'False when the address is no name: browsers have no passkeys there.',
    }),
    password: Type.Boolean({ description: 'Always true.' }),
    oidc: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'Stands in its addresses.' }),
          name: Type.String({ description: 'For the button.' }),
        },
        closed,
      ),
      { description: 'Providers of OpenID Connect.' },
    ),
  },
  { ...closed, description: 'Ways to sign in.' },
);

/** Who is signed in with this browser, and how one can. */
export const SessionView = Type.Object(
  {
    person: OrNull(SignedInPerson, 'Who is signed in; null: nobody.'),
    session: OrNull(
      Type.Object(
        {
          id: Type.String({ description: 'Session id.' }),
          method: Type.String({ description: 'How: passkey, password, oidc or setup.' }),
          expiresAt: Moment('When it ends at the latest.'),
        },
        closed,
      ),
      'The session of the cookie; null: nobody is signed in, or a token asks.',
    ),
    provenAt: OrNull(Moment('An instant.'), 'When the person last showed to be there; step-up renews it.'),
    provenForMs: Type.Integer({
      description: 'How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one.',
    }),
    permissions: Type.Array(Type.String(), { description: 'What the session may do somewhere.' }),
    grants: Type.Array(Grant, { description: 'The same with the devices, kinds and content it holds for.' }),
    mustSetUp: OrNull(
      Type.Literal('second-factor'),
      'What the account lacks; until then the session may do nothing else. null: nothing.',
    ),
    methods: Methods,
    setupNeeded: Type.Boolean({
      description: 'True while nobody can sign in: muster setup-link on the host makes the first link.',
    }),
  },
  { ...closed, description: 'Who is signed in, and how one can sign in.' },
);
export type SessionView = Static<typeof SessionView>;

/** A sign-in by password; the one-time code or a recovery code belongs to it. */
export const PasswordSignIn = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, description: 'Short name of the person, as anna.' }),
    password: Password,
    totp: Type.Optional(Code),
    recoveryCode: Type.Optional(RecoveryCode),
  },
  { ...closed, description: 'Password, and totp or recoveryCode.' },
);
export type PasswordSignIn = Static<typeof PasswordSignIn>;

/** The same for somebody who is signed in. */
export const PasswordStepUp = Type.Object(
  { password: Password, totp: Type.Optional(Code), recoveryCode: Type.Optional(RecoveryCode) },
  { ...closed, description: 'Password, and totp or recoveryCode.' },
);

/** The secret of a setup link. */
export const SetupSecret = Type.Object(
  { secret: Secret },
  { ...closed, description: 'Secret of a setup link.' },
);

/** What a setup link is good for. */
export const SetupView = Type.Object(
  {
    person: SignedInPerson,
    isFirst: Type.Boolean({ description: 'True when nobody can sign in yet.' }),
    endsFormer: Type.Boolean({
      description:
        'True when the person can sign in already: spending the link removes his passkeys, password, codes and accounts of providers, ends his sessions and revokes his API tokens.',
    }),
    expiresAt: Moment('When the link ends.'),
    passkey: OrNull(
      Type.Object(
        { challengeId: Type.String({ description: 'Names the challenge.' }), options: CreationOptions },
        closed,
      ),
      'What a passkey is registered with; null where browsers have none.',
    ),
    methods: Methods,
  },
  { ...closed, description: 'Whom the link is for, and what a passkey is registered with.' },
);

/** Spends a setup link. */
export const Setup = Type.Object(
  {
    secret: Secret,
    name: Type.Optional(PersonName),
    passkey: Type.Optional(Attestation),
    password: Type.Optional(Password),
  },
  { ...closed, description: 'The link, the name the person wants, and either a passkey or a password.' },
);
export type Setup = Static<typeof Setup>;

/** Path of the console: never another site. */
const Path = Type.String({
  maxLength: 2_048,
  pattern: "^/([A-Za-z0-9._~%?-][A-Za-z0-9._~%/?=&:,;@!$'()*+-]*)?$",
  description: 'Path of the console where the person goes on; / without it.',
});
export const Next = Type.Object({ next: Type.Optional(Path) }, closed);

/** Spends a setup link at a provider. */
export const SetupOidc = Type.Object(
  { secret: Secret, name: Type.Optional(PersonName), next: Type.Optional(Path) },
  { ...closed, description: 'The link and the name the person wants.' },
);

/** Where the browser goes on. */
export const Redirect = Type.Object(
  { url: Type.String({ description: 'Address at the provider; the page goes there.' }) },
  closed,
);

/** A made setup link: the only time it is shown. */
export const MadeSetupLink = Type.Object(
  { url: Type.String({ description: 'The link; shown this once.' }), expiresAt: Moment('When it ends.') },
  { ...closed, description: 'A link by which the person sets up his account, once.' },
);

/** Query of the way back from a provider; what else it brings is checked by the protocol. */
export const CallbackQuery = Type.Object(
  {
    state: Type.Optional(Type.String({ maxLength: 256 })),
    code: Type.Optional(Type.String({ maxLength: 4_096 })),
    error: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: true },
);

/** Addresses. */
export const ProviderParams = Type.Object(
  { id: Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Provider id.' }) },
  closed,
);
export const PersonParams = Type.Object(
  { id: Type.String({ pattern: '^per_[a-z2-7]{26}$', description: 'Person id.' }) },
  closed,
);
export { Assertion };
