-- What people do about problems, found without reading all problems of a company. Causes and subjects are not indexed:
-- they are words of the accounting side and may be longer than an index takes.

-- What needs a person: counted with every change of a company's status.
CREATE INDEX problems_attention ON problems (company_id, entity)
    WHERE resolved_at IS NULL AND set_aside_at IS NULL AND kind NOT IN ('blocked', 'unlinked');
CREATE INDEX problems_by_kind ON problems (company_id, kind, set_aside_at) WHERE resolved_at IS NULL;
CREATE INDEX problems_subject ON problems (company_id, subject_kind) WHERE resolved_at IS NULL AND subject_kind <> '';
CREATE INDEX problems_decided ON problems (company_id, entity) WHERE resolved_at IS NULL AND decision IS NOT NULL;
-- Taking up a problem keeps until when it was set aside, so that this can be undone: only those that are aside are due.
DROP INDEX problems_set_aside;
CREATE INDEX problems_set_aside ON problems (set_aside_until)
    WHERE set_aside_at IS NOT NULL AND set_aside_until IS NOT NULL AND resolved_at IS NULL;
-- Records left out of syncs are few among many, and every tie-out asks for them.
CREATE INDEX links_unlinked ON links (connection_id, entity, local_id) WHERE state = 'unlinked';
