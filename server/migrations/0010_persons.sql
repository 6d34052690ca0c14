-- Persons, the public keys they hold, and whose an API token is. What a key may sign stands in the trust document only.

CREATE TABLE person (
  tenant      integer     NOT NULL REFERENCES organization,
  id          text        PRIMARY KEY,
  -- The id this person has, or is to have, as a signer; also how people name him.
  handle      text        NOT NULL CHECK (handle ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  name        text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT person_handle UNIQUE (tenant, handle)
);

CREATE TABLE person_key (
  tenant      integer     NOT NULL REFERENCES organization,
  person      text        NOT NULL REFERENCES person,
  public_key  bytea       NOT NULL CHECK (length(public_key) = 32),
  name        text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  -- One key, one holder: else one person could pass for two.
  CONSTRAINT person_key_once UNIQUE (tenant, public_key)
);
CREATE INDEX person_key_of ON person_key (person);

ALTER TABLE api_token ADD COLUMN person text REFERENCES person;
ALTER TABLE api_token ADD COLUMN created_by text;
CREATE INDEX api_token_of ON api_token (person) WHERE person IS NOT NULL;

-- Tokens made on the host were given every permission there was; they keep that when the list grows.
UPDATE api_token SET permissions = ARRAY['*']
WHERE permissions @> ARRAY['devices.read', 'devices.write', 'enrollment.read', 'enrollment.write',
                           'inventory.read', 'metrics.read', 'alerts.read', 'trust.read'];
