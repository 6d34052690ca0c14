-- The list of alerts that somebody has, or had: they are few, and the history of all alerts is long.

CREATE INDEX alert_taken_list ON alert (tenant, (cleared_at IS NULL), fired_at, id) WHERE taken_at IS NOT NULL;
