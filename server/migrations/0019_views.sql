-- Saved views of lists: what stands behind `?` in the address of a page, under a name. One view of a page may be a person's default.

CREATE TABLE saved_view (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        PRIMARY KEY,
  -- id of the person, or of the token that belongs to nobody
  owner       text        NOT NULL,
  owner_name  text        NOT NULL,
  page        text        NOT NULL,
  name        text        NOT NULL,
  is_shared   boolean     NOT NULL,
  search      text        NOT NULL,
  changed_at  timestamptz NOT NULL,
  CONSTRAINT saved_view_name UNIQUE (tenant, owner, page, name)
);

CREATE TABLE view_default (
  tenant   integer NOT NULL,
  owner    text    NOT NULL,
  page     text    NOT NULL,
  view_id  text    NOT NULL REFERENCES saved_view ON DELETE CASCADE,
  PRIMARY KEY (tenant, owner, page)
);
