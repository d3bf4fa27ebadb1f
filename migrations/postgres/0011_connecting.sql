-- Connecting, looking after and pausing connections; companies that are archived.

ALTER TABLE connections ADD COLUMN connected_by TEXT NOT NULL DEFAULT '';
-- The daily check of the access: when it was done, what it said where it was not well, and when it is due.
ALTER TABLE connections ADD COLUMN probed_at BIGINT;
ALTER TABLE connections ADD COLUMN probe_error TEXT;
ALTER TABLE connections ADD COLUMN next_probe_at BIGINT;
-- A paused connection is neither scheduled nor synced. pause_id: which "pause everything" paused it; NULL: it alone was.
ALTER TABLE connections ADD COLUMN paused_at BIGINT;
ALTER TABLE connections ADD COLUMN paused_by TEXT;
ALTER TABLE connections ADD COLUMN pause_id TEXT;
CREATE INDEX connections_probes ON connections (next_probe_at) WHERE next_probe_at IS NOT NULL;

-- An access that was asked for and leads to no organisation yet: it waits for an approval, or for somebody to choose
-- the organisation. At most one a company; for a connected company it is a reconnection.
CREATE TABLE authorisations (
    company_id   TEXT PRIMARY KEY REFERENCES companies (id),
    provider     TEXT NOT NULL,
    -- Where access was asked for, as people know it: a server and a database.
    place        TEXT NOT NULL,
    -- What will let us in, sealed as in connection_secrets.
    secret       TEXT NOT NULL,
    sync_from    TEXT NOT NULL,
    schedule     TEXT NOT NULL,
    asked_by     TEXT NOT NULL,
    asked_at     BIGINT NOT NULL
);

ALTER TABLE companies ADD COLUMN archived_at BIGINT;
