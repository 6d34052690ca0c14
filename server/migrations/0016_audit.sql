-- Audit: what was written waits in one table until the sealer moves it into the other, chained; nothing is ever changed there.

-- Written in the transaction of the change; at, xid and position are the database's word.
CREATE TABLE audit_pending (
  tenant    integer     NOT NULL REFERENCES organization,
  position  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  at        timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  -- the event as strict JSON; these bytes are what the chain covers
  body      text        NOT NULL CHECK (octet_length(body) BETWEEN 2 AND 65536)
);
CREATE INDEX audit_pending_order ON audit_pending (xid, position);

-- Sealed events. What lists filter by is made from the body by the database, so that it can never say something else.
CREATE TABLE audit_event (
  tenant    integer     NOT NULL,
  -- place in the chain, from 1
  seq       bigint      NOT NULL CHECK (seq > 0),
  at        timestamptz NOT NULL,
  body      text        NOT NULL,
  -- sha256 of the entry: body, seq, at and the hash before
  hash      bytea       NOT NULL CHECK (length(hash) = 32),
  act       text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (body::jsonb ->> 'act') STORED,
  outcome   text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (body::jsonb ->> 'outcome') STORED,
  actor     text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (body::jsonb -> 'actor' ->> 'id') STORED,
  subject   text        COLLATE "C" GENERATED ALWAYS AS (body::jsonb -> 'subject' ->> 'id') STORED,
  PRIMARY KEY (tenant, seq, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_act ON audit_event (tenant, act, seq);
CREATE INDEX audit_event_actor ON audit_event (tenant, actor, seq);
CREATE INDEX audit_event_subject ON audit_event (tenant, subject, seq) WHERE subject IS NOT NULL;

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_kept BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

-- The end of the chain: one row a tenant, locked by whoever seals.
CREATE TABLE audit_head (
  tenant  integer PRIMARY KEY REFERENCES organization,
  size    bigint  NOT NULL CHECK (size >= 0),
  hash    bytea   NOT NULL CHECK (length(hash) = 32)
);

-- Roots of complete subtrees of 256^level leaves, so that a proof reads a few hundred rows however long the chain is.
CREATE TABLE audit_node (
  tenant  integer  NOT NULL REFERENCES organization,
  level   smallint NOT NULL CHECK (level BETWEEN 1 AND 7),
  at      bigint   NOT NULL CHECK (at >= 0),
  hash    bytea    NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (tenant, level, at)
);

-- Signed checkpoints, as text.
CREATE TABLE audit_checkpoint (
  tenant    integer     NOT NULL REFERENCES organization,
  size      bigint      NOT NULL CHECK (size > 0),
  made_at   timestamptz NOT NULL,
  envelope  text        NOT NULL,
  PRIMARY KEY (tenant, size)
);
CREATE TRIGGER audit_checkpoint_kept BEFORE UPDATE OR DELETE ON audit_checkpoint
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

-- Makes the partition of the month of that day, if it is missing.
CREATE FUNCTION audit_event_ensure(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month date := date_trunc('month', day)::date;
  name  text := 'audit_event_p' || to_char(month, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('partitions'), hashtext('audit_event'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF audit_event FOR VALUES FROM (%L) TO (%L)',
      name, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
  END IF;
END $$;
