// Parameters of the kinds file.put and file.fetch.
import { type Static, Type } from 'typebox';
import { Bytes32 } from '../../messages/fields.ts';
import { closed } from '../fields.ts';

/** An absolute path without control characters; `..`, `.` and doubled slashes are refused by the kind itself. */
const AbsolutePath = Type.String({
  maxLength: 1024,
  pattern: '^/[^\\u0000-\\u001f\\u007f]{1,1023}$',
  description: 'Absolute path.',
});

/** Puts signed content in a place. Since 2. */
export const FilePutArgs = Type.Object(
  {
    /** sha256 of content whose use is `file`. */
    content: Bytes32,
    path: AbsolutePath,
    /** Permission bits in octal, as 0644. Set-uid, set-gid and sticky bits cannot be given. */
    mode: Type.String({ pattern: '^0[0-7]{3}$', description: 'Mode in octal, as 0644.' }),
    /** User name; empty: root, or whoever the executor runs as. */
    owner: Type.String({ pattern: '^(?:[a-z_][a-z0-9_-]{0,31})?$', description: 'Owner; empty: root.' }),
    /** Group name; empty: the owner's. */
    group: Type.String({
      pattern: '^(?:[a-z_][a-z0-9_-]{0,31})?$',
      description: "Group; empty: the owner's.",
    }),
  },
  { ...closed, description: 'Content and where it belongs.' },
);
export type FilePutArgs = Static<typeof FilePutArgs>;

/** Fetches a file from a device. Since 2. */
export const FileFetchArgs = Type.Object(
  { path: AbsolutePath },
  { ...closed, description: 'A file of the device.' },
);
export type FileFetchArgs = Static<typeof FileFetchArgs>;
