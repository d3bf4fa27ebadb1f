-- Records that the accounting side said have changed, by their ids there: they wait for the sync that reads them.
CREATE TABLE named_pulls (
    connection_id  TEXT NOT NULL REFERENCES connections (id),
    -- contacts | invoices (bills are among them) | credit_notes
    dataset        TEXT NOT NULL,
    external_id    TEXT NOT NULL,
    -- Another one each time that it is named: whoever read what was named before leaves what was named since.
    naming         TEXT NOT NULL,
    PRIMARY KEY (connection_id, dataset, external_id)
);
