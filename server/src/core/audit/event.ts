// An audit event and its bytes: closed, bounded, and without anything that looks like a secret.
import { cleanText } from '../db/columns.ts';
import type { Act } from './acts.ts';

/** Who did it. */
export interface AuditActor {
  /** `host`: somebody with a shell on the server's machine; `server`: the server by itself; `anonymous`: nobody signed in. */
  readonly kind: 'person' | 'token' | 'device' | 'server' | 'host' | 'anonymous';
  /** Id of the person, token or device; empty for the others. */
  readonly id: string;
  /** Name for people, at the time; of a person his handle, never what somebody called a token. */
  readonly name: string;
  /** Where the request came from; empty: from inside. */
  readonly address: string;
  /** Which token or session spoke for him; absent where it was neither, or where the actor is a token itself. */
  readonly via?: 'token' | 'session';
  /** Its id. */
  readonly viaId?: string;
}

/** What it was done to. */
export interface AuditSubject {
  /** As the first half of an act: device, job, token. */
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** A value of {@link AuditEvent.detail}. */
export type AuditValue = string | number | boolean | null | readonly string[];

/** What happened. */
export interface AuditEvent {
  readonly tenant: number;
  readonly act: Act;
  readonly actor: AuditActor;
  readonly outcome: 'done' | 'refused';
  /** Code of the refusal; empty when it was done. */
  readonly code: string;
  /** Null: nothing in particular. */
  readonly subject: AuditSubject | null;
  /** What else is worth knowing; never a secret, never a body. */
  readonly detail: Readonly<Record<string, AuditValue>>;
  /** Id of the request, as the log knows it; empty: it came from no request. */
  readonly requestId: string;
}

/** Longest text of an event, characters. */
const MAX_TEXT_CHARS = 300;
/** Entries of a list that are kept; how many there were is said by the caller. */
const MAX_LIST_ITEMS = 25;
/** Details of one event. */
const MAX_DETAILS = 24;

/** Tokens, sessions and links of ours, keys as PEM: what must never come here is taken out where a caller let it through. */
const SECRETS =
  /\bm[a-z]{2}1\.[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+|-----BEGIN [\s\S]*?(?:-----END [A-Z ]+-----|$)/g;

function toText(value: string): string {
  const text = cleanText(value).replaceAll(SECRETS, '[secret]');
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS - 1).toWellFormed()}…`;
}

function toValue(value: AuditValue): AuditValue {
  if (typeof value === 'string') return toText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value === null || typeof value === 'boolean') return value;
  return value.slice(0, MAX_LIST_ITEMS).map(toText);
}

/** Names of details come from code; one that looks like an index would change its place when the bytes are read again. */
function toDetails(detail: AuditEvent['detail']): Record<string, AuditValue> {
  const entries = Object.entries(detail).filter(([name]) => /^[a-z][A-Za-z0-9]{0,40}$/.test(name));
  return Object.fromEntries(entries.slice(0, MAX_DETAILS).map(([name, value]) => [name, toValue(value)]));
}

/** The bytes of an event, as text: strict JSON, its fields in this order, without the tenant. */
export function formatEvent({ act, actor, outcome, code, subject, detail, requestId }: AuditEvent): string {
  return JSON.stringify({
    act,
    actor: {
      kind: actor.kind,
      id: toText(actor.id),
      name: toText(actor.name),
      address: toText(actor.address),
      ...(actor.via === undefined ? {} : { via: actor.via, viaId: toText(actor.viaId ?? '') }),
    },
    outcome,
    code: toText(code),
    subject:
      subject === null
        ? null
        : { kind: toText(subject.kind), id: toText(subject.id), name: toText(subject.name) },
    detail: toDetails(detail),
    requestId: toText(requestId),
  });
}
