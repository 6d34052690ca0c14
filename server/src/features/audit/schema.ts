// What the API says about the audit.
import { type Static, Type } from 'typebox';
import { PageQuery } from '../../core/http/paging.ts';
import { SignedDocument } from '../../core/http/signed.ts';

const closed = { additionalProperties: false } as const;

const Hash = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'sha256, base64url.' });
const Size = (description: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

/** One event. */
export const AuditEventView = Type.Object(
  {
    seq: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Place in the chain, from 1; null for about a second, until it is sealed.',
    }),
    at: Type.String({
      format: 'date-time',
      description: 'When it was written, by the clock of the database.',
    }),
    act: Type.String({ description: 'What was done or refused, as subject.verb.' }),
    actor: Type.Object(
      {
        kind: Type.String({ description: 'person, token, device, server, host or anonymous.' }),
        id: Type.String({ description: 'Id of the person, token or device; empty for the others.' }),
        name: Type.String({ description: 'Name at the time; of a person his handle.' }),
        address: Type.String({ description: 'Where the request came from; empty: from inside.' }),
        via: Type.Optional(
          Type.String({ description: 'token or session: what spoke for a person; absent: neither.' }),
        ),
        viaId: Type.Optional(Type.String({ description: 'Id of that token or session.' })),
      },
      { ...closed, description: 'Who did it.' },
    ),
    outcome: Type.String({ description: 'done or refused.' }),
    code: Type.String({ description: 'Why it was refused; empty when it was done.' }),
    subject: Type.Union(
      [
        Type.Object(
          {
            kind: Type.String({ description: 'Kind of thing.' }),
            id: Type.String({ description: 'Its id.' }),
            name: Type.String({ description: 'Its name at the time; may be empty.' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'What it was done to; null: nothing in particular.' },
    ),
    detail: Type.Record(Type.String(), Type.Unknown(), { description: 'What else is known, by name.' }),
    requestId: Type.String({ description: 'Id of the request, as the log knows it; empty: none.' }),
    hash: Type.Union([Hash, Type.Null()], { description: 'Hash of the entry; null until it is sealed.' }),
  },
  { ...closed, description: 'An event of the audit.' },
);
export type AuditEventView = Static<typeof AuditEventView>;

const Narrowing = {
  act: Type.Optional(Type.String({ maxLength: 64, description: 'Only this act.' })),
  actor: Type.Optional(
    Type.String({ maxLength: 64, description: 'Only by the person, token or device with this id.' }),
  ),
  subject: Type.Optional(Type.String({ maxLength: 200, description: 'Only about what has this id.' })),
  outcome: Type.Optional(
    Type.Union([Type.Literal('done'), Type.Literal('refused')], { description: 'Only these.' }),
  ),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Not before.' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Before.' })),
};

/** What a list can be narrowed by. */
export const AuditQuery = Type.Object({ ...PageQuery, ...Narrowing }, closed);
export type AuditQuery = Static<typeof AuditQuery>;

/** The newest checkpoint. */
export const CheckpointView = Type.Object(
  {
    size: Size('Entries it covers.'),
    envelope: SignedDocument,
  },
  { ...closed, description: 'A signed checkpoint of the audit.' },
);

/** Two sizes. */
export const ConsistencyQuery = Type.Object(
  { from: Size('Size of the smaller tree.'), to: Size('Size of the larger tree.') },
  closed,
);

/** A proof. */
export const ConsistencyView = Type.Object(
  {
    from: Size('Size of the smaller tree.'),
    to: Size('Size of the larger tree.'),
    hashes: Type.Array(Hash, { description: 'Proof after RFC 6962, section 2.1.2.' }),
  },
  { ...closed, description: 'Shows that one tree is the beginning of the other.' },
);

/** What is exported, and how. */
export const ExportQuery = Type.Object(
  {
    format: Type.Union([Type.Literal('json'), Type.Literal('syslog'), Type.Literal('ocsf')], {
      default: 'json',
      description:
        'json: lines for muster-verify, with bytes, hashes, checkpoints and proofs; syslog: RFC 5424; ocsf: events of OCSF 1.3.',
    }),
    from: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 1,
      description: 'First entry.',
    }),
    to: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'Last entry, rounded up to the next checkpoint; absent: the newest, and one is signed over it.',
      }),
    ),
  },
  closed,
);
export type ExportQuery = Static<typeof ExportQuery>;
