-- Portable columns in both dialects: UUIDv7 as TEXT, time as epoch milliseconds in BIGINT, calendar dates as
-- 'YYYY-MM-DD' TEXT, money as BIGINT minor units beside its currency, quantities and unit amounts as BIGINT
-- ten-thousandths, flags as BIGINT 0/1, JSON as TEXT.

CREATE TABLE property_groups (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    -- Grows with every visible change of a company in the group: the cursor of the live page.
    change_seq  BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL
);

CREATE TABLE companies (
    id               TEXT PRIMARY KEY,
    group_id         TEXT NOT NULL REFERENCES property_groups (id),
    code             TEXT COLLATE "C" NOT NULL,
    name             TEXT NOT NULL,
    name_key         TEXT COLLATE "C" NOT NULL,
    search_key       TEXT NOT NULL,
    currency         TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    -- Derived facts, kept for filtering, sorting and counting. Written by db::status::refresh only.
    provider         TEXT NOT NULL DEFAULT '',
    organisation     TEXT,
    status           TEXT NOT NULL,
    severity         BIGINT NOT NULL,
    reason           TEXT NOT NULL DEFAULT '',
    open_errors      BIGINT NOT NULL DEFAULT 0,
    active_run_id    TEXT,
    last_run_id      TEXT,
    last_run_at      BIGINT,
    last_success_at  BIGINT,
    change_seq       BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX companies_code ON companies (group_id, code);
CREATE UNIQUE INDEX companies_name ON companies (group_id, name_key);
CREATE INDEX companies_status_name ON companies (group_id, status, name_key);
CREATE INDEX companies_severity ON companies (group_id, severity, name_key);
CREATE INDEX companies_last_success ON companies (group_id, last_success_at, name_key);
CREATE INDEX companies_last_run ON companies (group_id, last_run_at, name_key);
CREATE INDEX companies_changes ON companies (group_id, change_seq);

-- Companies per provider and status, moved in the transaction that changes a status: reading costs the same
-- for ten companies and for a hundred thousand.
CREATE TABLE status_counts (
    group_id  TEXT NOT NULL REFERENCES property_groups (id),
    provider  TEXT NOT NULL,
    status    TEXT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (group_id, provider, status)
);

CREATE TABLE connections (
    id                 TEXT PRIMARY KEY,
    company_id         TEXT NOT NULL UNIQUE REFERENCES companies (id),
    provider           TEXT NOT NULL,
    organisation_id    TEXT NOT NULL,
    organisation_name  TEXT NOT NULL,
    -- valid | lost | disconnected
    authorisation      TEXT NOT NULL,
    lost_reason        TEXT,
    onboarded_at       BIGINT,
    -- Transactions dated before this day are left alone.
    sync_from          TEXT NOT NULL,
    -- off | hourly | nightly
    schedule           TEXT NOT NULL,
    next_sync_at       BIGINT,
    connected_at       BIGINT NOT NULL,
    UNIQUE (provider, organisation_id)
);
CREATE INDEX connections_due ON connections (next_sync_at) WHERE next_sync_at IS NOT NULL;

CREATE TABLE cursors (
    connection_id  TEXT NOT NULL REFERENCES connections (id),
    dataset        TEXT NOT NULL,
    cursor         TEXT NOT NULL,
    PRIMARY KEY (connection_id, dataset)
);

CREATE TABLE contacts (
    id          TEXT PRIMARY KEY,
    company_id  TEXT NOT NULL REFERENCES companies (id),
    name        TEXT NOT NULL,
    name_key    TEXT COLLATE "C" NOT NULL,
    email       TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    country     TEXT NOT NULL DEFAULT '',
    archived    BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 1,
    -- 1 while this version has not reached the accounting side.
    pending     BIGINT NOT NULL DEFAULT 1,
    -- The version last tried: an on-demand sync leaves alone what already failed unchanged.
    tried_version BIGINT NOT NULL DEFAULT 0,
    updated_at  BIGINT NOT NULL,
    UNIQUE (company_id, name_key)
);
CREATE INDEX contacts_pending ON contacts (company_id, id) WHERE pending = 1;

CREATE TABLE documents (
    id            TEXT PRIMARY KEY,
    company_id    TEXT NOT NULL REFERENCES companies (id),
    -- sales_invoice | bill | sales_credit_note | bill_credit_note
    kind          TEXT NOT NULL,
    number        TEXT NOT NULL,
    -- '' where numbers are unique in the company (sales), the contact where they are its supplier's (bills).
    number_scope  TEXT NOT NULL,
    contact_id    TEXT NOT NULL REFERENCES contacts (id),
    reference     TEXT NOT NULL DEFAULT '',
    issue_date    TEXT NOT NULL,
    due_date      TEXT NOT NULL,
    currency      TEXT NOT NULL,
    -- Credit notes carry negative amounts throughout.
    net           BIGINT NOT NULL,
    tax           BIGINT NOT NULL,
    gross         BIGINT NOT NULL,
    paid          BIGINT NOT NULL DEFAULT 0,
    -- draft | approved | void
    state         TEXT NOT NULL,
    content_hash  TEXT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1,
    pending       BIGINT NOT NULL DEFAULT 1,
    tried_version BIGINT NOT NULL DEFAULT 0,
    updated_at    BIGINT NOT NULL,
    UNIQUE (company_id, kind, number, number_scope)
);
CREATE INDEX documents_pending ON documents (company_id, kind, id) WHERE pending = 1;
CREATE INDEX documents_contact ON documents (contact_id);

CREATE TABLE document_lines (
    document_id   TEXT NOT NULL REFERENCES documents (id),
    position      BIGINT NOT NULL,
    item_code     TEXT NOT NULL DEFAULT '',
    description   TEXT NOT NULL,
    quantity_e4   BIGINT NOT NULL,
    unit_amount_e4 BIGINT NOT NULL,
    discount_e4   BIGINT NOT NULL DEFAULT 0,
    account_code  TEXT NOT NULL,
    tax_type      TEXT NOT NULL,
    tracking      TEXT NOT NULL DEFAULT '',
    net           BIGINT NOT NULL,
    tax           BIGINT NOT NULL,
    PRIMARY KEY (document_id, position)
);

CREATE TABLE document_versions (
    document_id  TEXT NOT NULL REFERENCES documents (id),
    version      BIGINT NOT NULL,
    content      TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    made_at      BIGINT NOT NULL,
    PRIMARY KEY (document_id, version)
);

CREATE TABLE payments (
    id            TEXT PRIMARY KEY,
    company_id    TEXT NOT NULL REFERENCES companies (id),
    document_id   TEXT NOT NULL REFERENCES documents (id),
    paid_on       TEXT NOT NULL,
    amount        BIGINT NOT NULL,
    currency      TEXT NOT NULL,
    reference     TEXT NOT NULL DEFAULT '',
    version       BIGINT NOT NULL DEFAULT 1,
    pending       BIGINT NOT NULL DEFAULT 1,
    tried_version BIGINT NOT NULL DEFAULT 0,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX payments_document ON payments (document_id);
CREATE INDEX payments_pending ON payments (company_id, id) WHERE pending = 1;

-- Accounts, tax rates and tracking options as the accounting software last told them; it owns them.
CREATE TABLE reference_items (
    company_id   TEXT NOT NULL REFERENCES companies (id),
    -- account | tax_rate | tracking
    kind         TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    code         TEXT COLLATE "C" NOT NULL,
    name         TEXT NOT NULL,
    -- Tax rates: percent in ten-thousandths.
    rate_e4      BIGINT,
    archived     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (company_id, kind, external_id)
);

-- What a local account code, tax type or tracking option is called on the accounting side.
CREATE TABLE mappings (
    company_id   TEXT NOT NULL REFERENCES companies (id),
    kind         TEXT NOT NULL,
    local_value  TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    PRIMARY KEY (company_id, kind, local_value)
);

CREATE TABLE links (
    connection_id    TEXT NOT NULL REFERENCES connections (id),
    -- contact | invoice | bill | credit_note | payment
    entity           TEXT NOT NULL,
    local_id         TEXT NOT NULL,
    company_id       TEXT NOT NULL REFERENCES companies (id),
    external_id      TEXT,
    -- linked | unlinked
    state            TEXT NOT NULL,
    -- The push under way, committed before the request leaves and cleared with its outcome: what is still
    -- here after a crash is of unknown outcome and is looked up before anything is sent again.
    intent_key       TEXT,
    intent_hash      TEXT,
    intent_version   BIGINT,
    intent_at        BIGINT,
    -- The version both sides hold, and the hash of the accounting side's content at that time.
    synced_version   BIGINT NOT NULL DEFAULT 0,
    external_hash    TEXT NOT NULL DEFAULT '',
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (connection_id, entity, local_id)
);
CREATE UNIQUE INDEX links_external ON links (connection_id, entity, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX links_intents ON links (connection_id, entity) WHERE intent_key IS NOT NULL;

-- The queue and the history of syncs in one table.
CREATE TABLE runs (
    id            TEXT PRIMARY KEY,
    company_id    TEXT NOT NULL REFERENCES companies (id),
    -- manual | scheduled | on_demand | initial
    kind          TEXT NOT NULL,
    -- full | changed
    scope         TEXT NOT NULL,
    -- queued | running | completed | failed | cancelled
    state         TEXT NOT NULL,
    requested_by  TEXT NOT NULL,
    queued_at     BIGINT NOT NULL,
    started_at    BIGINT,
    ended_at      BIGINT,
    -- Asked for while this run was under way: queued when it ends. NULL | full | changed
    followup      TEXT,
    lease_owner   TEXT,
    lease_until   BIGINT,
    attempt       BIGINT NOT NULL DEFAULT 0,
    stage         TEXT,
    done          BIGINT NOT NULL DEFAULT 0,
    total         BIGINT NOT NULL DEFAULT 0,
    -- Waiting for a rate limit until then.
    wait_until    BIGINT,
    sent          BIGINT NOT NULL DEFAULT 0,
    received      BIGINT NOT NULL DEFAULT 0,
    failed        BIGINT NOT NULL DEFAULT 0,
    blocked       BIGINT NOT NULL DEFAULT 0,
    errors        BIGINT NOT NULL DEFAULT 0,
    reason        TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX runs_one_active ON runs (company_id) WHERE state IN ('queued', 'running');
CREATE INDEX runs_queue ON runs (queued_at) WHERE state = 'queued';
CREATE INDEX runs_leases ON runs (lease_until) WHERE state = 'running';
CREATE INDEX runs_company ON runs (company_id, id);
CREATE INDEX runs_success ON runs (company_id, id) WHERE state = 'completed' AND scope = 'full' AND errors = 0;

CREATE TABLE messages (
    id           TEXT PRIMARY KEY,
    company_id   TEXT NOT NULL REFERENCES companies (id),
    run_id       TEXT NOT NULL REFERENCES runs (id),
    at           BIGINT NOT NULL,
    entity       TEXT NOT NULL,
    local_id     TEXT,
    external_id  TEXT,
    -- What people call the record: a document number, a contact name.
    label        TEXT NOT NULL DEFAULT '',
    -- out | in | none
    direction    TEXT NOT NULL,
    -- info | warning | error
    level        TEXT NOT NULL,
    text         TEXT NOT NULL,
    advice       TEXT NOT NULL DEFAULT '',
    sent         TEXT NOT NULL DEFAULT '',
    received     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX messages_company ON messages (company_id, id);
CREATE INDEX messages_run ON messages (run_id, id);

-- One open row per record that needs a person, however often it fails the same way.
CREATE TABLE problems (
    id            TEXT PRIMARY KEY,
    company_id    TEXT NOT NULL REFERENCES companies (id),
    entity        TEXT NOT NULL,
    local_id      TEXT NOT NULL,
    external_id   TEXT,
    label         TEXT NOT NULL,
    -- failed | blocked | conflict | difference
    kind          TEXT NOT NULL,
    -- Same cause, same text: "Account 200 is archived".
    cause         TEXT NOT NULL,
    advice        TEXT NOT NULL,
    detail        TEXT NOT NULL DEFAULT '',
    blocked_by    TEXT,
    run_id        TEXT NOT NULL,
    first_seen    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    times         BIGINT NOT NULL DEFAULT 1,
    resolved_at   BIGINT
);
CREATE UNIQUE INDEX problems_open ON problems (company_id, entity, local_id) WHERE resolved_at IS NULL;

CREATE TABLE tie_outs (
    run_id           TEXT NOT NULL REFERENCES runs (id),
    entity           TEXT NOT NULL,
    company_id       TEXT NOT NULL REFERENCES companies (id),
    local_totals     TEXT NOT NULL,
    external_totals  TEXT NOT NULL,
    in_balance       BIGINT NOT NULL,
    differences      TEXT NOT NULL,
    at               BIGINT NOT NULL,
    PRIMARY KEY (run_id, entity)
);
CREATE INDEX tie_outs_company ON tie_outs (company_id, at);

CREATE TABLE imports (
    id           TEXT PRIMARY KEY,
    company_id   TEXT NOT NULL REFERENCES companies (id),
    file_name    TEXT NOT NULL,
    -- running | done | refused
    state        TEXT NOT NULL,
    done         BIGINT NOT NULL DEFAULT 0,
    total        BIGINT NOT NULL DEFAULT 0,
    report       TEXT NOT NULL DEFAULT '',
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE INDEX imports_company ON imports (company_id, id);
