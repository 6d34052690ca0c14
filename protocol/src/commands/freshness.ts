// The freshness document: the server's signed word of what is in force now, so that withholding shows.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { OrgId, Time } from '../messages/fields.ts';
import { CommandId, closed, HaltId, TrustVersion } from './fields.ts';
import { MAX_CANCELED, MAX_HALTS } from './limits.ts';

/** Media type of a freshness document. */
export const FRESHNESS_TYPE = 'application/vnd.muster.freshness.v1+json';

/** Freshness document v1, signed by a server key every 15 minutes and on change. It can stop things, never start them. Since capability 2. */
export const Freshness = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    /** Server clock. A device never takes one that is older than the last. */
    at: Time,
    /** The trust document in force at the server; a device that has only older ones does not take the word before it has this one. */
    trustVersion: TrustVersion,
    /** Commands that must not start any more; those that run and can be stopped are stopped. Named until their notAfter has passed. */
    canceled: Type.Array(CommandId, { maxItems: MAX_CANCELED, description: 'Canceled commands.' }),
    /** Halts in force. They travel with the word; a device that misses one does not take the word as fresh. */
    halts: Type.Array(HaltId, { maxItems: MAX_HALTS, description: 'Halts in force.' }),
  },
  { ...closed, description: 'Freshness document v1.' },
);
export type Freshness = Frozen<Static<typeof Freshness>>;
