// The content document: code that may run on devices, approved once and named by the digest of this document from then on.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { Bytes32, OrgId, plainText, Time } from '../messages/fields.ts';
import { AbsolutePath, closed, Reason, SignerId, TrustVersion } from './fields.ts';
import { MAX_CONTENT_BYTES, MAX_RUN_AS, MAX_SCRIPT_MS } from './limits.ts';

/** Media type of a content document. */
export const CONTENT_TYPE = 'application/vnd.muster.content.v1+json';

/** A typed parameter of a script; its value reaches the script in the environment as `MUSTER_PARAM_<NAME>`, never in a command line. Since 2. */
export const ContentParameter = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$', description: 'Name, lower case.' }),
    type: Type.Union([Type.Literal('string'), Type.Literal('integer'), Type.Literal('boolean')], {
      description: 'Type of the value.',
    }),
    required: Type.Boolean({ description: 'Must be given.' }),
    description: plainText(256, 'What it is for.'),
  },
  closed,
);
export type ContentParameter = Frozen<Static<typeof ContentParameter>>;

/** Where a file belongs and whose it is. Signed with the bytes: who orders file.put chooses none of it. Since 2. */
export const ContentPlace = Type.Object(
  {
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
  { ...closed, description: 'Place of a file.' },
);
export type ContentPlace = Frozen<Static<typeof ContentPlace>>;

/** Content document v1: the body itself travels apart and is held against the hash. Since capability 2. */
export const Content = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    /** What the body may be used for: a script runs, a file is put in place. */
    use: Type.Union([Type.Literal('script'), Type.Literal('file')], { description: 'script or file.' }),
    /** Name for people, as in lists; no path. */
    name: plainText(128, 'Name for people.'),
    /** sha256 of the body. Several documents may speak of the same bytes, so a command names the document. */
    sha256: Bytes32,
    sizeBytes: Type.Integer({ minimum: 0, maximum: MAX_CONTENT_BYTES, description: 'Size of the body.' }),
    /** What runs a script; `none` for a file. */
    interpreter: Type.Union(
      [Type.Literal('sh'), Type.Literal('bash'), Type.Literal('python3'), Type.Literal('none')],
      { description: 'Interpreter of a script; none for a file.' },
    ),
    /** Parameters of a script; empty for a file. No name twice. */
    parameters: Type.Array(ContentParameter, { maxItems: 32, description: 'Parameters of a script.' }),
    /** Where a file is put; null for a script. */
    place: Type.Union([ContentPlace, Type.Null()], { description: 'Place of a file; null for a script.' }),
    /** Users a script may run as, each named by the command. Empty: only the default one (root, or whoever the executor runs as). */
    runAs: Type.Array(Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,31}$' }), {
      maxItems: MAX_RUN_AS,
      description: 'Users a script may run as; empty: only the default one. Empty for a file.',
    }),
    /** True: a command may give a script text on its standard input. False: none, and always so for a file. */
    stdin: Type.Boolean({ description: 'A command may give the script input.' }),
    /** A script is ended after that, ms, at least 1,000. Signed, because half a script may be another deed than the whole. 0 for a file. */
    timeoutMs: Type.Integer({
      minimum: 0,
      maximum: MAX_SCRIPT_MS,
      description: 'Time after which a script is ended, ms; 0 for a file.',
    }),
    /** Exit codes of a script that mean success: who wrote it knows, and who orders it cannot make a failure look well. None twice. Empty for a file. */
    okExits: Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
      maxItems: 32,
      description: 'Exit codes of a script that mean success; empty for a file.',
    }),
    at: Time,
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Content document v1.' },
);
export type Content = Frozen<Static<typeof Content>>;
