-- Roles: what persons may do, and on which devices. Built-in roles stand in the program and are named by it; the others stand here.

CREATE TABLE role (
  tenant       integer     NOT NULL REFERENCES organization,
  id           text        PRIMARY KEY CHECK (id ~ '^rol_[a-z2-7]{26}$'),
  name         text        NOT NULL,
  description  text        NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT role_name UNIQUE (tenant, name)
);

CREATE TABLE role_grant (
  role         text        NOT NULL REFERENCES role ON DELETE CASCADE,
  position     smallint    NOT NULL,
  permission   text        NOT NULL,
  -- expression over devices; null: all of them
  where_text   text,
  -- kinds of command, and digests of content; null: all
  kinds        text[],
  contents     text[],
  PRIMARY KEY (role, position)
);

CREATE TABLE person_role (
  tenant       integer     NOT NULL REFERENCES organization,
  person       text        NOT NULL REFERENCES person,
  -- name of a built-in role, or id of one of the table
  role         text        NOT NULL,
  -- holds on these devices only; null: as far as the role goes
  where_text   text,
  given_at     timestamptz NOT NULL DEFAULT now(),
  -- a role that somebody has cannot be deleted
  custom       text        GENERATED ALWAYS AS (CASE WHEN starts_with(role, 'rol_') THEN role END) STORED REFERENCES role,
  PRIMARY KEY (person, role)
);
CREATE INDEX person_role_of ON person_role (tenant, role);

-- Nobody acts for a disabled person: neither he nor his tokens.
ALTER TABLE person ADD COLUMN disabled_at timestamptz;

-- Limits of a token besides its list of permissions, as grants; null: none.
ALTER TABLE api_token ADD COLUMN grants jsonb;

-- Whoever was there first is the admin. The others get their roles from him.
INSERT INTO person_role (tenant, person, role)
SELECT DISTINCT ON (tenant) tenant, id, 'admin' FROM person ORDER BY tenant, created_at, id;
