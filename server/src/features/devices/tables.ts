// The tables of the devices feature, for queries by drizzle; server/migrations makes them.
import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** One row a device, for ever; `idx` is dense within a tenant and never reused. */
export const device = pgTable(
  'device',
  {
    tenant: integer('tenant').notNull(),
    idx: integer('idx').notNull(),
    id: text('id').notNull(),
    state: text('state', { enum: ['pending', 'active', 'quarantined', 'retired'] }).notNull(),
    hostname: text('hostname').notNull(),
    platform: text('platform').notNull(),
    agentVersion: text('agent_version').notNull(),
    deviceKey: bytea('device_key').notNull(),
    sealKey: bytea('seal_key').notNull(),
    labels: jsonb('labels').$type<Record<string, string>>().notNull(),
    tokenId: text('token_id').notNull(),
    enrolledAt: time('enrolled_at').notNull(),
    approvedAt: time('approved_at'),
    stateReason: text('state_reason').notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    epochSeen: bigint('epoch_seen', { mode: 'number' }).notNull(),
    online: boolean('online').notNull(),
    onlineSince: time('online_since'),
    lastSeenAt: time('last_seen_at'),
    clockOffsetMs: bigint('clock_offset_ms', { mode: 'number' }).notNull(),
    bootId: text('boot_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.idx] })],
);
