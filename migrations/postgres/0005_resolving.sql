-- What people see and do about problems, and the traces it leaves.

-- out | in | none: which way the record was going.
ALTER TABLE problems ADD COLUMN direction TEXT NOT NULL DEFAULT 'out';
-- The catalogue's word for the cause (account-archived, period-locked …); '' where the catalogue does not know it.
ALTER TABLE problems ADD COLUMN code TEXT NOT NULL DEFAULT '';
-- What of the record is to be mended: account | tax_rate | tracking, '' where it is none of these; and its value here.
ALTER TABLE problems ADD COLUMN subject_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN subject TEXT NOT NULL DEFAULT '';
-- Blocked ones: the record it waits for, beside its label.
ALTER TABLE problems ADD COLUMN blocked_by_entity TEXT;
ALTER TABLE problems ADD COLUMN blocked_by_id TEXT;
-- Conflicts: what each side holds, as JSON.
ALTER TABLE problems ADD COLUMN ours TEXT NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN theirs TEXT NOT NULL DEFAULT '';
-- Conflicts: what a person chose, until a sync has carried it out. NULL | adopt
ALTER TABLE problems ADD COLUMN decision TEXT;
-- Set aside by a person: since, by whom, why, and until when; until NULL: until it changes.
ALTER TABLE problems ADD COLUMN set_aside_at BIGINT;
ALTER TABLE problems ADD COLUMN set_aside_until BIGINT;
ALTER TABLE problems ADD COLUMN set_aside_by TEXT NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- Those whose time is up come back.
CREATE INDEX problems_set_aside ON problems (set_aside_until) WHERE set_aside_until IS NOT NULL AND resolved_at IS NULL;
CREATE INDEX problems_resolved ON problems (company_id, resolved_at) WHERE resolved_at IS NOT NULL;

-- What people did about records, and what it takes to undo it.
CREATE TABLE actions (
    id          TEXT PRIMARY KEY,
    company_id  TEXT NOT NULL REFERENCES companies (id),
    -- retry | unlink | link | set_aside | take_up | adopt | send_as_new | remap | edit
    kind        TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- In words: `Unlinked 37 records`.
    summary     TEXT NOT NULL,
    note        TEXT NOT NULL DEFAULT '',
    records     BIGINT NOT NULL,
    undone_at   BIGINT,
    undone_by   TEXT
);
CREATE INDEX actions_company ON actions (company_id, id);

CREATE TABLE action_records (
    action_id  TEXT NOT NULL REFERENCES actions (id),
    entity     TEXT NOT NULL,
    local_id   TEXT NOT NULL,
    label      TEXT NOT NULL,
    PRIMARY KEY (action_id, entity, local_id)
);
CREATE INDEX action_records_record ON action_records (entity, local_id, action_id);

-- Every version a contact ever had, as document_versions has them of documents.
CREATE TABLE contact_versions (
    contact_id  TEXT NOT NULL REFERENCES contacts (id),
    version     BIGINT NOT NULL,
    content     TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    PRIMARY KEY (contact_id, version)
);

-- How long each stage of a run took, and what it did.
CREATE TABLE run_stages (
    run_id      TEXT NOT NULL REFERENCES runs (id),
    stage       TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    sent        BIGINT NOT NULL DEFAULT 0,
    received    BIGINT NOT NULL DEFAULT 0,
    failed      BIGINT NOT NULL DEFAULT 0,
    blocked     BIGINT NOT NULL DEFAULT 0,
    -- Read or compared, and the same on both sides.
    unchanged   BIGINT NOT NULL DEFAULT 0,
    -- Waited for rate limits, milliseconds.
    waited_ms   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, stage)
);

-- The log of one record, and the few messages of a level that stand out among millions.
CREATE INDEX messages_record ON messages (company_id, entity, local_id, id) WHERE local_id IS NOT NULL;
CREATE INDEX messages_level ON messages (company_id, level, id) WHERE level <> 'info';
CREATE INDEX messages_entity ON messages (company_id, entity, id);
