-- Inventory: content by hash, intervals of what a device held, and packages as sets that devices share.
-- Few foreign keys: each check locks, and so rewrites, the row that thousands of devices share.

-- What the device's last stored offer was. Locked first by whoever writes intervals of the device.
CREATE TABLE device_inventory (
  tenant     integer     NOT NULL,
  idx        integer     NOT NULL,
  root       bytea       NOT NULL CHECK (length(root) = 32),
  stored_at  timestamptz NOT NULL,
  -- sections that were offered and that the server did not know; it asks again once it knows one of them
  ignored    text[]      NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant, idx),
  FOREIGN KEY (tenant, idx) REFERENCES device
);

CREATE TABLE slice (
  tenant     integer NOT NULL,
  hash       bytea   NOT NULL CHECK (length(hash) = 32),
  section    text    NOT NULL,
  outcome    text    NOT NULL CHECK (outcome IN ('ok', 'no-data', 'error')),
  reason     text    NOT NULL,
  row_count  integer NOT NULL CHECK (row_count >= 0),
  raw_bytes  integer NOT NULL CHECK (raw_bytes > 0),
  -- raw deflate of the canonical text
  body       bytea   NOT NULL,
  -- the few values that lists of devices show; null for sections without any
  facts      jsonb,
  PRIMARY KEY (tenant, hash)
);
ALTER TABLE slice ALTER COLUMN body SET STORAGE EXTERNAL;

-- An interval [valid_from, valid_to) in which the device held that content; 'infinity' is "now".
CREATE TABLE device_slice (
  tenant      integer     NOT NULL,
  idx         integer     NOT NULL,
  name        text        COLLATE "C" NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL DEFAULT 'infinity',
  hash        bytea       NOT NULL,
  PRIMARY KEY (tenant, idx, name, valid_from),
  CHECK (valid_from < valid_to)
);
CREATE UNIQUE INDEX device_slice_open ON device_slice (tenant, idx, name) WHERE valid_to = 'infinity';

-- A package in the exact form in which some device lists it. Ids are unique over all tenants, so arrays of them need no tenant.
CREATE TABLE package (
  id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant       integer NOT NULL,
  -- first 16 bytes of sha256 over all columns below
  digest       bytea   NOT NULL CHECK (length(digest) = 16),
  ecosystem    text    COLLATE "C" NOT NULL,
  name         text    COLLATE "C" NOT NULL,
  version      text    COLLATE "C" NOT NULL,
  arch         text    COLLATE "C" NOT NULL,
  source       text    COLLATE "C",
  size_bytes   bigint,
  status       text    COLLATE "C" NOT NULL,
  -- sorts as the ecosystem orders its versions
  version_key  text    COLLATE "C" NOT NULL,
  -- false for what was removed and left its configuration behind
  installed    boolean NOT NULL,
  UNIQUE (tenant, digest)
);
CREATE INDEX package_name ON package (tenant, lower(name), name, ecosystem);

-- One of the 64 parts of a package list. `part` is null for a part without rows, which may stand anywhere.
CREATE TABLE package_set (
  id         integer  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant     integer  NOT NULL,
  hash       bytea    NOT NULL CHECK (length(hash) = 32),
  part       smallint CHECK (part BETWEEN 0 AND 63),
  outcome    text     NOT NULL CHECK (outcome IN ('ok', 'no-data', 'error')),
  reason     text     NOT NULL,
  ids        integer[] NOT NULL,
  installed  integer  NOT NULL CHECK (installed >= 0),
  -- devices that hold it now, exactly
  devices    integer  NOT NULL DEFAULT 0 CHECK (devices >= 0),
  UNIQUE (tenant, hash)
) WITH (fillfactor = 80);
-- The posting lists: package → sets.
CREATE INDEX package_set_ids ON package_set USING gin (ids);

-- One row a device and interval; `parts[n + 1]` is the set of part n.
CREATE TABLE device_packages (
  tenant      integer     NOT NULL,
  idx         integer     NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL DEFAULT 'infinity',
  parts       integer[]   NOT NULL CHECK (cardinality(parts) = 64),
  installed   integer     NOT NULL CHECK (installed >= 0),
  PRIMARY KEY (tenant, idx, valid_from),
  CHECK (valid_from < valid_to)
);
CREATE UNIQUE INDEX device_packages_open ON device_packages (tenant, idx) WHERE valid_to = 'infinity';
CREATE INDEX device_packages_sets ON device_packages USING gin (parts) WHERE valid_to = 'infinity';
