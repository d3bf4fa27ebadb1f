//! The message log: appended by the engine, read by people, and removed when it has been kept long enough. A page
//! costs the same at the end of ten million messages as at the beginning of ten thousand: see [`ids`].

use super::query::{On, Query, Value, placeholders, sql};
use super::{Tx, insert, new_id, search};
use crate::domain::{
    message::{Direction, Entity, Level},
    message_filter::MessageFilter,
};

/// A message to be stored. `sent` and `received` are JSON, free of secrets.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub entity: Entity,
    pub local_id: Option<String>,
    pub external_id: Option<String>,
    pub label: String,
    pub direction: Direction,
    pub level: Level,
    pub text: String,
    pub advice: String,
    pub sent: String,
    pub received: String,
}

/// The longest `sent` or `received` that is kept, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// Appends messages of a run.
pub async fn append(tx: &mut Tx, company_id: &str, run_id: &str, messages: &[NewMessage], now: i64) -> sqlx::Result<()> {
    let rows = messages.iter().map(|message| {
        [
            new_id().into(),
            company_id.into(),
            run_id.into(),
            now.into(),
            message.entity.as_str().into(),
            message.local_id.clone().into(),
            message.external_id.clone().into(),
            (&message.label).into(),
            message.direction.as_str().into(),
            message.level.as_str().into(),
            (&message.text).into(),
            (&message.advice).into(),
            cut(&message.sent).into(),
            cut(&message.received).into(),
        ]
    });
    let into = "messages (id, company_id, run_id, at, entity, local_id, external_id, label, direction, level, text, advice, \
        sent, received)";
    insert::rows(tx, into, rows.collect()).await
}

/// Long bodies are cut where a character ends, and say so.
fn cut(body: &str) -> String {
    if body.len() <= MAX_BODY {
        return body.to_owned();
    }
    let end = (0..=MAX_BODY).rev().find(|place| body.is_char_boundary(*place)).unwrap_or(0);
    format!("{}… (cut, {} bytes in all)", &body[..end], body.len())
}

/// A message as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Message {
    pub id: String,
    pub run_id: String,
    pub at: i64,
    pub entity: String,
    pub local_id: Option<String>,
    pub external_id: Option<String>,
    pub label: String,
    pub direction: String,
    pub level: String,
    pub text: String,
    pub advice: String,
    pub sent: String,
    pub received: String,
}

const COLUMNS: &str = "id, run_id, at, entity, local_id, external_id, label, direction, level, text, advice, sent, received";

/// The message of that id in this company's log.
pub async fn by_id<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Message>> {
    sql(format!("SELECT {COLUMNS} FROM messages WHERE id = $1 AND company_id = $2")).bind(id).bind(company_id).optional(on).await
}

/// The latest messages about one record, newest first.
pub async fn of_record<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    entity: &str,
    local_id: &str,
    limit: usize,
) -> sqlx::Result<Vec<Message>> {
    sql(format!(
        "SELECT {COLUMNS} FROM messages WHERE company_id = $1 AND entity = $2 AND local_id = $3 ORDER BY id DESC LIMIT $4"
    ))
    .bind(company_id)
    .bind(entity)
    .bind(local_id)
    .bind(limit as i64)
    .all(on)
    .await
}

/// The messages of these ids, newest first.
pub async fn by_ids<'a>(on: impl Into<On<'a>>, ids: &[String]) -> sqlx::Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql(format!("SELECT {COLUMNS} FROM messages WHERE id IN ({}) ORDER BY id DESC", placeholders(1, ids.len())))
        .bind_all(ids)
        .all(on)
        .await
}

/// When a message was written, epoch milliseconds.
pub async fn written_at<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<i64>> {
    let at: Option<(i64,)> = sql("SELECT at FROM messages WHERE id = $1").bind(id).optional(on).await?;
    Ok(at.map(|(at,)| at))
}

/// How a filter is looked up: along one index, newest first, and what is asked of each message on the way.
struct Walk {
    /// Conditions the index answers.
    along: String,
    /// Conditions that need the message itself; empty where the index answers all.
    asked: String,
    values: Vec<Value>,
    /// How many of the values, from the first on, are the index's.
    walked: usize,
    /// How many messages a page looks at.
    window: usize,
}

impl Walk {
    fn new(company_id: &str, filter: &MessageFilter) -> Walk {
        let mut walk = Walk { along: String::new(), asked: String::new(), values: Vec::new(), walked: 0, window: WINDOW };
        let (run, entity, record) = (filter.run.as_deref(), filter.entity.map(Entity::as_str), filter.record.as_deref());
        let level = filter.level.map(Level::as_str);
        let by_record = entity.is_some() && record.is_some();
        let by_run = run.is_some() && !by_record;
        let by_level = filter.level.is_some_and(|level| level != Level::Info) && !by_record;
        let by_entity = entity.is_some() && !by_run;
        if by_run {
            walk.along("run_id", run);
            // True of each message of the run, which the caller has looked at. Written so that no other index is tried.
            walk.along("company_id || ''", Some(company_id));
        } else {
            walk.along("company_id", Some(company_id));
        }
        if by_level {
            walk.along("level", level);
            // The partial indexes are used only where the statement says their condition.
            walk.along.push_str(" AND level <> 'info'");
            walk.along.push_str(match (by_run, by_entity) {
                (true, _) => " AND run_id <> ''",
                (_, true) => " AND entity <> ''",
                _ => "",
            });
        }
        if by_entity {
            walk.along("entity", entity);
        }
        if by_record {
            walk.along("local_id", record);
        }
        if let Some(before) = &filter.before {
            let place = walk.place(before.into());
            walk.along.push_str(&format!(" AND id < {place}"));
        }
        walk.walked = walk.values.len();
        if by_level || by_entity {
            walk.window = SPARSE_WINDOW;
        }
        // Written so that no index is used for them: the one that is walked is the best.
        walk.ask("run_id || ''", run.filter(|_| !by_run));
        walk.ask("level || ''", level.filter(|_| !by_level));
        walk.ask("entity || ''", entity.filter(|_| !by_entity));
        walk.ask("direction", filter.direction.map(Direction::as_str));
        walk.ask_text(&filter.text);
        walk
    }

    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn along(&mut self, column: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        let place = self.place(value.into());
        let and = if self.along.is_empty() { "" } else { " AND " };
        self.along.push_str(&format!("{and}{column} = {place}"));
    }

    fn ask(&mut self, expression: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        let place = self.place(value.into());
        self.asked.push_str(&format!(" AND {expression} = {place}"));
    }

    fn ask_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let places: Vec<String> = search::in_any_case(text).into_iter().map(|pattern| self.place(pattern.into())).collect();
        let searched: Vec<String> = ["label", "text", "advice", "COALESCE(external_id, '')"]
            .iter()
            .flat_map(|column| places.iter().map(move |place| format!("LOWER({column}) LIKE {place} ESCAPE '\\'")))
            .collect();
        self.asked.push_str(&format!(" AND ({})", searched.join(" OR ")));
    }

    /// The last message a page looks at, and the one after it.
    fn window(&self, rows: usize) -> String {
        format!("SELECT id FROM messages WHERE {} ORDER BY id DESC LIMIT {rows} OFFSET {}", self.along, self.window - 1)
    }

    fn query(self, text: String) -> Query {
        sql(text).bind_all(self.values)
    }
}

/// Messages that one page looks at where no index answers the whole filter. The more, the longer a page that finds
/// little takes; the fewer, the more often people are told to look further back.
pub const WINDOW: usize = 10_000;
/// The same where they do not lie side by side in the store, and each costs a reading of its own.
pub const SPARSE_WINDOW: usize = 1_000;

/// Ids of the company's messages that match, newest first, among the next [`WINDOW`] of those the best index gives.
/// Ids alone, for a message's bodies are long. A run in the filter must be the company's.
pub async fn ids<'a>(on: impl Into<On<'a>>, company_id: &str, filter: &MessageFilter, limit: usize) -> sqlx::Result<Vec<String>> {
    let walk = Walk::new(company_id, filter);
    let within = match walk.asked.as_str() {
        "" => String::new(),
        asked => format!("{asked} AND id >= COALESCE(({}), '')", walk.window(1)),
    };
    let text = format!("SELECT id FROM messages WHERE {}{within} ORDER BY id DESC LIMIT {limit}", walk.along);
    let found: Vec<(String,)> = walk.query(text).all(on).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// The last message [`ids`] looks at and how many it looks at, where there are older ones it does not look at.
pub async fn end_of_window<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    filter: &MessageFilter,
) -> sqlx::Result<Option<(String, usize)>> {
    let walk = Walk::new(company_id, filter);
    let looked_at = walk.window;
    if walk.asked.is_empty() {
        return Ok(None);
    }
    let text = walk.window(2);
    let found: Vec<(String,)> = sql(text).bind_all(walk.values.into_iter().take(walk.walked)).all(on).await?;
    Ok((found.len() == 2).then(|| found.into_iter().next().map(|(id,)| (id, looked_at))).flatten())
}

/// The message of the filter that follows the one of that id, older or newer. Only for filters that an index answers.
pub async fn neighbour<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    filter: &MessageFilter,
    id: &str,
    newer: bool,
) -> sqlx::Result<Option<String>> {
    let mut walk = Walk::new(company_id, filter);
    let place = walk.place(id.into());
    let (sign, order) = if newer { (">", "ASC") } else { ("<", "DESC") };
    let text =
        format!("SELECT id FROM messages WHERE {}{} AND id {sign} {place} ORDER BY id {order} LIMIT 1", walk.along, walk.asked);
    let found: Option<(String,)> = walk.query(text).optional(on).await?;
    Ok(found.map(|(id,)| id))
}

/// Messages looked at in one step of removing old ones.
const STEP: i64 = 500;

/// Removes, of all companies' messages after the id `after` and written before `until` (epoch milliseconds), those
/// that nothing open needs: a record's open problem keeps the record's messages, and those of the sync it names. Looks at the next few
/// only and answers where it got to; `None`: there are no more. Several processes may do so at once.
pub async fn remove_old(tx: &mut Tx, after: &str, until: i64) -> sqlx::Result<(u64, Option<String>)> {
    let last: Option<(String,)> =
        sql("SELECT id FROM (SELECT id FROM messages WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3) step
        ORDER BY id DESC LIMIT 1")
        .bind(after)
        .bind(first_id_of(until))
        .bind(STEP)
        .optional(&mut *tx)
        .await?;
    let Some((last,)) = last else { return Ok((0, None)) };
    // What another process removes at this moment is left to it.
    let skip = if tx.is_postgres() { " FOR UPDATE OF m SKIP LOCKED" } else { "" };
    let removed = sql(format!(
        "DELETE FROM messages WHERE id IN (
            SELECT m.id FROM messages m WHERE m.id > $1 AND m.id <= $2
                AND NOT EXISTS (SELECT 1 FROM problems p WHERE p.company_id = m.company_id AND p.entity = m.entity
                    AND p.local_id = m.local_id AND p.resolved_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM problems p WHERE p.run_id = m.run_id AND p.resolved_at IS NULL){skip})"
    ))
    .bind(after)
    .bind(&last)
    .execute(tx)
    .await?;
    Ok((removed, Some(last)))
}

/// The lowest id made at a time: ids begin with their time.
fn first_id_of(ms: i64) -> String {
    let digits = format!("{:012x}", ms.max(0));
    format!("{}-{}-7000-8000-000000000000", &digits[..8], &digits[8..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_their_time() {
        let (before, id, after) = (super::super::now_ms(), new_id(), super::super::now_ms() + 1);
        assert!(first_id_of(before) <= id && id < first_id_of(after), "{id}");
        assert_eq!(first_id_of(-1), "00000000-0000-7000-8000-000000000000");
    }

    #[test]
    fn the_best_index_answers_what_it_can() {
        let of = |query: &str| {
            let (filter, notices) = MessageFilter::from_query(query);
            assert_eq!(notices, Vec::<String>::new());
            Walk::new("C", &filter)
        };
        const RUN: &str = "run=01981f5e-7c1a-7cc0-8a52-0123456789ab";
        for (query, along, asked) in [
            ("", "company_id = $1", ""),
            ("entity=invoice", "company_id = $1 AND entity = $2", ""),
            ("level=error", "company_id = $1 AND level = $2 AND level <> 'info'", ""),
            ("level=info", "company_id = $1", " AND level || '' = $2"),
            (
                "level=error&entity=invoice",
                "company_id = $1 AND level = $2 AND level <> 'info' AND entity <> '' AND entity = $3",
                "",
            ),
            (RUN, "run_id = $1 AND company_id || '' = $2", ""),
            ("entity=invoice&record=7", "company_id = $1 AND entity = $2 AND local_id = $3", ""),
            ("direction=in", "company_id = $1", " AND direction = $2"),
        ] {
            let walk = of(query);
            assert_eq!((walk.along.as_str(), walk.asked.as_str()), (along, asked), "{query}");
        }
        let walk = of(&format!("{RUN}&level=error&entity=invoice&record=7"));
        assert_eq!(walk.along, "company_id = $1 AND entity = $2 AND local_id = $3");
        assert_eq!((walk.asked.as_str(), walk.walked), (" AND run_id || '' = $4 AND level || '' = $5", 3));
        assert_eq!(of("q=rent").values.len(), 2, "one form of a text that has one");
        assert_eq!(of("q=%C3%89lan").values.len(), 3, "two of one that has two");
    }
}
