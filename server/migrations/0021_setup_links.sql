-- A setup link reaches no further than its maker did when he made it, nor than he does when it is spent.

-- Those that people made before say neither; a new one is made in a moment. Those of the host stay.
DELETE FROM setup_link WHERE created_by IS NOT NULL;
-- Person whose session or token made it; null: a token that belongs to nobody, or the host.
ALTER TABLE setup_link ADD COLUMN maker text REFERENCES person;
-- What the maker was allowed then; null: made on the host.
ALTER TABLE setup_link ADD COLUMN maker_grants jsonb;
ALTER TABLE setup_link ADD CONSTRAINT setup_link_maker CHECK ((created_by IS NULL) = (maker_grants IS NULL));
