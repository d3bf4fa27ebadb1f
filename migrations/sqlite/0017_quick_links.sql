-- What the bar of every page shows, in the order of an index each: the companies that need a person, those that ran last
-- first (severity 4 and above: see SyncStatus::needs_attention), and the syncs under way and waiting. Times alone decide
-- nothing where many are asked for together.
CREATE INDEX companies_attention_recent ON companies (group_id, last_run_at DESC, name_key) WHERE severity + 0 >= 4;
DROP INDEX runs_started;
CREATE INDEX runs_started ON runs (started_at, id) WHERE state = 'running';
DROP INDEX runs_queue;
CREATE INDEX runs_queue ON runs (queued_at, id) WHERE state = 'queued';
