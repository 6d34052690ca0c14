-- Devices: identity, state and presence transitions. `idx` is dense within a tenant and never reused.

CREATE TABLE device (
  tenant         integer     NOT NULL REFERENCES organization,
  idx            integer     NOT NULL,
  id             text        NOT NULL UNIQUE,
  state          text        NOT NULL CHECK (state IN ('pending', 'active', 'quarantined', 'retired')),
  hostname       text        COLLATE "C" NOT NULL,
  platform       text        NOT NULL,
  agent_version  text        NOT NULL,
  device_key     bytea       NOT NULL CHECK (length(device_key) = 32),
  seal_key       bytea       NOT NULL CHECK (length(seal_key) = 32),
  labels         jsonb       NOT NULL DEFAULT '{}',
  token_id       text        NOT NULL,
  enrolled_at    timestamptz NOT NULL DEFAULT now(),
  approved_at    timestamptz,
  state_reason   text        NOT NULL DEFAULT '',
  -- last epoch given out, and last one the device has shown that it wrote down
  epoch          bigint      NOT NULL DEFAULT 0,
  epoch_seen     bigint      NOT NULL DEFAULT 0,
  -- written on transitions only, never by a heartbeat
  online         boolean     NOT NULL DEFAULT false,
  online_since   timestamptz,
  last_seen_at   timestamptz,
  clock_offset_ms bigint     NOT NULL DEFAULT 0,
  boot_id        text        NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, idx),
  CHECK (epoch_seen <= epoch)
);

CREATE UNIQUE INDEX device_key_unique ON device (tenant, device_key);
CREATE INDEX device_hostname ON device (tenant, hostname, idx);
CREATE INDEX device_token ON device (tenant, token_id) WHERE state = 'pending';

-- When this database last had a running server; who was online then was last seen then.
CREATE TABLE server_alive (
  id        boolean     PRIMARY KEY DEFAULT true CHECK (id),
  alive_at  timestamptz NOT NULL
);

-- Dense numbers per tenant, taken under the row's lock in the enrolling transaction.
CREATE TABLE device_counter (
  tenant  integer PRIMARY KEY REFERENCES organization,
  next    integer NOT NULL DEFAULT 0
);
