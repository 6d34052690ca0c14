// The content document: code that may run on devices, approved once and used by hash from then on.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { Bytes32, OrgId, plainText, Time } from '../messages/fields.ts';
import { closed, Reason, SignerId, TrustVersion } from './fields.ts';
import { MAX_CONTENT_BYTES } from './limits.ts';

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

/** Content document v1: the body itself travels apart and is held against the hash. Since capability 2. */
export const Content = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    /** What the body may be used for: a script runs, a file is put in place. */
    use: Type.Union([Type.Literal('script'), Type.Literal('file')], { description: 'script or file.' }),
    /** Name for people, as in lists; no path. */
    name: plainText(128, 'Name for people.'),
    /** sha256 of the body: by this it is named everywhere. */
    sha256: Bytes32,
    sizeBytes: Type.Integer({ minimum: 0, maximum: MAX_CONTENT_BYTES, description: 'Size of the body.' }),
    /** What runs a script; `none` for a file. */
    interpreter: Type.Union(
      [Type.Literal('sh'), Type.Literal('bash'), Type.Literal('python3'), Type.Literal('none')],
      { description: 'Interpreter of a script; none for a file.' },
    ),
    /** Parameters of a script; empty for a file. No name twice. */
    parameters: Type.Array(ContentParameter, { maxItems: 32, description: 'Parameters of a script.' }),
    at: Time,
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Content document v1.' },
);
export type Content = Frozen<Static<typeof Content>>;
