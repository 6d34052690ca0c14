// Field schemas that several messages share: ids, hashes, keys, times.
import { Type } from 'typebox';
import { MAX_HOSTNAME_CHARS } from '../limits.ts';

/** Organization id: `org_` + 26 characters of lower-case base32 (128 random bits). Never reused. */
export const OrgId = Type.String({ pattern: '^org_[a-z2-7]{26}$', description: 'Organization id.' });

/** Device id, given by the server at enrollment: `dev_` + 26 characters of lower-case base32. Never reused. */
export const DeviceId = Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Device id.' });

/** Enrollment token id: `tok_` + 26 characters of lower-case base32. The secret seed is not part of it. */
export const TokenId = Type.String({ pattern: '^tok_[a-z2-7]{26}$', description: 'Enrollment token id.' });

/** Session id: `ses_` + 26 characters of lower-case base32; only for logs and support. */
export const SessionId = Type.String({ pattern: '^ses_[a-z2-7]{26}$', description: 'Session id, for logs.' });

/** 32 bytes as base64url without padding (43 characters): hashes, nonces, raw public keys. */
export const Bytes32 = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: '32 bytes, base64url.' });

/** An Ed25519 signature: 64 bytes as base64url without padding (86 characters). */
export const Signature = Type.String({
  pattern: '^[A-Za-z0-9_-]{86}$',
  description: 'Ed25519 signature, base64url.',
});

/** A point in time, RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  description: 'RFC 3339, UTC, milliseconds.',
});

/** Capability number of the sender; see capability.ts. */
export const CapabilityNumber = Type.Integer({
  minimum: 1,
  maximum: 65_535,
  description: 'Capability of the sender.',
});

/** Text without control characters, at most so many UTF-16 units; a database and a terminal can take it as it is. */
export function plainText(maxLength: number, description: string) {
  return Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description });
}

/** Name the device calls itself by; free text from the device, to be shown as text only. */
export const Hostname = plainText(MAX_HOSTNAME_CHARS, 'Host name as the device reports it.');

/** A stable error code of the catalog. */
export const ErrorCode = Type.String({ pattern: '^E_[A-Z0-9_]{1,40}$', description: 'Stable error code.' });

/** Per-device sequence number of a durable upward message; starts at 1, never reused, survives restarts. */
export const Sequence = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Outbox sequence number.',
});

/** How a signature is bound to the transport: the TLS 1.3 exporter, or nothing where the agent's own configuration permits a proxy. */
export const Binding = Type.Union([Type.Literal('tls-exporter'), Type.Literal('none')], {
  description: 'Channel binding that went into the signature.',
});

/** A DSSE envelope inside a JSON message; its own rules are in signing/envelope.ts. */
export const EnvelopeField = Type.Object(
  {
    payload: Type.String({ maxLength: 262_144, description: 'Signed bytes, base64url.' }),
    payloadType: Type.String({ maxLength: 128, description: 'Kind of document, a media type.' }),
    signatures: Type.Array(
      Type.Object(
        {
          keyid: Type.String({ maxLength: 64, description: 'Hint: first 16 hex of sha256(SPKI).' }),
          sig: Type.String({ maxLength: 2048, description: 'Signature over PAE, base64url.' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 16, description: 'One entry a signature.' },
    ),
  },
  { additionalProperties: false, description: 'DSSE envelope.' },
);
