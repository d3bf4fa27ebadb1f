-- The few messages of a level that stand out among those of one long sync, and by kind of record. Each says of its own
-- column that it is not empty, which is always so: only a statement that asks for the column is given the index.
CREATE INDEX messages_run_level ON messages (run_id, level, id) WHERE level <> 'info' AND run_id <> '';
CREATE INDEX messages_level_entity ON messages (company_id, level, entity, id) WHERE level <> 'info' AND entity <> '';

-- The syncs that open problems name keep their messages.
CREATE INDEX problems_open_run ON problems (run_id) WHERE resolved_at IS NULL;
