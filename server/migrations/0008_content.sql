-- Content: code that signers approved, its body in pieces; and halts with what lifts them.

CREATE TABLE content (
  tenant      integer     NOT NULL REFERENCES organization,
  sha256      bytea       NOT NULL CHECK (length(sha256) = 32),
  state       text        NOT NULL CHECK (state IN ('awaiting-signatures', 'approved')),
  -- the signed bytes with all signatures so far, as text
  envelope    text        NOT NULL,
  size_bytes  integer     NOT NULL CHECK (size_bytes >= 0),
  -- bytes of the body that are here, from its beginning; the whole was held against the hash when complete
  received    integer     NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND size_bytes),
  complete    boolean     NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant, sha256)
);

CREATE TABLE content_piece (
  tenant  integer NOT NULL,
  sha256  bytea   NOT NULL,
  start   integer NOT NULL,
  body    bytea   NOT NULL,
  PRIMARY KEY (tenant, sha256, start),
  FOREIGN KEY (tenant, sha256) REFERENCES content
);
ALTER TABLE content_piece ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE halt (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        COLLATE "C" NOT NULL,
  envelope    text        NOT NULL,
  -- null: not lifted
  lift        text,
  until_at    timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  lifted_at   timestamptz,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX halt_until ON halt (tenant, until_at);
