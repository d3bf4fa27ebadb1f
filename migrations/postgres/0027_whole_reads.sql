-- Since when a dataset is read from its beginning, in epoch milliseconds: what an accounting system changes without saying so
-- is found by reading everything again now and then.
ALTER TABLE cursors ADD COLUMN whole_at BIGINT NOT NULL DEFAULT 0;
