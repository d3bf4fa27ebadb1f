-- Looking after connections: access that is waited for, the first daily checks, pausing everything, archived companies,
-- and company lists that are imported.

-- There once access was given.
ALTER TABLE authorisations ADD COLUMN approved_at BIGINT;
-- The organisations it opens then, as JSON.
ALTER TABLE authorisations ADD COLUMN organisations TEXT NOT NULL DEFAULT '[]';
-- Why it leads nowhere for now, in a sentence.
ALTER TABLE authorisations ADD COLUMN trouble TEXT;
ALTER TABLE authorisations ADD COLUMN looked_at BIGINT;
ALTER TABLE authorisations ADD COLUMN next_look_at BIGINT;
CREATE INDEX authorisations_looks ON authorisations (next_look_at) WHERE next_look_at IS NOT NULL;

-- Connections older than the daily check: their first ones are spread over a day.
UPDATE connections SET next_probe_at = CAST(extract(epoch FROM now()) * 1000 AS BIGINT) + CAST(random() * 86400000 AS BIGINT) WHERE authorisation = 'valid';

-- 1: a full sync was asked for before the pause and did not begin; it is asked for again when the pause ends.
ALTER TABLE connections ADD COLUMN held_sync BIGINT NOT NULL DEFAULT 0;
CREATE INDEX connections_paused ON connections (pause_id, company_id) WHERE pause_id IS NOT NULL;

-- "Pause everything", and how far it has got with the companies of its group, in the order of their ids.
CREATE TABLE pauses (
    id          TEXT PRIMARY KEY,
    group_id    TEXT NOT NULL REFERENCES property_groups (id),
    -- pausing | paused | resuming | resumed
    state       TEXT NOT NULL,
    got_to      TEXT NOT NULL DEFAULT '',
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    resumed_by  TEXT,
    resumed_at  BIGINT
);
CREATE UNIQUE INDEX pauses_one ON pauses (group_id) WHERE state <> 'resumed';

-- Derived, as the other facts of a company: 1 while its connection is paused.
ALTER TABLE companies ADD COLUMN paused BIGINT NOT NULL DEFAULT 0;

-- A group's archive is a group of its own that nobody looks at: its companies are out of every list and count, and no
-- query of the overview has to leave anything out.
ALTER TABLE property_groups ADD COLUMN archive_of TEXT REFERENCES property_groups (id);
CREATE UNIQUE INDEX property_groups_archive ON property_groups (archive_of) WHERE archive_of IS NOT NULL;

-- Lists of companies that were imported.
CREATE TABLE company_imports (
    id           TEXT PRIMARY KEY,
    file_name    TEXT NOT NULL,
    -- running | done | refused
    state        TEXT NOT NULL,
    done         BIGINT NOT NULL DEFAULT 0,
    total        BIGINT NOT NULL DEFAULT 0,
    report       TEXT NOT NULL DEFAULT '',
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
