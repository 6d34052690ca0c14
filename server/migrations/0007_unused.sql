-- Content that nothing refers to any more, and devices by the beginning of their id.

-- When nothing was found to refer to the row; null while something does. From then on it counts as not known, and a day later it is deleted.
ALTER TABLE slice ADD COLUMN unused_since timestamptz;
ALTER TABLE package_set ADD COLUMN unused_since timestamptz;
ALTER TABLE package ADD COLUMN unused_since timestamptz;
CREATE INDEX slice_unused ON slice (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX package_set_unused ON package_set (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX package_unused ON package (unused_since) WHERE unused_since IS NOT NULL;
-- Candidates; whether history refers to them is looked at then.
CREATE INDEX package_set_unheld ON package_set (id) WHERE devices = 0;

CREATE INDEX device_id_prefix ON device (tenant, id text_pattern_ops);
