-- Notifications: ways to people and programs, rules that say which alerts go there, pauses, and what is on its way.

CREATE TABLE notify_way (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        PRIMARY KEY,
  name        text        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('mail', 'webhook')),
  -- addresses of mail; or one URL
  targets     text[]      NOT NULL,
  -- key of the signatures of a webhook; no route gives it out again
  secret      bytea,
  is_enabled  boolean     NOT NULL,
  created_by  text        NOT NULL,
  changed_at  timestamptz NOT NULL,
  CONSTRAINT notify_way_name UNIQUE (tenant, name)
);

CREATE TABLE notify_rule (
  tenant        integer     NOT NULL REFERENCES organization,
  id            text        PRIMARY KEY,
  name          text        NOT NULL,
  -- null: every device
  expression    text,
  severities    text[]      NOT NULL,
  ways          text[]      NOT NULL,
  tells_ends    boolean     NOT NULL,
  -- alerts are gathered so long before a message; it is not sent more often; an end must hold so long
  wait_ms       integer     NOT NULL,
  every_ms      integer     NOT NULL,
  -- as JSON: from, to, zone, exceptCritical; null: none
  quiet         text,
  is_enabled    boolean     NOT NULL,
  created_by    text        NOT NULL,
  changed_at    timestamptz NOT NULL,
  sent_at       timestamptz,
  CONSTRAINT notify_rule_name UNIQUE (tenant, name)
);

CREATE TABLE notify_pause (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        PRIMARY KEY,
  reason      text        NOT NULL,
  -- null: every device
  expression  text,
  from_at     timestamptz NOT NULL,
  until_at    timestamptz NOT NULL,
  created_by  text        NOT NULL
);
CREATE INDEX notify_pause_until ON notify_pause (tenant, until_at);

-- What happened, written with the alert in one transaction; taken away when rules have been asked.
CREATE TABLE notify_event (
  tenant      integer     NOT NULL,
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idx         integer     NOT NULL,
  rule        text        NOT NULL,
  series      text        NOT NULL,
  severity    text        NOT NULL,
  is_firing   boolean     NOT NULL,
  value       float8      NOT NULL,
  threshold   float8      NOT NULL,
  at          timestamptz NOT NULL
);

-- What a rule has to tell, or not: the newest of a device, rule and series.
CREATE TABLE notify_change (
  tenant      integer     NOT NULL,
  rule_id     text        NOT NULL REFERENCES notify_rule ON DELETE CASCADE,
  idx         integer     NOT NULL,
  rule        text        NOT NULL,
  series      text        NOT NULL,
  severity    text        NOT NULL,
  is_firing   boolean     NOT NULL,
  value       float8      NOT NULL,
  threshold   float8      NOT NULL,
  at          timestamptz NOT NULL,
  -- how often it changed since it was told
  changes     integer     NOT NULL,
  due_at      timestamptz NOT NULL,
  PRIMARY KEY (rule_id, idx, rule, series)
);
CREATE INDEX notify_change_due ON notify_change (due_at);

-- What a rule has told as open.
CREATE TABLE notify_told (
  tenant      integer     NOT NULL,
  rule_id     text        NOT NULL REFERENCES notify_rule ON DELETE CASCADE,
  idx         integer     NOT NULL,
  rule        text        NOT NULL,
  series      text        NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (rule_id, idx, rule, series)
);

-- Messages on their way and, for a while, those that have ended.
CREATE TABLE notify_message (
  tenant      integer     NOT NULL REFERENCES organization,
  -- also the id by which a receiver knows that he has it already
  id          text        PRIMARY KEY,
  kind        text        NOT NULL CHECK (kind IN ('alerts', 'test')),
  way_id      text        REFERENCES notify_way ON DELETE SET NULL,
  way_name    text        NOT NULL,
  rule_name   text        NOT NULL,
  subject     text        NOT NULL,
  body        text        NOT NULL,
  -- the same as JSON, for programs
  payload     text        NOT NULL,
  state       text        NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
  attempts    integer     NOT NULL DEFAULT 0,
  next_at     timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  -- why the last attempt failed; empty: it did not
  error       text        NOT NULL DEFAULT ''
);
CREATE INDEX notify_message_waiting ON notify_message (next_at) WHERE state = 'waiting';
CREATE INDEX notify_message_list ON notify_message (tenant, created_at, id);
