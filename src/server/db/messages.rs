//! The message log: appended by the engine, read by people.

use super::query::{On, Value, sql};
use super::{Tx, insert, new_id};
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
    pub external_id: Option<String>,
    pub label: String,
    pub direction: String,
    pub level: String,
    pub text: String,
    pub advice: String,
    pub sent: String,
    pub received: String,
}

/// The latest messages about one record, newest first.
pub async fn of_record<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    entity: &str,
    local_id: &str,
    limit: usize,
) -> sqlx::Result<Vec<Message>> {
    sql("SELECT id, run_id, at, entity, external_id, label, direction, level, text, advice, sent, received FROM messages
        WHERE company_id = $1 AND entity = $2 AND local_id = $3 ORDER BY id DESC LIMIT $4")
    .bind(company_id)
    .bind(entity)
    .bind(local_id)
    .bind(limit as i64)
    .all(on)
    .await
}

/// The company's messages that match, newest first. A page is found by its first id, so a late page costs what
/// an early one does.
pub async fn page<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    filter: &MessageFilter,
    limit: usize,
) -> sqlx::Result<Vec<Message>> {
    let mut values: Vec<Value> = vec![company_id.into(), (limit as i64).into()];
    let mut conditions = String::new();
    let mut add = |condition: &str, value: Value| {
        values.push(value);
        conditions.push_str(" AND ");
        conditions.push_str(&condition.replace('#', &format!("${}", values.len())));
    };
    if let Some(run) = &filter.run {
        add("run_id = #", run.into());
    }
    if let Some(entity) = filter.entity {
        add("entity = #", entity.as_str().into());
    }
    if let Some(level) = filter.level {
        add("level = #", level.as_str().into());
    }
    if let Some(before) = &filter.before {
        add("id < #", before.into());
    }
    if !filter.text.is_empty() {
        // SQLite's LOWER leaves all but ASCII as it is, and so does Postgres in some locales: what else has two
        // cases is looked for as it was typed, and in either.
        let text = &filter.text;
        let forms = [text.to_lowercase(), text.to_ascii_lowercase(), text.to_uppercase().to_ascii_lowercase()];
        let searched = |place: usize| {
            ["label", "text", "advice", "COALESCE(external_id, '')"]
                .map(|column| format!("LOWER({column}) LIKE ${place} ESCAPE '\\'"))
                .join(" OR ")
        };
        let first = values.len() + 1;
        conditions.push_str(&format!(" AND ({})", [first, first + 1, first + 2].map(searched).join(" OR ")));
        values.extend(forms.map(|text| Value::from(format!("%{}%", literal(&text)))));
    }
    sql(format!(
        "SELECT id, run_id, at, entity, external_id, label, direction, level, text, advice, sent, received FROM messages
        WHERE company_id = $1{conditions} ORDER BY id DESC LIMIT $2"
    ))
    .bind_all(values)
    .all(on)
    .await
}

/// Every character stands for itself.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
