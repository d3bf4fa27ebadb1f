-- What lets us in at the accounting side, apart from the connections so that no listing of those can carry it
-- along. One row a connection, gone when it is disconnected.
CREATE TABLE connection_secrets (
    connection_id  TEXT PRIMARY KEY REFERENCES connections (id),
    secret         TEXT NOT NULL
);
