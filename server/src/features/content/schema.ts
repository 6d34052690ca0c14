// What the API says about content.

import { MAX_CONTENT_BYTES } from '@muster/protocol/commands';
import { type Static, Type } from 'typebox';
import { SignedDocument } from '../../core/http/signed.ts';

const closed = { additionalProperties: false } as const;

/** One content document. */
export const ContentView = Type.Object(
  {
    digest: Type.String({
      description: 'Digest of the signed document, base64url; commands name it by this.',
    }),
    sha256: Type.String({
      description: 'Hash of the body, base64url; several documents may speak of the same bytes.',
    }),
    state: Type.Union([Type.Literal('awaiting-signatures'), Type.Literal('approved')], {
      description: 'Whether enough signers have signed.',
    }),
    missing: Type.Union([Type.Literal('body'), Type.Null()], {
      description: 'body: it has not been uploaded whole; null: nothing.',
    }),
    use: Type.String({ description: 'script or file.' }),
    name: Type.String({ description: 'Name for people.' }),
    sizeBytes: Type.Integer({ description: 'Size of the body.' }),
    receivedBytes: Type.Integer({ description: 'Bytes of it that are here.' }),
    interpreter: Type.String({ description: 'What runs a script; none for a file.' }),
    place: Type.Union(
      [
        Type.Object(
          {
            path: Type.String({ description: 'Absolute path.' }),
            mode: Type.String({ description: 'Mode in octal, as 0644.' }),
            owner: Type.String({ description: 'Owner; empty: root.' }),
            group: Type.String({ description: "Group; empty: the owner's." }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'Where a file is put; null for a script.' },
    ),
    runAs: Type.Array(Type.String(), {
      description: 'Users that a command may run a script as; empty: only the default one.',
    }),
    stdin: Type.Boolean({ description: 'A command may give a script text on its input.' }),
    timeoutMs: Type.Integer({ description: 'Time after which a script is ended, ms; 0 for a file.' }),
    okExits: Type.Array(Type.Integer(), {
      description: 'Exit codes of a script that mean success; empty for a file.',
    }),
    requester: Type.String({ description: 'Signer who asks.' }),
    reason: Type.String({ description: 'Why.' }),
    signers: Type.Array(Type.String(), { description: 'Who has signed, by the trust document in force.' }),
    needed: Type.Integer({ description: 'Distinct signers it needs.' }),
    createdAt: Type.String({ format: 'date-time', description: 'When it was added.' }),
    document: Type.Unknown({ description: 'The document as it was signed.' }),
    envelope: SignedDocument,
  },
  { ...closed, description: 'Signed content.' },
);
export type ContentView = Static<typeof ContentView>;

/** Newest documents. */
export const ContentList = Type.Object({ content: Type.Array(ContentView) }, closed);

/** The content in an address. */
export const ContentParams = Type.Object({
  digest: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Digest of the document, base64url.' }),
});

/** Where a piece begins. */
export const PieceQuery = Type.Object(
  {
    offset: Type.Integer({
      minimum: 0,
      maximum: MAX_CONTENT_BYTES,
      description: 'Where the piece begins: the bytes received so far.',
    }),
  },
  closed,
);

/** Progress of an upload. */
export const UploadView = Type.Object(
  {
    received: Type.Integer({ description: 'Bytes that are here.' }),
    size: Type.Integer({ description: 'Bytes of the whole.' }),
    complete: Type.Boolean({ description: 'All are here and have the signed hash.' }),
  },
  closed,
);
