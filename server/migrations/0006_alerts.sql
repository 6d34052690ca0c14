-- Alerts: what devices decided about their own thresholds. One is open a device, rule and series.

CREATE TABLE alert (
  tenant         integer     NOT NULL,
  id             bigint      GENERATED ALWAYS AS IDENTITY,
  idx            integer     NOT NULL,
  rule           text        NOT NULL,
  series         text        NOT NULL,
  severity       text        NOT NULL CHECK (severity IN ('warning', 'critical')),
  value          float8      NOT NULL,
  threshold      float8      NOT NULL,
  -- when the condition began to hold, when the rule decided, when it was well again
  since          timestamptz NOT NULL,
  fired_at       timestamptz NOT NULL,
  cleared_at     timestamptz,
  cleared_value  float8,
  -- outbox number of the last message that changed this row; lower ones have been applied
  seq            bigint      NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, idx) REFERENCES device
);
CREATE UNIQUE INDEX alert_open ON alert (tenant, idx, rule, series) WHERE cleared_at IS NULL;
CREATE INDEX alert_latest ON alert (tenant, idx, rule, series, seq DESC);
CREATE INDEX alert_list ON alert (tenant, (cleared_at IS NULL), fired_at, id);
CREATE INDEX alert_device ON alert (tenant, idx, (cleared_at IS NULL), fired_at, id);
