-- Which key seals a secret; empty: it was stored before secrets were sealed, and is sealed at the next start.
ALTER TABLE connection_secrets ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
CREATE INDEX connection_secrets_key ON connection_secrets (key_id);
ALTER TABLE authorisations ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
CREATE INDEX authorisations_key ON authorisations (key_id);
