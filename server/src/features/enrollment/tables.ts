// The table of enrollment tokens, for queries by drizzle; server/migrations makes it.
import { boolean, customType, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A token as the server knows it: the public half of its seed. */
export const enrollmentToken = pgTable('enrollment_token', {
  tenant: integer('tenant').notNull(),
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  publicKey: bytea('public_key').notNull(),
  usesTotal: integer('uses_total').notNull(),
  usesLeft: integer('uses_left').notNull(),
  autoApprove: boolean('auto_approve').notNull(),
  labels: jsonb('labels').$type<Record<string, string>>().notNull(),
  trustVersion: integer('trust_version').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
});
