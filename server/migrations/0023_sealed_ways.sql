-- Where a webhook goes and the key of its signatures are sealed under a key in the data folder, which a statement has not: ways from
-- before are sealed by the sender when it starts, which empties `secret` and leaves of the URL what is shown.

ALTER TABLE notify_way ADD COLUMN sealed bytea;

-- A rule tells what whoever saved it last may see, as he may now; null: a token of nobody, which only the host makes.
ALTER TABLE notify_rule ADD COLUMN maker text REFERENCES person;

-- Rules from before know the name of whoever made them: where it is that of one person, he answers for it.
UPDATE notify_rule SET maker = named.id
FROM (SELECT tenant, name, min(id) AS id FROM person GROUP BY tenant, name HAVING count(*) = 1) AS named
WHERE named.tenant = notify_rule.tenant AND named.name = notify_rule.created_by;
