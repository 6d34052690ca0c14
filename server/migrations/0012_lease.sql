-- Who of several processes does what only one may do. Its transactions begin by locking its row FOR KEY SHARE with its token:
-- a renewal goes on beside them, a takeover changes the token, which is part of a unique key, and so waits for them.
CREATE TABLE lease (
  name text PRIMARY KEY,
  -- Raised with each takeover; whoever holds an older one changes nothing any more.
  token bigint NOT NULL,
  -- The data folder whose process holds it, and that process; a process of the same folder that is not there any more has ended.
  instance text NOT NULL,
  holder text NOT NULL,
  -- By the clock of the database; -infinity when it was given up.
  valid_until timestamptz NOT NULL,
  UNIQUE (name, token)
);
