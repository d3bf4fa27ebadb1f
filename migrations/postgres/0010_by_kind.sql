-- While statistics are older than the problems, Postgres takes a company's problems of all kinds for one row, and this
-- index for as good a way to the problem of one record as the unique one of its key; a bulk action then reads all of them
-- for each of its records. With a condition that always holds, only a statement about kinds is given the index.
DROP INDEX problems_by_kind;
CREATE INDEX problems_by_kind ON problems (company_id, kind, set_aside_at) WHERE resolved_at IS NULL AND kind <> '';
