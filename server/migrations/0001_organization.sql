-- Organizations and their signed trust documents. Everything else hangs below a tenant number.

CREATE TABLE organization (
  tenant      integer     PRIMARY KEY,
  id          text        NOT NULL UNIQUE,
  name        text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE trust_document (
  tenant      integer     NOT NULL REFERENCES organization,
  version     integer     NOT NULL,
  hash        bytea       NOT NULL,
  envelope    text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, version)
);

CREATE TABLE api_token (
  tenant       integer     NOT NULL REFERENCES organization,
  id           text        PRIMARY KEY,
  name         text        NOT NULL,
  secret_hash  bytea       NOT NULL,
  permissions  text[]      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz
);
