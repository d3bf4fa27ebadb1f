-- The syncs under way by their start, and those of them that found errors: what every page shows of them is read without
-- a walk through the companies.
CREATE INDEX runs_started ON runs (started_at) WHERE state = 'running';
CREATE INDEX runs_troubled ON runs (company_id) WHERE state = 'running' AND failed > 0;
