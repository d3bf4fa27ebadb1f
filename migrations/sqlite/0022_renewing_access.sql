-- Access that has to be renewed, by one worker at a time: who renews it, and until when the others wait for that.
ALTER TABLE connection_secrets ADD COLUMN refresh_owner TEXT;
ALTER TABLE connection_secrets ADD COLUMN refresh_until BIGINT;
-- Another one each time that a person gave access; renewing keeps it. So what was asked with an access that is not in use
-- any more is told from what was asked with one that was renewed meanwhile.
ALTER TABLE connection_secrets ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';
