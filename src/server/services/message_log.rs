//! A company's message log, a page at a time.

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    results::run_row,
};
use crate::{
    domain::{
        message::{Direction, Entity, Level, LogPage, MessageRow},
        message_filter::{MessageFilter, PAGE},
    },
    server::db::{Db, companies::Company, messages, runs},
};

/// Runs to choose from.
const RUNS: i64 = 25;

/// The newest messages that match, or those older than `filter.before`.
pub async fn page(db: &Db, company: &Company, filter: &MessageFilter) -> ServiceResult<LogPage> {
    let clock = LocalTime::of(&company.time_zone);
    let mut snapshot = db.snapshot().await?;
    let mut listed = runs::latest(&mut snapshot, &company.id, RUNS).await?;
    if let Some(id) = &filter.run
        && !listed.iter().any(|run| &run.id == id)
    {
        let run = runs::by_id(&mut snapshot, id).await?.filter(|run| run.company_id == company.id);
        listed.push(run.ok_or_else(|| ServiceError::NotFound(format!("{} has no sync {id}.", company.name)))?);
    }
    // One more than fits tells whether there are older ones.
    let mut found = messages::page(&mut snapshot, &company.id, filter, PAGE + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    Ok(LogPage {
        messages: found.into_iter().map(|message| message_row(message, &clock)).collect(),
        more,
        runs: listed.into_iter().map(|run| run_row(run, &clock)).collect(),
    })
}

fn message_row(message: messages::Message, clock: &LocalTime) -> MessageRow {
    MessageRow {
        at: clock.moment(message.at),
        entity: Entity::parse(&message.entity).unwrap_or(Entity::Run),
        direction: Direction::parse(&message.direction).unwrap_or(Direction::None),
        level: Level::parse(&message.level).unwrap_or(Level::Warning),
        id: message.id,
        run_id: message.run_id,
        label: message.label,
        external_id: message.external_id,
        text: message.text,
        advice: message.advice,
        sent: message.sent,
        received: message.received,
    }
}
