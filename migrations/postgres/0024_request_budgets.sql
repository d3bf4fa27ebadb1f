-- What an accounting system still takes, where it limits requests: kept together by all processes that ask it.
-- Of one organisation: what of its minute and its day is used, and what is under way, in JSON; the version is another one
-- with each change, so that none is made to what somebody else has changed meanwhile.
CREATE TABLE organisation_budgets (
    app           TEXT NOT NULL,
    organisation  TEXT NOT NULL,
    version       BIGINT NOT NULL,
    state         TEXT NOT NULL,
    PRIMARY KEY (app, organisation)
)
-- Rows are written again and again: with room beside them that stays within their page.
WITH (fillfactor = 50);

-- Of all organisations together: when the next requests may be taken, by the database's clock in epoch milliseconds.
CREATE TABLE app_budgets (
    app      TEXT PRIMARY KEY,
    next_at  BIGINT NOT NULL
);
