-- Groups: devices that are together by an expression, because somebody picked them, or both. Who is a member by the expression is
-- never stored: the index of the fleet says it.

CREATE TABLE device_group (
  tenant       integer     NOT NULL REFERENCES organization,
  id           text        PRIMARY KEY,
  name         text        NOT NULL,
  description  text        NOT NULL,
  -- null: only what was picked
  expression   text,
  created_by   text        NOT NULL,
  created_at   timestamptz NOT NULL,
  changed_at   timestamptz NOT NULL,
  CONSTRAINT device_group_name UNIQUE (tenant, name)
);

CREATE TABLE group_device (
  tenant    integer NOT NULL,
  group_id  text    NOT NULL REFERENCES device_group ON DELETE CASCADE,
  idx       integer NOT NULL,
  PRIMARY KEY (group_id, idx),
  FOREIGN KEY (tenant, idx) REFERENCES device
);
