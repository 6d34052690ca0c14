// An entry of the audit: the bytes that the chain covers, made from their parts and read again.
import { fail } from '../errors.ts';
import { MAX_JSON_DEPTH } from '../limits.ts';
import { encodeBase64url } from '../signing/base64url.ts';
import { encodeUtf8 } from '../signing/bytes.ts';
import type { Crypto } from '../signing/crypto.ts';
import { parseStrict } from '../signing/strict-json.ts';

/** Largest entry, bytes: what the server writes is at most 16 KiB. */
const MAX_ENTRY_BYTES = 128 * 1024;

/** `prev` of the first entry: 32 zero bytes, base64url. */
export const FIRST_PREV = 'A'.repeat(43);

/** What an entry is made of. */
export interface EntryParts {
  /** Organization id. */
  readonly org: string;
  /** Place in the chain, from 1, without gaps. */
  readonly seq: number;
  /** When the event was written, by the clock of the database, RFC 3339 with milliseconds. */
  readonly at: string;
  /** Hash of the entry before, base64url; {@link FIRST_PREV} in the first. */
  readonly prev: string;
  /** The event as strict JSON; it stands in the entry byte for byte. */
  readonly event: string;
}

/** Who did something, as entries name him. */
export interface EntryActor {
  /** person, token, device, server, host or anonymous. */
  readonly kind: string;
  /** Id of a person, token or device; empty for the others. */
  readonly id: string;
  /** Name at the time; of a person his handle. */
  readonly name: string;
  /** Where the request came from; empty: from inside. */
  readonly address: string;
  /** token or session: what spoke for a person. Absent: neither, the actor is a token itself, or an entry of an older server. */
  readonly via?: string;
  /** Id of that token or session. */
  readonly viaId?: string;
}

/** What it was done to. */
export interface EntrySubject {
  /** Kind of thing: device, job, token. */
  readonly kind: string;
  readonly id: string;
  /** Name at the time; may be empty. */
  readonly name: string;
}

/** An event as it stands in an entry. */
export interface EntryEvent {
  /** `<subject>.<verb>`. */
  readonly act: string;
  readonly actor: EntryActor;
  /** done or refused. */
  readonly outcome: string;
  /** Why it was refused; empty when it was done. */
  readonly code: string;
  /** Null: nothing in particular. */
  readonly subject: EntrySubject | null;
  /** Texts, numbers, booleans, null and lists of texts by name. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Id under which the log of the server knows the request; empty: it came from none. */
  readonly requestId: string;
}

/** An entry that was read. */
export interface AuditEntry extends Omit<EntryParts, 'event'> {
  /** Form of the entry. */
  readonly v: 1;
  readonly event: EntryEvent;
}

/** The entry as text: its bytes are UTF-8 of exactly this. */
export function formatEntry({ org, seq, at, prev, event }: EntryParts): string {
  const head = JSON.stringify({ v: 1, org, seq, at, prev });
  return `${head.slice(0, -1)},"event":${event}}`;
}

/** The hash of an entry, 32 bytes: what `prev` of the next one and the leaf of the tree are made of. */
export function hashEntry(text: string, crypto: Pick<Crypto, 'sha256'>): Uint8Array {
  return crypto.sha256(encodeUtf8(text));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntry(value: unknown): value is AuditEntry {
  if (!isRecord(value) || Object.keys(value).join() !== 'v,org,seq,at,prev,event') return false;
  const { v, org, seq, at, prev, event } = value;
  if (v !== 1 || !Number.isSafeInteger(seq) || !isRecord(event) || !isRecord(event.actor)) return false;
  return [org, at, prev, event.act, event.outcome, event.code].every((one) => typeof one === 'string');
}

/** Reads an entry. @throws MusterError E_SIZE, E_CANON, E_SCHEMA */
export function parseEntry(text: string): AuditEntry {
  const entry = parseStrict(text, { maxBytes: MAX_ENTRY_BYTES, maxDepth: MAX_JSON_DEPTH });
  if (!isEntry(entry)) throw fail('E_SCHEMA', { detail: 'A line of the audit is no entry.' });
  return entry;
}

/** A hash as entries and checkpoints write it. */
export function formatHash(hash: Uint8Array): string {
  return encodeBase64url(hash);
}
