-- Signing in: who may, by what, and who is signed in. Secrets are kept as hashes; the one that must be read again is sealed.

CREATE TABLE account (
  tenant            integer     NOT NULL REFERENCES organization,
  person            text        PRIMARY KEY REFERENCES person,
  -- argon2id in PHC form. Alone it signs nobody in.
  password_hash     text,
  password_at       timestamptz,
  -- Secret of the one-time codes, AES-256-GCM under a key in the data folder. The next one counts once a code of it was right.
  totp_sealed       bytea,
  totp_next_sealed  bytea,
  totp_at           timestamptz,
  -- Time step of the last code that was taken; that one and earlier ones are never taken again.
  totp_step         bigint      NOT NULL DEFAULT 0,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_second_factor CHECK (totp_sealed IS NULL OR password_hash IS NOT NULL)
);

CREATE TABLE recovery_code (
  tenant      integer     NOT NULL REFERENCES organization,
  person      text        NOT NULL REFERENCES account,
  code_hash   bytea       NOT NULL CHECK (length(code_hash) = 32),
  PRIMARY KEY (person, code_hash)
);

CREATE TABLE passkey (
  tenant       integer     NOT NULL REFERENCES organization,
  id           text        PRIMARY KEY,
  -- Credential id, as the authenticator chose it.
  credential   bytea       NOT NULL UNIQUE CHECK (length(credential) BETWEEN 1 AND 1023),
  person       text        NOT NULL REFERENCES account,
  -- COSE.
  public_key   bytea       NOT NULL,
  -- Signatures that the authenticator says it has made; 0 for ever with those that do not count.
  counter      bigint      NOT NULL,
  transports   text[]      NOT NULL,
  name         text        NOT NULL,
  -- True for one that its maker keeps copies of.
  synced       boolean     NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  used_at      timestamptz
);
CREATE INDEX passkey_of ON passkey (person);

CREATE TABLE identity (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        NOT NULL UNIQUE,
  issuer      text        NOT NULL,
  -- `sub` of the provider: the only name that it never gives to another.
  subject     text        NOT NULL,
  person      text        NOT NULL REFERENCES account,
  name        text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT identity_once PRIMARY KEY (tenant, issuer, subject)
);
CREATE INDEX identity_of ON identity (person);

CREATE TABLE setup_link (
  tenant       integer     NOT NULL REFERENCES organization,
  -- One link a person: another takes its place.
  person       text        PRIMARY KEY REFERENCES person,
  secret_hash  bytea       NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  -- Who made it; null: made on the host.
  created_by   text,
  expires_at   timestamptz NOT NULL
);

CREATE TABLE signin_session (
  tenant       integer     NOT NULL REFERENCES organization,
  id           text        PRIMARY KEY,
  person       text        NOT NULL REFERENCES account,
  secret_hash  bytea       NOT NULL CHECK (length(secret_hash) = 32),
  method       text        NOT NULL CHECK (method IN ('passkey', 'password', 'oidc', 'setup')),
  -- A limited session may do nothing but complete the account.
  limited      boolean     NOT NULL,
  address      text        NOT NULL,
  program      text        NOT NULL,
  created_at   timestamptz NOT NULL,
  -- Written at most once a minute.
  used_at      timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  -- When the person last showed to be there.
  proven_at    timestamptz
);
CREATE INDEX signin_session_of ON signin_session (person);
CREATE INDEX signin_session_expiry ON signin_session (expires_at);
