// Opens a signed document of any kind: signatures first, then strict JSON, then the closed schema.
import { fail } from '../errors.ts';
import { commandDocuments, kindArgs } from '../generated/validators.ts';
import { MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH } from '../limits.ts';
import { decodeBase64url, encodeBase64url } from '../signing/base64url.ts';
import type { Crypto, Hash } from '../signing/crypto.ts';
import { openEnvelope, pae, parseEnvelope, type VerifyKey } from '../signing/envelope.ts';
import { parseStrict } from '../signing/strict-json.ts';
import type { CommandKind } from './kinds.ts';

/** How a document is opened. */
export interface OpenDocumentOptions {
  /** Media type; another kind of document never passes. */
  readonly type: string;
  /** Name of its schema in schemas.ts. */
  readonly schema:
    | 'command'
    | 'content'
    | 'halt'
    | 'haltLift'
    | 'freshness'
    | 'result'
    | 'policy'
    | 'policySet';
  /** Keys that may have signed. */
  readonly keys: readonly VerifyKey[];
  readonly crypto: Crypto;
}

/** A verified document of that form. */
export interface OpenedDocument<T> {
  /** What was signed, of the right form. */
  readonly document: T;
  /** Owners of valid signatures. */
  readonly signers: ReadonlySet<string>;
  /** Those of them who signed outside of any page, see openEnvelope. */
  readonly direct: ReadonlySet<string>;
  /** base64url sha256 of PAE(type, payload): the document's name in journals. Signatures may be added without changing it. */
  readonly digest: string;
}

/** The digest of an envelope's signed bytes; nothing is verified. @throws MusterError E_SIZE, E_CANON, E_SHAPE, E_B64 */
export function documentDigest(input: unknown, crypto: Hash): string {
  // Of type and payload, not of the signatures: an approval adds one without changing what is ordered.
  const envelope = parseEnvelope(input);
  return encodeBase64url(crypto.sha256(pae(envelope.payloadType, decodeBase64url(envelope.payload))));
}

/** A generated check, with the first fault of its last call. */
interface SchemaCheck {
  (value: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly keyword: string }[] | null;
}

/** Holds a value against its schema. @throws MusterError E_SCHEMA naming the place; the value itself stays out of the sentence */
function requireFit(name: string, check: SchemaCheck | undefined, value: unknown): void {
  if (check?.(value) === true) return;
  const fault = check?.errors?.[0];
  throw fail('E_SCHEMA', {
    detail: `The ${name} does not fit its schema at ${fault?.instancePath || '/'} (${fault?.keyword}); correct it and sign it again.`,
  });
}

/** Reads a payload that somebody has verified, or shows one for what it is before it is signed. @throws MusterError E_CANON, E_SCHEMA */
export function parseDocument<T>(payload: Uint8Array, schema: OpenDocumentOptions['schema']): T {
  // Strict: two readers must never see two documents in the same bytes.
  const value: unknown = parseStrict(payload, { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: MAX_JSON_DEPTH });
  requireFit(schema, commandDocuments[schema], value);
  return value as T;
}

/**
 * Verifies and reads a document; one valid signature of a known key is enough here, how many are needed is the caller's question.
 * @throws MusterError those of openEnvelope, E_CANON, E_SCHEMA
 */
export function openDocument<T>(input: unknown, options: OpenDocumentOptions): OpenedDocument<T> {
  const { payload, signers, direct } = openEnvelope(input, options);
  const digest = encodeBase64url(options.crypto.sha256(pae(options.type, payload)));
  return { document: parseDocument<T>(payload, options.schema), signers, direct, digest };
}

/** Checks the parameters of a kind. @throws MusterError E_SCHEMA naming the field */
export function checkKindArgs(kind: CommandKind, args: unknown): void {
  requireFit(`parameters of ${kind}`, kindArgs[kind], args);
}
