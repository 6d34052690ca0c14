-- Policies: signed revisions, and signed sets that say which of them are in force. Rows are added, never changed or removed.

CREATE TABLE policy_revision (
  tenant      integer     NOT NULL REFERENCES organization,
  name        text        COLLATE "C" NOT NULL,
  -- versions count from 1 within the policy epoch of the trust document
  epoch       bigint      NOT NULL CHECK (epoch > 0),
  version     bigint      NOT NULL CHECK (version > 0),
  -- base64url sha256 of what was signed; sets name revisions by it
  digest      text        COLLATE "C" NOT NULL,
  -- the signed bytes with their signatures, as text
  envelope    text        NOT NULL,
  stored_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, name, epoch, version),
  CONSTRAINT policy_revision_digest UNIQUE (tenant, digest)
);

-- In force is the one of the present epoch with the highest version.
CREATE TABLE policy_set (
  tenant      integer     NOT NULL REFERENCES organization,
  epoch       bigint      NOT NULL CHECK (epoch > 0),
  version     bigint      NOT NULL CHECK (version > 0),
  digest      text        COLLATE "C" NOT NULL,
  envelope    text        NOT NULL,
  stored_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, epoch, version),
  CONSTRAINT policy_set_digest UNIQUE (tenant, digest)
);
