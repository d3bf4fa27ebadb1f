-- Who works runs: one row a process that does. It counts up its beat every few seconds; a count that stands still, by the
-- clock of whoever watches it, is a worker that is gone. No two clocks are compared, so none of them has to be right.
CREATE TABLE workers (
    id       TEXT PRIMARY KEY,
    -- Which process of which machine: one on the same machine can see at once that it has ended. Empty: cannot be told.
    process  TEXT NOT NULL,
    beat     BIGINT NOT NULL,
    -- For people: epoch milliseconds.
    beat_at  BIGINT NOT NULL
);

-- A run's worker is looked up in it instead of a time until which the run is held.
DROP INDEX runs_leases;
ALTER TABLE runs DROP COLUMN lease_until;
CREATE INDEX runs_held ON runs (lease_owner) WHERE state = 'running';

-- Where a rate limit has to pass first: epoch milliseconds. 0: at once.
ALTER TABLE runs ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
CREATE INDEX runs_next ON runs (not_before, id) WHERE state = 'queued';

-- Which process imports a file, as in workers: an import whose process ended is over.
ALTER TABLE imports ADD COLUMN process TEXT NOT NULL DEFAULT '';
CREATE INDEX imports_running ON imports (started_at) WHERE state = 'running';
ALTER TABLE company_imports ADD COLUMN process TEXT NOT NULL DEFAULT '';
CREATE INDEX company_imports_running ON company_imports (started_at) WHERE state = 'running';
