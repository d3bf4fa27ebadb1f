//! How the records of an action are matched with their problems and links: one lookup by the full key for each record.
//!
//! The lookups are subqueries that answer one value, which neither database turns into a join. As joins they are quick
//! only while Postgres guesses well: a bulk action makes, and then reads, a hundred thousand rows that its statistics
//! know nothing of, or know as one row, and a join of "one row with one row" then reads all links of the company for
//! each of its records. For the same reason what is asked of a found row is asked after it was found (`CASE`), so that
//! no index of that condition is taken for the one of the key; migration 0010 has the rest of this.

/// A column of the open problem of the record `of.entity`, `of.local_id` where `fit` (about `q`) holds, else NULL.
/// `$2` is the company.
pub fn open_problem(column: &str, fit: &str, of: &str) -> String {
    open_problem_in("$2", column, fit, of)
}

/// The same where the company is another placeholder.
pub fn open_problem_in(company: &str, column: &str, fit: &str, of: &str) -> String {
    format!(
        "(SELECT CASE WHEN {fit} THEN q.{column} END FROM problems q
            WHERE q.company_id = {company} AND q.entity = {of}.entity AND q.local_id = {of}.local_id AND q.resolved_at IS NULL)"
    )
}

/// Ids of the open problems of the records of the action `$1` of the company `$2` where `fit` (about `q`) holds, with
/// NULLs between: for `id IN (…)`.
pub fn open_problems(fit: &str) -> String {
    format!("SELECT {} FROM action_records a WHERE a.action_id = $1", open_problem("id", fit, "a"))
}

/// A value of the link of a record, NULL where there is no link. `$2` is the connection; `value` is about `l`.
pub fn link(value: &str, entity: &str, local_id: &str) -> String {
    format!("(SELECT {value} FROM links l WHERE l.connection_id = $2 AND l.entity = {entity} AND l.local_id = {local_id})")
}

/// How many actions of these kinds (quoted, with commas) were made after `after` with the record of `of` and stand.
/// The action `but` does not count.
pub fn later_actions(of: &str, kinds: &str, after: &str, but: &str) -> String {
    // The sums keep the id of the action from being the way to the record.
    format!(
        "(SELECT count(*) FROM action_records o WHERE o.entity = {of}.entity AND o.local_id = {of}.local_id
            AND o.action_id || '' > {after} AND o.action_id || '' <> {but}
            AND (SELECT later.kind FROM actions later WHERE later.id = o.action_id AND later.undone_at IS NULL) IN ({kinds}))"
    )
}
