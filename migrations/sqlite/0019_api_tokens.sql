-- What lets a program act for a person, within a role and companies of its own.

CREATE TABLE api_tokens (
    id          TEXT PRIMARY KEY,
    -- A hash of the token: whoever reads this table cannot use one.
    hash        TEXT NOT NULL,
    person_id   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    -- At most this role, and never more than the person's own.
    role        TEXT NOT NULL,
    -- Whatever the person sees, or only those in token_companies.
    sees_all    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    -- When and from where it was last used, as far as that was noted.
    used_at     BIGINT,
    used_from   TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);
CREATE INDEX api_tokens_person ON api_tokens (person_id);
CREATE INDEX api_tokens_expiry ON api_tokens (expires_at);

-- Never more than the token's person sees: what is taken from the person is taken from here.
CREATE TABLE token_companies (
    token_id    TEXT NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, company_id)
);
CREATE INDEX token_companies_company ON token_companies (company_id);
