// What the API says about permissions, roles and who holds them.
import { type Static, Type } from 'typebox';
import { MAX_GRANT_NAMES, MAX_GRANTS, MAX_WHERE_CHARS } from './limits.ts';

const closed = { additionalProperties: false } as const;

function orNull(names: string) {
  return Type.Union([Type.Array(Type.String()), Type.Null()], { description: `${names}; null: all.` });
}

/** A permission, and where it holds. */
export const GrantView = Type.Object(
  {
    permission: Type.String({ description: 'As GET /api/v1/permissions lists them.' }),
    where: Type.Union([Type.String(), Type.Null()], {
      description: 'Expression over devices; null: every device.',
    }),
    kinds: orNull('Kinds of command that may be ordered'),
    contents: orNull('Digests of signed content that may be ordered'),
  },
  { ...closed, description: 'A permission, and where it holds.' },
);

/** Limits somebody to some devices. */
export const Where = Type.Union([Type.String({ minLength: 1, maxLength: MAX_WHERE_CHARS }), Type.Null()], {
  description: 'Expression over devices, as label("env") == "test"; null or absent: every device.',
});

function Names(pattern: string, description: string) {
  return Type.Union(
    [Type.Array(Type.String({ pattern }), { minItems: 1, maxItems: MAX_GRANT_NAMES }), Type.Null()],
    { description: `${description}; null or absent: all.` },
  );
}

/** A grant as it is asked for. */
const NewGrant = Type.Object(
  {
    permission: Type.String({ maxLength: 64, description: 'As GET /api/v1/permissions lists them.' }),
    where: Type.Optional(Where),
    kinds: Type.Optional(Names('^[a-z][a-z0-9.-]{0,63}$', 'Kinds of command that may be ordered')),
    contents: Type.Optional(
      Names('^[A-Za-z0-9_-]{43}$', 'Digests of signed content, one of which an order must name'),
    ),
  },
  closed,
);

/** A role to be made, or as it is to become. */
export const NewRole = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Name for people; no two roles have the same.',
    }),
    description: Type.Optional(
      Type.String({
        maxLength: 256,
        pattern: '^[^\\u0000-\\u001f\\u007f]*$',
        description: 'What it is for.',
      }),
    ),
    grants: Type.Array(NewGrant, {
      maxItems: MAX_GRANTS,
      description: 'What it allows. It becomes as narrow as what its maker has himself.',
    }),
  },
  { ...closed, description: 'A role.' },
);
export type NewRole = Static<typeof NewRole>;

/** A role. */
export const Role = Type.Object(
  {
    id: Type.String({ description: 'Name of a built-in role, or an id.' }),
    name: Type.String({ description: 'Name for people.' }),
    description: Type.String({ description: 'What it is for.' }),
    isBuiltIn: Type.Boolean({ description: 'True: it comes with the server and cannot be changed.' }),
    grants: Type.Array(GrantView, { description: 'What it allows.' }),
    holders: Type.Integer({ description: 'Persons who have it.' }),
  },
  { ...closed, description: 'A role.' },
);
export type Role = Static<typeof Role>;

/** All roles. */
export const RoleList = Type.Object(
  { items: Type.Array(Role), next: Type.Null({ description: 'Always null: the list is short.' }) },
  { ...closed, description: 'Built-in roles, then custom ones by name.' },
);

/** All permissions. */
export const PermissionList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'As routes name it.' }),
          says: Type.String({ description: 'What it allows.' }),
          reach: Type.String({
            description:
              'devices: can be limited to some. organization: who is limited to some devices has it not. shared: he has it all the same.',
          }),
          isOrdering: Type.Boolean({ description: 'True: kinds and content can be limited.' }),
        },
        closed,
      ),
    ),
    next: Type.Null({ description: 'Always null: the list is short.' }),
  },
  { ...closed, description: 'Every permission there is.' },
);

const RoleId = Type.String({ pattern: '^rol_[a-z2-7]{26}$', description: 'Role id.' });

/** Addresses. */
export const RoleParams = Type.Object({ id: RoleId }, closed);
export const PersonRoleParams = Type.Object(
  {
    id: Type.String({ pattern: '^per_[a-z2-7]{26}$', description: 'Person id.' }),
    role: Type.String({
      pattern: '^([a-z]{1,20}|rol_[a-z2-7]{26})$',
      description: 'Name of a built-in role, or id.',
    }),
  },
  closed,
);

/** How a role is given. */
export const NewPersonRole = Type.Object(
  { where: Type.Optional(Where) },
  { ...closed, description: 'Limits what the role allows to some devices.' },
);

/** A change of a person. */
export const PersonChange = Type.Object(
  { disabled: Type.Boolean({ description: 'True: nobody acts for him, neither he nor his tokens.' }) },
  { ...closed, description: 'A change of a person.' },
);
