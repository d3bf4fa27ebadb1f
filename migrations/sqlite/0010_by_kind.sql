-- Postgres chooses between indexes by its statistics and has problems_by_kind made anew; SQLite takes the unique index
-- where a statement names its key, so nothing changes here.
SELECT 1;
