-- Content: code that signers approved, its body in pieces; and halts with what lifts them.

CREATE TABLE content_body (
  tenant      integer     NOT NULL REFERENCES organization,
  sha256      bytea       NOT NULL CHECK (length(sha256) = 32),
  size_bytes  integer     NOT NULL CHECK (size_bytes >= 0),
  -- bytes of the body that are here, from its beginning; the whole was held against the hash when complete
  received    integer     NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND size_bytes),
  complete    boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, sha256)
);

-- Several documents may speak of the same bytes, so commands name the document.
CREATE TABLE content (
  tenant      integer     NOT NULL,
  -- sha256 of type and payload: what was signed, whoever has signed so far
  digest      bytea       NOT NULL CHECK (length(digest) = 32),
  sha256      bytea       NOT NULL,
  state       text        NOT NULL CHECK (state IN ('awaiting-signatures', 'approved')),
  -- the signed bytes with all signatures so far, as text
  envelope    text        NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant, digest),
  FOREIGN KEY (tenant, sha256) REFERENCES content_body
);
CREATE INDEX content_sha256 ON content (tenant, sha256);

CREATE TABLE content_piece (
  tenant  integer NOT NULL,
  sha256  bytea   NOT NULL,
  start   integer NOT NULL,
  body    bytea   NOT NULL,
  PRIMARY KEY (tenant, sha256, start),
  FOREIGN KEY (tenant, sha256) REFERENCES content_body
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
