// Parameters of the kinds file.put and file.fetch.
import { type Static, Type } from 'typebox';
import { Bytes32 } from '../../messages/fields.ts';
import { AbsolutePath, closed } from '../fields.ts';

/** Puts signed content in its place. Path, mode and owner stand in the content document: two sign for them, not who runs it. Since 2. */
export const FilePutArgs = Type.Object(
  {
    /** Digest of the content document, whose use is `file`. */
    content: Bytes32,
  },
  { ...closed, description: 'Content, which says where it belongs.' },
);
export type FilePutArgs = Static<typeof FilePutArgs>;

/** Fetches a file from a device. Since 2. */
export const FileFetchArgs = Type.Object(
  { path: AbsolutePath },
  { ...closed, description: 'A file of the device.' },
);
export type FileFetchArgs = Static<typeof FileFetchArgs>;
