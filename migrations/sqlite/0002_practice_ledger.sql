-- The practice ledger: a little accounting system of its own. Nothing outside src/server/connectors/practice
-- reads or writes these tables.

CREATE TABLE practice_ledgers (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    currency      TEXT NOT NULL,
    -- The grant an app holds; revoking access clears it.
    access_key    TEXT,
    offline       BIGINT NOT NULL DEFAULT 0,
    delay_ms      BIGINT NOT NULL DEFAULT 0,
    -- Requests a minute; 0: no limit.
    rate_limit    BIGINT NOT NULL DEFAULT 0,
    window_start  BIGINT NOT NULL DEFAULT 0,
    window_used   BIGINT NOT NULL DEFAULT 0,
    -- Documents dated on or before this day are refused. NULL: nothing is locked.
    locked_until  TEXT,
    change_seq    BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL
);

CREATE TABLE practice_accounts (
    id         TEXT PRIMARY KEY,
    ledger_id  TEXT NOT NULL REFERENCES practice_ledgers (id),
    code       TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- revenue | expense | bank | asset | liability | equity
    class      TEXT NOT NULL,
    -- System accounts (debtors, creditors, VAT) take no document lines.
    system     BIGINT NOT NULL DEFAULT 0,
    archived   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (ledger_id, code)
);

CREATE TABLE practice_tax_rates (
    id          TEXT PRIMARY KEY,
    ledger_id   TEXT NOT NULL REFERENCES practice_ledgers (id),
    name        TEXT NOT NULL,
    rate_e4     BIGINT NOT NULL,
    -- Account classes the rate may be used on, comma separated.
    applies_to  TEXT NOT NULL,
    archived    BIGINT NOT NULL DEFAULT 0,
    UNIQUE (ledger_id, name)
);

CREATE TABLE practice_tracking (
    id         TEXT PRIMARY KEY,
    ledger_id  TEXT NOT NULL REFERENCES practice_ledgers (id),
    category   TEXT NOT NULL,
    option     TEXT NOT NULL,
    archived   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (ledger_id, category, option)
);

CREATE TABLE practice_contacts (
    id         TEXT PRIMARY KEY,
    ledger_id  TEXT NOT NULL REFERENCES practice_ledgers (id),
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,
    email      TEXT NOT NULL DEFAULT '',
    address    TEXT NOT NULL DEFAULT '',
    country    TEXT NOT NULL DEFAULT '',
    archived   BIGINT NOT NULL DEFAULT 0,
    seq        BIGINT NOT NULL,
    UNIQUE (ledger_id, name_key)
);
CREATE INDEX practice_contacts_seq ON practice_contacts (ledger_id, seq);

CREATE TABLE practice_documents (
    id          TEXT PRIMARY KEY,
    ledger_id   TEXT NOT NULL REFERENCES practice_ledgers (id),
    kind        TEXT NOT NULL,
    number      TEXT NOT NULL,
    -- '' where numbers are unique in the ledger (sales), the contact where they are its supplier's (bills). A voided
    -- document gives its number back: its scope is its own id.
    number_scope TEXT NOT NULL,
    contact_id  TEXT NOT NULL REFERENCES practice_contacts (id),
    reference   TEXT NOT NULL DEFAULT '',
    issue_date  TEXT NOT NULL,
    due_date    TEXT NOT NULL,
    currency    TEXT NOT NULL,
    net         BIGINT NOT NULL,
    tax         BIGINT NOT NULL,
    gross       BIGINT NOT NULL,
    paid        BIGINT NOT NULL DEFAULT 0,
    -- authorised | voided
    state       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    UNIQUE (ledger_id, kind, number, number_scope)
);
CREATE INDEX practice_documents_recent ON practice_documents (ledger_id, seq);
CREATE INDEX practice_documents_changes ON practice_documents (ledger_id, kind, seq);
CREATE INDEX practice_documents_listing ON practice_documents (ledger_id, kind, id);

CREATE TABLE practice_lines (
    document_id   TEXT NOT NULL REFERENCES practice_documents (id),
    position      BIGINT NOT NULL,
    item_code     TEXT NOT NULL DEFAULT '',
    description   TEXT NOT NULL,
    quantity_e4   BIGINT NOT NULL,
    unit_amount_e4 BIGINT NOT NULL,
    discount_e4   BIGINT NOT NULL DEFAULT 0,
    account_id    TEXT NOT NULL REFERENCES practice_accounts (id),
    tax_rate_id   TEXT NOT NULL REFERENCES practice_tax_rates (id),
    -- Ids of the tracking options, separated by semicolons.
    tracking      TEXT NOT NULL DEFAULT '',
    net           BIGINT NOT NULL,
    tax           BIGINT NOT NULL,
    PRIMARY KEY (document_id, position)
) WITHOUT ROWID;

CREATE TABLE practice_payments (
    id           TEXT PRIMARY KEY,
    ledger_id    TEXT NOT NULL REFERENCES practice_ledgers (id),
    document_id  TEXT NOT NULL REFERENCES practice_documents (id),
    paid_on      TEXT NOT NULL,
    amount       BIGINT NOT NULL,
    reference    TEXT NOT NULL DEFAULT '',
    seq          BIGINT NOT NULL
);
CREATE INDEX practice_payments_seq ON practice_payments (ledger_id, seq);
CREATE INDEX practice_payments_document ON practice_payments (document_id);

-- Answers already given, by idempotency key: the same request again gets the same answer.
CREATE TABLE practice_requests (
    ledger_id    TEXT NOT NULL REFERENCES practice_ledgers (id),
    request_key  TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    PRIMARY KEY (ledger_id, request_key)
);
