//! A company's message log: a page at a time, a message by itself, and all that match as a file.

mod download;
mod layout;

pub use download::{Download, Format};

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    results::run_row,
};
use crate::{
    domain::{
        message::{Direction, Entity, Level, LogPage, Looked, MessageRow, MessageView},
        message_filter::{MessageFilter, PAGE},
    },
    server::db::{Db, Tx, companies::Company, messages, runs, runs::Run},
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
        listed.push(run(&mut snapshot, company, id).await?);
    }
    page_with(&mut snapshot, company, filter, listed, &clock).await
}

/// The same for a filter whose run is known to be the company's: `runs` are those to choose from.
pub async fn page_with(
    snapshot: &mut Tx,
    company: &Company,
    filter: &MessageFilter,
    runs: Vec<Run>,
    clock: &LocalTime,
) -> ServiceResult<LogPage> {
    // One more than fits tells whether there are older ones.
    let mut ids = messages::ids(&mut *snapshot, &company.id, filter, PAGE + 1).await?;
    let more = ids.len() > PAGE;
    ids.truncate(PAGE);
    let looked = if more { None } else { looked(snapshot, company, filter, clock).await? };
    let found = messages::by_ids(snapshot, &ids).await?;
    Ok(LogPage {
        messages: found.into_iter().map(|message| message_row(message, clock)).collect(),
        more,
        looked,
        runs: runs.into_iter().map(|run| run_row(run, clock)).collect(),
    })
}

async fn looked(tx: &mut Tx, company: &Company, filter: &MessageFilter, clock: &LocalTime) -> ServiceResult<Option<Looked>> {
    let Some((id, looked_at)) = messages::end_of_window(&mut *tx, &company.id, filter).await? else { return Ok(None) };
    let at = messages::written_at(tx, &id).await?.unwrap_or_default();
    Ok(Some(Looked { messages: looked_at as u64, back_to: clock.moment(at), before: id }))
}

/// The company's run of that id.
pub async fn run(tx: &mut Tx, company: &Company, id: &str) -> ServiceResult<Run> {
    let run = runs::of_company(tx, &company.id, id).await?;
    run.ok_or_else(|| ServiceError::NotFound(format!("{} has no sync {}.", company.name, named(id))))
}

/// One message, its sync, and its neighbours.
pub async fn message(db: &Db, company: &Company, id: &str) -> ServiceResult<MessageView> {
    let clock = LocalTime::of(&company.time_zone);
    let mut snapshot = db.snapshot().await?;
    let found = messages::by_id(&mut snapshot, &company.id, id).await?;
    let mut message = message_row(found.ok_or_else(|| missing(company, id))?, &clock);
    let run = run(&mut snapshot, company, &message.run_id).await?;
    let around = match &message.local_id {
        Some(record) => MessageFilter::of_record(message.entity, record),
        None => MessageFilter::of_run(&message.run_id),
    };
    let earlier = messages::neighbour(&mut snapshot, &company.id, &around, id, false).await?;
    let later = messages::neighbour(&mut snapshot, &company.id, &around, id, true).await?;
    message.sent = layout::laid_out(&message.sent);
    message.received = layout::laid_out(&message.received);
    Ok(MessageView { message, run: run_row(run, &clock), earlier, later })
}

fn missing(company: &Company, id: &str) -> ServiceError {
    ServiceError::NotFound(format!(
        "The log of {} has no message {}. It may have been removed: messages are kept only for as long as this server is set to keep them.",
        company.name,
        named(id)
    ))
}

/// An id as it is said again: whoever wrote the address chose it.
fn named(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn message_row(message: messages::Message, clock: &LocalTime) -> MessageRow {
    MessageRow {
        at: clock.moment(message.at),
        entity: Entity::parse(&message.entity).unwrap_or(Entity::Run),
        direction: Direction::parse(&message.direction).unwrap_or(Direction::None),
        level: Level::parse(&message.level).unwrap_or(Level::Warning),
        id: message.id,
        run_id: message.run_id,
        local_id: message.local_id,
        label: message.label,
        external_id: message.external_id,
        text: message.text,
        advice: message.advice,
        sent: message.sent,
        received: message.received,
    }
}
