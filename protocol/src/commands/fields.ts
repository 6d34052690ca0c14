// Field schemas that signed documents about commands share: ids, kinds, signers, reasons.
import { Type } from 'typebox';
import { plainText } from '../messages/fields.ts';

export const closed = { additionalProperties: false } as const;

/** Command id, made by whoever writes the command: `cmd_` + 26 characters of lower-case base32. Also the id of its job. Never reused. */
export const CommandId = Type.String({ pattern: '^cmd_[a-z2-7]{26}$', description: 'Command id.' });

/** Halt id: `hlt_` + 26 characters of lower-case base32. */
export const HaltId = Type.String({ pattern: '^hlt_[a-z2-7]{26}$', description: 'Halt id.' });

/** Name of a kind of command, as `service.restart`. */
export const KindName = Type.String({
  maxLength: 64,
  pattern: '^[a-z][a-z0-9-]*(?:\\.[a-z][a-z0-9-]*)*$',
  description: 'Command kind.',
});

/** Id of a signer in the trust document. */
export const SignerId = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  description: 'Id of a signer.',
});

/** An absolute path without control characters; `..`, `.` and doubled slashes are refused by the kind itself. */
export const AbsolutePath = Type.String({
  maxLength: 1024,
  pattern: '^/[^\\u0000-\\u001f\\u007f]{1,1023}$',
  description: 'Absolute path.',
});

/** Why a person asks for it; stands in the device's own logs. */
export const Reason = plainText(512, 'Why, in a sentence for people.');

/** Version of the trust document the writer had before him; a device with an older one fetches the chain first. */
export const TrustVersion = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Trust document version the writer held.',
});
