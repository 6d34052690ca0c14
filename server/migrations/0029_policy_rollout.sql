-- How the newest set of policies goes out: to a few devices first. One row an organization, of its newest order.

CREATE TABLE policy_rollout (
  tenant       integer     NOT NULL PRIMARY KEY REFERENCES organization,
  -- the set that goes out, and the one that devices outside are told; base empty: there is none
  epoch        bigint      NOT NULL,
  version      bigint      NOT NULL,
  digest       text        COLLATE "C" NOT NULL,
  base         text        COLLATE "C" NOT NULL,
  -- hundredths of a percent of the fleet, ascending, the last 10000; tolerance the same way
  shares       integer[]   NOT NULL,
  soak_s       integer     NOT NULL,
  tolerance    integer     NOT NULL,
  -- who goes first, as it was asked, and a bit a device for whom it held at the start
  first_on     text        NOT NULL,
  first        bytea       NOT NULL,
  -- places devices in the order
  salt         integer     NOT NULL,
  -- index into shares
  wave         integer     NOT NULL,
  state        text        COLLATE "C" NOT NULL CHECK (state IN ('running', 'held', 'done')),
  -- why it is held; null: a person wants it so, or it is not held
  trouble      jsonb,
  -- who ordered or changed it last; empty: the server by itself
  changed_by   text        NOT NULL,
  began_at     timestamptz NOT NULL,
  wave_at      timestamptz NOT NULL,
  -- trouble from before does not count
  watched_from timestamptz NOT NULL
);
