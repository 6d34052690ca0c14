// The form of an audit checkpoint, apart from its verification: the generated checks are made from it.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { Bytes32, OrgId, Time } from '../messages/fields.ts';

/** Audit checkpoint v1, signed by a server key each minute in which something was sealed. Since capability 5. */
export const AuditCheckpoint = Type.Object(
  {
    /** Form of the document. */
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    /** Whose audit it is. */
    org: OrgId,
    /** Entries of the audit that the root covers: those with `seq` 1 to this. Never smaller than before. */
    size: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Entries covered.' }),
    /** Root of the hash tree over the hashes of these entries, see tree.ts. */
    root: Bytes32,
    /** Server clock when it was signed. */
    at: Time,
  },
  { additionalProperties: false, description: 'Audit checkpoint v1.' },
);
export type AuditCheckpoint = Frozen<Static<typeof AuditCheckpoint>>;
