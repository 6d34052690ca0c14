-- Metrics: chunks as the devices encode them. The server decodes on read only.

-- An hour of minutes a row. Partitions by day are made ahead and dropped whole.
CREATE TABLE metric_chunk (
  tenant     integer     NOT NULL,
  idx        integer     NOT NULL,
  starts_at  timestamptz NOT NULL,
  -- outbox number of the device: a higher one replaces a lower one, as the open hour replaces itself
  seq        bigint      NOT NULL,
  points     smallint    NOT NULL CHECK (points BETWEEN 1 AND 60),
  chunk      bytea       NOT NULL,
  PRIMARY KEY (tenant, idx, starts_at)
) PARTITION BY RANGE (starts_at);
-- deflated already
ALTER TABLE metric_chunk ALTER COLUMN chunk SET STORAGE EXTERNAL;

-- A day of hours a row, made from the rows above. Partitions by month, named after their first day.
CREATE TABLE metric_rollup (
  tenant     integer     NOT NULL,
  idx        integer     NOT NULL,
  starts_at  timestamptz NOT NULL,
  chunk      bytea       NOT NULL,
  PRIMARY KEY (tenant, idx, starts_at)
) PARTITION BY RANGE (starts_at);
ALTER TABLE metric_rollup ALTER COLUMN chunk SET STORAGE EXTERNAL;

-- Days of devices whose roll-up is missing or older than a chunk of that day. Every late chunk raises the version, so that a
-- roll-up made meanwhile is known to be old.
CREATE TABLE metric_due (
  tenant   integer NOT NULL,
  idx      integer NOT NULL,
  day      date    NOT NULL,
  version  integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, idx, day)
);
CREATE INDEX metric_due_day ON metric_due (day);

-- Makes the partition of roll-ups that this day belongs to, if it is missing.
CREATE FUNCTION metric_rollup_ensure(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month date := date_trunc('month', day)::date;
  name  text := 'metric_rollup_p' || to_char(month, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('partitions'), hashtext('metric_rollup'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF metric_rollup FOR VALUES FROM (%L) TO (%L)',
      name, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
  END IF;
END $$;
