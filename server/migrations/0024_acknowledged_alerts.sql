-- Acknowledging: who has an open alert, since when, and what he says to it; kept when it is over.

ALTER TABLE alert
  ADD COLUMN taken_at      timestamptz,
  -- his name then, and his id; no id: a token of nobody
  ADD COLUMN taken_by      text,
  ADD COLUMN taken_person  text,
  ADD COLUMN taken_comment text NOT NULL DEFAULT '',
  ADD CONSTRAINT alert_taken CHECK ((taken_at IS NULL) = (taken_by IS NULL));

-- Somebody has it from here on: what rules have not told of it yet is not told.
ALTER TABLE notify_event ADD COLUMN is_taken boolean NOT NULL DEFAULT false;
