-- Presence over time: how many devices were online, offline and missing at moments of the clock, and which ones.

CREATE TABLE presence_sample (
  tenant       integer     NOT NULL REFERENCES organization,
  -- a quarter of an hour of the clock
  at           timestamptz NOT NULL,
  online       integer     NOT NULL,
  offline      integer     NOT NULL,
  missing      integer     NOT NULL,
  -- which ones, deflated: device `idx` is bit `idx & 7` of byte `idx >> 3`. Read only for who may not see all of them.
  online_set   bytea       NOT NULL,
  offline_set  bytea       NOT NULL,
  missing_set  bytea       NOT NULL,
  PRIMARY KEY (tenant, at)
);
-- deflated already
ALTER TABLE presence_sample ALTER COLUMN online_set SET STORAGE EXTERNAL;
ALTER TABLE presence_sample ALTER COLUMN offline_set SET STORAGE EXTERNAL;
ALTER TABLE presence_sample ALTER COLUMN missing_set SET STORAGE EXTERNAL;
