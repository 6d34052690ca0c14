-- Compliance: how the items of policies stand on devices, how they stood, and how many stand how.
--
-- state: 0 error, 1 drifted, 2 applying, 3 repaired, 4 compliant, 5 not-applicable, 6 exempt, 7 not-reporting; mode: 0 audit, 1 enforce.

-- What rules that were in force decide about. Rows stay: history names them, and only what people have signed comes in.
CREATE TABLE compliance_rule (
  tenant   integer NOT NULL REFERENCES organization,
  rule_id  integer GENERATED ALWAYS AS IDENTITY,
  policy   text    COLLATE "C" NOT NULL,
  rule     text    COLLATE "C" NOT NULL,
  item     text    COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, rule_id),
  UNIQUE (tenant, policy, rule, item)
);

-- What is known of a device as a whole. A report without a change writes nothing else, and no index: there is room for it in the page.
CREATE TABLE compliance_device (
  tenant        integer     NOT NULL,
  idx           integer     NOT NULL,
  -- outbox number of the last report; lower ones change nothing
  seq           bigint      NOT NULL,
  -- the set it judges by; null: none, and it has no items
  digest        text        COLLATE "C",
  -- when its last cycle was over, and when the server heard of it last
  at            timestamptz NOT NULL,
  heard_at      timestamptz NOT NULL,
  -- nothing that begins may begin before that: the last end that nothing followed, or the last silence
  ended_at      timestamptz,
  -- since when it counts as not reporting; null: it reports
  silent_since  timestamptz,
  -- it was retired: what it says changes nothing any more
  is_over       boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, idx),
  FOREIGN KEY (tenant, idx) REFERENCES device
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX compliance_device_silent ON compliance_device (tenant, idx) WHERE silent_since IS NOT NULL;

-- How an item stands now. One row a device and item; by rule_id, which says both rule and item.
CREATE TABLE compliance (
  tenant   integer     NOT NULL,
  idx      integer     NOT NULL,
  rule_id  integer     NOT NULL,
  state    smallint    NOT NULL CHECK (state BETWEEN 0 AND 6),
  mode     smallint    NOT NULL CHECK (mode IN (0, 1)),
  since    timestamptz NOT NULL,
  code     text        COLLATE "C",
  found    text        NOT NULL,
  wanted   text        NOT NULL,
  reason   text        NOT NULL,
  -- what was done about it, a list of texts; null: nothing
  done     jsonb,
  PRIMARY KEY (tenant, idx, rule_id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX compliance_state ON compliance (tenant, rule_id, state, idx);

-- How it stood, for (since, until]. Partitions by month of the end, named after their first day. rule_id 0, state 7: the device did not report.
CREATE TABLE compliance_past (
  tenant   integer     NOT NULL,
  idx      integer     NOT NULL,
  rule_id  integer     NOT NULL,
  state    smallint    NOT NULL,
  mode     smallint    NOT NULL,
  since    timestamptz NOT NULL,
  until    timestamptz NOT NULL,
  code     text        COLLATE "C",
  CHECK (since < until)
) PARTITION BY RANGE (until);
CREATE INDEX compliance_past_rule ON compliance_past (tenant, rule_id, until);
CREATE INDEX compliance_past_device ON compliance_past (tenant, idx, until);

-- How many items of a rule stand how, always the sum of the rows of compliance, silent devices apart.
CREATE TABLE compliance_count (
  tenant   integer  NOT NULL,
  rule_id  integer  NOT NULL,
  mode     smallint NOT NULL,
  state    smallint NOT NULL,
  count    integer  NOT NULL,
  PRIMARY KEY (tenant, rule_id, mode, state)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- By how much each of these counts changed in an hour, so that a moment of the past is what is now without what came since.
-- Hours of long ago are put together into the first one of their day.
CREATE TABLE compliance_change (
  tenant   integer     NOT NULL,
  hour     timestamptz NOT NULL,
  rule_id  integer     NOT NULL,
  mode     smallint    NOT NULL,
  state    smallint    NOT NULL,
  delta    integer     NOT NULL,
  PRIMARY KEY (tenant, hour, rule_id, mode, state)
) WITH (fillfactor = 80);

-- Makes the partition of the month of that day, if it is missing.
CREATE FUNCTION compliance_past_ensure(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month date := date_trunc('month', day)::date;
  name  text := 'compliance_past_p' || to_char(month, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('partitions'), hashtext('compliance_past'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF compliance_past FOR VALUES FROM (%L) TO (%L)',
      name, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
  END IF;
END $$;
