// What the API says about saved views.
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Views that one person keeps. */
export const MAX_VIEWS = 100;

const PageName = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,31}$',
  description: 'Page whose list it is, as `devices`.',
});
const ViewName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'Name for people.',
});
const Search = Type.String({
  maxLength: 4_096,
  pattern: '^[^\\u0000-\\u001f\\u007f#]*$',
  description: 'What stands behind `?` in the address of the page: filter, columns, order.',
});
const Shared = Type.Boolean({
  description: 'Everybody of the organization sees it; only its maker changes it.',
});

/** One view. */
export const View = Type.Object(
  {
    id: Type.String({ description: 'View id.' }),
    page: PageName,
    name: ViewName,
    search: Search,
    shared: Shared,
    own: Type.Boolean({ description: 'True for those of the caller.' }),
    default: Type.Boolean({ description: 'The page opens with it for the caller.' }),
    ownerName: Type.String({ description: 'Who keeps it.' }),
    changedAt: Type.String({ format: 'date-time', description: 'When it was changed last.' }),
  },
  { ...closed, description: 'A saved view of a list.' },
);
export type View = Static<typeof View>;

/** The caller's own, and shared ones. */
export const ViewList = Type.Object({ views: Type.Array(View) }, closed);

export const ViewQuery = Type.Object({ page: Type.Optional(PageName) }, closed);

/** A view to be saved. */
export const NewView = Type.Object(
  {
    page: PageName,
    name: ViewName,
    search: Search,
    shared: Type.Boolean({ default: false, description: 'Needs the permission views.write.' }),
    default: Type.Boolean({ default: false, description: 'Let the page open with it.' }),
  },
  { ...closed, description: 'A view to be saved.' },
);
export type NewView = Static<typeof NewView>;

/** What changes of a view; of a shared one of somebody else only `default` may. */
export const ViewChange = Type.Object(
  {
    name: Type.Optional(ViewName),
    search: Type.Optional(Search),
    shared: Type.Optional(Shared),
    default: Type.Optional(Type.Boolean({ description: 'Whether the page opens with it for the caller.' })),
  },
  { ...closed, description: 'What changes of a view; what is not named stays.' },
);
export type ViewChange = Static<typeof ViewChange>;

export const ViewParams = Type.Object(
  { id: Type.String({ pattern: '^viw_[a-z2-7]{26}$', description: 'View id.' }) },
  closed,
);
