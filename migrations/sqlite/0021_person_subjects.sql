-- Who somebody is at the service they sign in through: an e-mail address there may be given to somebody else, this never is.

CREATE TABLE person_subjects (
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    issuer     TEXT NOT NULL,
    -- What the service calls the person, in its own words.
    subject    TEXT NOT NULL,
    linked_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, issuer)
);
CREATE UNIQUE INDEX person_subjects_subject ON person_subjects (issuer, subject);
