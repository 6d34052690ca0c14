// Random ids: a prefix that says what it is, and 128 random bits in lower-case base32.
import { randomBytes } from 'node:crypto';
import { encodeBase32 } from '@muster/protocol';

/** What has an id of this form: organization, device, enrollment or API token, session, person, passkey, identity at a provider, group, saved view, way, rule, pause and message of notifications, role. */
export type IdPrefix =
  | 'org'
  | 'dev'
  | 'tok'
  | 'ses'
  | 'per'
  | 'pky'
  | 'idn'
  | 'grp'
  | 'viw'
  | 'way'
  | 'nrl'
  | 'nps'
  | 'nms'
  | 'rol';

/** A new id, as `dev_` and 26 characters. Never reused, because 128 bits do not repeat. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${encodeBase32(randomBytes(16))}`;
}
