-- What the results page reads, of a hundred thousand problems of one company in a few milliseconds. The columns of an
-- index's own condition are empty throughout; in the index they let SQLite see that it needs no row.

-- What problems are grouped by: the beginning of the cause, for the accounting side's own words may be longer than an
-- index takes.
ALTER TABLE problems ADD COLUMN cause_key TEXT GENERATED ALWAYS AS (substr(cause, 1, 300)) STORED;

-- Open problems in the order of the list: a page, however late, reads no row but its own.
CREATE INDEX problems_listed ON problems
    (company_id, (CASE kind WHEN 'blocked' THEN 1 WHEN 'unlinked' THEN 2 ELSE 0 END), last_seen DESC, id DESC, entity, kind, cause_key, resolved_at, set_aside_at)
    WHERE resolved_at IS NULL AND set_aside_at IS NULL;

-- Open problems by cause, and how many of which kind there are, counted from the index alone.
CREATE INDEX problems_causes ON problems (company_id, cause_key, entity, kind, last_seen, id, resolved_at, set_aside_at)
    WHERE resolved_at IS NULL AND set_aside_at IS NULL;

-- Those set aside: few, among many that are resolved.
CREATE INDEX problems_aside ON problems (company_id, last_seen, id, kind, resolved_at, set_aside_at)
    WHERE resolved_at IS NULL AND set_aside_at IS NOT NULL;

-- Problems whatever became of them: without it, a list of all would read those of every company. Its condition always
-- holds; queries that do not state it cannot be led to read what was resolved long ago.
CREATE INDEX problems_seen ON problems (company_id, last_seen, id, kind, times) WHERE times > 0;

-- What was done a moment ago and can be undone.
CREATE INDEX actions_undoable ON actions (company_id, id) WHERE undone_at IS NULL;
