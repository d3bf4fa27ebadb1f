-- Onboarding as several people work on it: who chose what and when, the contacts of the accounting side while they are
-- being matched, and what was decided about each contact here.

-- A choice that was taken back stays, with an empty external_id: whoever saw it before is told.
ALTER TABLE mappings ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE mappings ADD COLUMN decided_at BIGINT NOT NULL DEFAULT 0;

-- When the accounting side's items of a kind (account, tax_rate, tracking, contact) were last read.
CREATE TABLE list_readings (
    company_id  TEXT NOT NULL REFERENCES companies (id),
    kind        TEXT NOT NULL,
    read_at     BIGINT NOT NULL,
    PRIMARY KEY (company_id, kind)
);

-- Contacts of the accounting side, until onboarding is confirmed. What they are found by is a column of its own each, with
-- the company in front: the whole name, the words of it that tell it from others, the e-mail address ('' where there is
-- none). So each search has one index it can take, whatever the statistics say; in the collation of the names of contacts
-- here, for otherwise it cannot take any.
CREATE TABLE external_contacts (
    company_id   TEXT NOT NULL REFERENCES companies (id),
    external_id  TEXT NOT NULL,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    email_key    TEXT COLLATE "C" NOT NULL,
    name_at      TEXT COLLATE "C" NOT NULL,
    words_at     TEXT COLLATE "C" NOT NULL,
    email_at     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, external_id)
);
CREATE INDEX external_contacts_name ON external_contacts (name_at, external_id);
CREATE INDEX external_contacts_words ON external_contacts (words_at, external_id);
CREATE INDEX external_contacts_email ON external_contacts (email_at) WHERE email_at <> '';

INSERT INTO external_contacts (company_id, external_id, name, email, name_key, email_key, name_at, words_at, email_at)
SELECT company_id, external_id, name, '', code, '', company_id || ' ' || code, company_id || ' ' || code, ''
FROM reference_items WHERE kind = 'contact';
DELETE FROM reference_items WHERE kind = 'contact';

-- What people decided about contacts here. What has no row goes by default: the one of the same name there, or a new one.
CREATE TABLE contact_matches (
    company_id   TEXT NOT NULL REFERENCES companies (id),
    contact_id   TEXT PRIMARY KEY REFERENCES contacts (id),
    -- link | create | archive
    decision     TEXT NOT NULL,
    -- Of a link.
    external_id  TEXT,
    decided_by   TEXT NOT NULL,
    decided_at   BIGINT NOT NULL
);
-- Each contact there stands for one here.
CREATE UNIQUE INDEX contact_matches_external ON contact_matches (company_id, external_id);

-- Archived contacts are few, and every sync asks whether one of them is needed after all.
CREATE INDEX contacts_archived ON contacts (company_id, id) WHERE archived = 1;
