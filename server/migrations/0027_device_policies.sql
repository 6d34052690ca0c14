-- Policies on devices: which set each device holds whole, and why it does not hold the one it was shown last. One row a device.

CREATE TABLE device_policy (
  tenant     integer     NOT NULL,
  idx        integer     NOT NULL,
  -- the set that it holds, how many revisions are in it, and how many of them nobody has signed who may sign; all null: none
  epoch      bigint,
  version    bigint,
  digest     text        COLLATE "C",
  policies   integer,
  unsigned   integer,
  -- null: it holds the set that it was shown last
  code       text        COLLATE "C",
  -- outbox number of the message; lower ones change nothing
  seq        bigint      NOT NULL,
  -- when the device said so, and when it was stored
  at         timestamptz NOT NULL,
  stored_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant, idx),
  FOREIGN KEY (tenant, idx) REFERENCES device,
  CONSTRAINT device_policy_held CHECK (num_nulls(epoch, version, digest, policies, unsigned) IN (0, 5))
);
