-- Enrollment tokens. The server keeps only the public half of the seed, so a copy of this table enrolls nothing.

CREATE TABLE enrollment_token (
  tenant        integer     NOT NULL REFERENCES organization,
  id            text        PRIMARY KEY,
  name          text        NOT NULL,
  public_key    bytea       NOT NULL CHECK (length(public_key) = 32),
  uses_total    integer     NOT NULL CHECK (uses_total BETWEEN 1 AND 100000),
  uses_left     integer     NOT NULL CHECK (uses_left >= 0 AND uses_left <= uses_total),
  auto_approve  boolean     NOT NULL,
  labels        jsonb       NOT NULL DEFAULT '{}',
  trust_version integer     NOT NULL,
  created_by    text        NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  revoked_at    timestamptz
);
CREATE INDEX enrollment_token_list ON enrollment_token (tenant, created_at DESC, id);
