-- Jobs: one row a job, a byte a target in blocks of 1,024 devices, and a row a run only for what is worth one.

CREATE TABLE job (
  tenant      integer     NOT NULL REFERENCES organization,
  number      bigint      GENERATED ALWAYS AS IDENTITY,
  -- the id of the command
  id          text        COLLATE "C" NOT NULL,
  -- sha256 over what was signed; signatures may be added without changing it
  digest      bytea       NOT NULL CHECK (length(digest) = 32),
  kind        text        NOT NULL,
  class       text        NOT NULL,
  requester   text        NOT NULL,
  -- name of the API token that handed it in
  made_by     text        NOT NULL,
  envelope    text        NOT NULL,
  options     jsonb       NOT NULL,
  dedupe_key  text,
  -- who has signed, at the time of the last signature
  signers     text[]      NOT NULL,
  targets     integer     NOT NULL CHECK (targets > 0),
  state       text        NOT NULL CHECK (state IN
    ('awaiting-signatures', 'scheduled', 'running', 'held', 'done', 'canceled', 'expired')),
  -- why it is held or was canceled; empty: nothing to say
  note        text        NOT NULL DEFAULT '',
  -- failures at which it is held; null: never
  stop_at     integer,
  not_before  timestamptz NOT NULL,
  not_after   timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  -- null while a target is open
  ended_at    timestamptz,
  -- targets by state, written at the end; before that the blocks are counted
  counts      jsonb,
  PRIMARY KEY (tenant, number),
  UNIQUE (tenant, id)
);
CREATE UNIQUE INDEX job_dedupe ON job (tenant, dedupe_key) WHERE ended_at IS NULL;
CREATE INDEX job_open ON job (tenant, number) WHERE ended_at IS NULL;
CREATE INDEX job_state ON job (tenant, state, number);
CREATE INDEX job_created ON job (tenant, created_at);
CREATE INDEX job_canceled ON job (tenant, not_after) WHERE state = 'canceled';

-- Devices [block * 1024, block * 1024 + 1023] by number; 255: not meant.
CREATE TABLE job_block (
  tenant  integer NOT NULL,
  job     bigint  NOT NULL,
  block   integer NOT NULL,
  states  bytea   NOT NULL CHECK (length(states) = 1024),
  PRIMARY KEY (tenant, job, block)
) WITH (fillfactor = 50);
ALTER TABLE job_block ALTER COLUMN states SET STORAGE PLAIN;

-- What is worth a row: a code, a sentence, an output, a signed result, a number of reports once their order matters.
CREATE TABLE job_exception (
  tenant    integer     NOT NULL,
  job       bigint      NOT NULL,
  idx       integer     NOT NULL,
  -- number of the last report that was applied
  n         integer     NOT NULL,
  at        timestamptz NOT NULL,
  code      text,
  message   text        NOT NULL DEFAULT '',
  exit      smallint,
  -- hash of the kept output; null: none
  output    bytea,
  truncated boolean     NOT NULL DEFAULT false,
  -- signed result: the signed bytes, the signature, the hint of the key; null: none
  payload   bytea,
  signature bytea,
  keyid     text,
  PRIMARY KEY (tenant, job, idx)
);

-- Outputs of runs by hash: one row however many devices printed it.
CREATE TABLE blob (
  tenant  integer NOT NULL,
  hash    bytea   NOT NULL CHECK (length(hash) = 32),
  body    bytea   NOT NULL,
  PRIMARY KEY (tenant, hash)
);

-- Files fetched from devices, in the pieces in which they came.
CREATE TABLE job_file (
  tenant      integer NOT NULL,
  job         bigint  NOT NULL,
  idx         integer NOT NULL,
  sha256      bytea   NOT NULL CHECK (length(sha256) = 32),
  size_bytes  integer NOT NULL CHECK (size_bytes >= 0),
  received    integer NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND size_bytes),
  complete    boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, job, idx)
);

CREATE TABLE job_file_piece (
  tenant  integer NOT NULL,
  job     bigint  NOT NULL,
  idx     integer NOT NULL,
  start   integer NOT NULL,
  body    bytea   NOT NULL,
  PRIMARY KEY (tenant, job, idx, start),
  FOREIGN KEY (tenant, job, idx) REFERENCES job_file
);
ALTER TABLE job_file_piece ALTER COLUMN body SET STORAGE EXTERNAL;
