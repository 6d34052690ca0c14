-- Rows of runs as small as they go, since a job writes one a device: columns in the order in which nothing is padded, and no null in the row
-- of a run that went well, so that it has no bitmap. An entry of the index is a quarter smaller with the wider number first.
ALTER TABLE job_exception RENAME TO job_exception_before;
ALTER INDEX job_exception_pkey RENAME TO job_exception_before_pkey;

CREATE TABLE job_exception (
  job       bigint      NOT NULL,
  at        timestamptz NOT NULL,
  tenant    integer     NOT NULL,
  idx       integer     NOT NULL,
  -- number of the last report that was applied
  n         integer     NOT NULL,
  exit      smallint,
  truncated boolean     NOT NULL DEFAULT false,
  -- empty: none
  code      text        NOT NULL DEFAULT '',
  message   text        NOT NULL DEFAULT '',
  -- hash of the kept output; empty: none
  output    bytea       NOT NULL DEFAULT '',
  -- hint of the key where the result is stored as it was signed; empty: it is packed (packed.ts), or there is none
  keyid     text        NOT NULL DEFAULT '',
  -- signed result and signature; null: none
  payload   bytea,
  signature bytea,
  PRIMARY KEY (job, tenant, idx)
);

INSERT INTO job_exception (job, at, tenant, idx, n, exit, truncated, code, message, output, keyid, payload, signature)
SELECT job, at, tenant, idx, n, exit, truncated, coalesce(code, ''), message, coalesce(output, ''), coalesce(keyid, ''), payload, signature
FROM job_exception_before ORDER BY job, tenant, idx;

DROP TABLE job_exception_before;
