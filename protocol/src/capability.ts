// The one number both ends announce, and what each value of it added.

/**
 * What this build can speak. Each side sends its own value and uses what both know:
 * a feature that came with value N is used when both announce N or more. Never reused, never lowered.
 *
 * | value | date       | added |
 * |---|---|---|
 * | 1 | 2026-11-22 | sessions, enrollment by token, inventory slices and package parts, metric chunks, live view, alerts |
 * | 2 | 2026-11-22 | commands: offers, reports, output, freshness, halts, trust updates in a session, bodies in pieces; commands name content by the digest of its document |
 * | 3 | 2026-11-23 | the welcome says over which time to come back when the server is gone |
 * | 4 | 2026-11-23 | passkeys of signers count; before, an order that only passkeys signed is E_NOKEY, told as run.later |
 * | 5 | 2026-11-23 | devices are witnesses of the audit: its newest checkpoint comes with the word of now, `audit.prove` asks that it goes on from the one that is kept, `audit.alarm` goes back |
 * | 6 | 2026-11-23 | devices hold signed policies: `policy.set` and its revisions are told and asked for, `policy.state` goes back |
 * | 7 | 2026-11-24 | devices act on policies by themselves, and `policy.report` says how their items stand; files of policies may have windows, freezes, exceptions, and rules about accounts, groups, mounts, lines and certificates |
 */
export const CAPABILITY = 7;

/** The oldest capability this build still speaks with. */
export const OLDEST_CAPABILITY = 1;

/** WebSocket subprotocol; changes only when frames themselves change their form. */
export const SUBPROTOCOL = 'muster.v1';

/** Path of the agents' WebSocket on the server. */
export const AGENT_PATH = '/agent/v1';

/** Label of the TLS exporter (RFC 5705, RFC 8446 §7.5) that binds signatures to their connection; its context is empty. */
export const EXPORTER_LABEL = 'EXPORTER-muster-session-v1';

/** Bytes taken from the TLS exporter. */
export const EXPORTER_BYTES = 32;
