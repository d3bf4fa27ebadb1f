-- Who may look and act: people, what each may see, their sessions, and the links that let somebody in once.

CREATE TABLE people (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    -- By which an address is found: in small letters.
    email_key    TEXT NOT NULL,
    -- viewer | accountant | manager | administrator
    role         TEXT NOT NULL,
    -- Every company, or only those in person_companies.
    sees_all     BIGINT NOT NULL,
    -- Argon2id, as a PHC string. NULL: none was chosen yet, so none opens.
    password     TEXT,
    created_at   BIGINT NOT NULL,
    disabled_at  BIGINT
);
CREATE UNIQUE INDEX people_email ON people (email_key);

CREATE TABLE person_companies (
    person_id   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    PRIMARY KEY (person_id, company_id)
);
CREATE INDEX person_companies_company ON person_companies (company_id);

CREATE TABLE sessions (
    -- A hash of what the browser holds: whoever reads this table cannot sign in with it.
    id          TEXT PRIMARY KEY,
    person_id   TEXT REFERENCES people (id) ON DELETE CASCADE,
    -- JSON: what belongs to the session besides.
    data        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    -- When a person last did something in it.
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    address     TEXT NOT NULL DEFAULT '',
    agent       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE entrances (
    -- A hash of the link's secret part.
    id          TEXT PRIMARY KEY,
    -- set-up | enter | password
    kind        TEXT NOT NULL,
    -- NULL only for set-up: that person is still to be made.
    person_id   TEXT REFERENCES people (id) ON DELETE CASCADE,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX entrances_person ON entrances (person_id);

CREATE TABLE second_factors (
    person_id     TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    -- What the person's device makes its codes from, sealed, and the id of the key that sealed it.
    secret        TEXT NOT NULL,
    key_id        TEXT NOT NULL,
    -- NULL: no code of it was seen yet, so it is not asked for.
    confirmed_at  BIGINT,
    -- The latest half minute whose code was used: none opens twice.
    last_step     BIGINT NOT NULL
);
CREATE INDEX second_factors_key ON second_factors (key_id);

CREATE TABLE recovery_codes (
    -- A hash of the code. Taken away when it is used.
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX recovery_codes_person ON recovery_codes (person_id);

-- Sign-ins that failed, by what they are slowed by: an account, or an address.
CREATE TABLE failed_sign_ins (
    slowed      TEXT PRIMARY KEY,
    failures    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL
);

-- Who did what, from where. Rows are added and never changed.
CREATE TABLE audit_log (
    id            TEXT PRIMARY KEY,
    at            BIGINT NOT NULL,
    -- Name and address as they were then; the person may be gone.
    person_id     TEXT,
    person        TEXT NOT NULL,
    act           TEXT NOT NULL,
    -- done | refused
    outcome       TEXT NOT NULL,
    company_id    TEXT,
    company_code  TEXT NOT NULL DEFAULT '',
    detail        TEXT NOT NULL DEFAULT '',
    address       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_at ON audit_log (at, id);
CREATE INDEX audit_log_person ON audit_log (person_id, at);
CREATE INDEX audit_log_company ON audit_log (company_id, at);
