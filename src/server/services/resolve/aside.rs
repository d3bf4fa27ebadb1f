//! Setting problems aside: known, not urgent, out of the counts until a day or until they change.

use super::super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
};
use super::selection::remainder;
use super::{Doing, Done, Selection, counted};
use crate::{
    domain::action::ActionKind,
    server::db::{
        Db, actions,
        actions::chosen,
        companies::Company,
        problems::aside::{self, Aside},
    },
};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 500;

/// `until`: the day (`YYYY-MM-DD`) they come back; empty: when they change.
pub async fn set_aside(
    db: &Db,
    company: &Company,
    selection: &Selection,
    note: &str,
    until: &str,
    by: &str,
) -> ServiceResult<Done> {
    let note = note.trim();
    if note.is_empty() {
        return Err(ServiceError::Invalid("Say in a note why it is set aside.".into()));
    }
    if note.chars().count() > LONGEST_NOTE {
        return Err(ServiceError::Invalid(format!("The note has more than {LONGEST_NOTE} characters.")));
    }
    let mut doing = Doing::begin(db, company, by).await?;
    let until_ms = moment(company, until.trim(), doing.now)?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::SetAside, by, note, doing.now).await?;
    let (meant, records) = selection.choose(&mut doing, &action, "set_aside_at IS NULL AND kind <> 'unlinked'", "").await?;
    let aside = Aside { by, note, until: until_ms };
    aside::set(&mut doing.tx, &company.id, &action, &aside, doing.now).await?;
    let counts = chosen::count(&mut doing.tx, &action).await?;
    let when = if until_ms.is_some() { format!("until {}", until.trim()) } else { "until it changes".into() };
    let summary = format!("Set aside {}", counted(&counts));
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("{summary} {when}. This can be undone.{}", remainder(meant, records)), records })
}

/// The first moment of a day to come, on the company's clock.
fn moment(company: &Company, until: &str, now: i64) -> ServiceResult<Option<i64>> {
    if until.is_empty() {
        return Ok(None);
    }
    let clock = LocalTime::of(&company.time_zone);
    let begins = clock.begin_of(until).ok_or_else(|| {
        ServiceError::Invalid(format!("“{}” is not a day: write it as YYYY-MM-DD.", until.chars().take(40).collect::<String>()))
    })?;
    if until <= clock.today(now).as_str() {
        return Err(ServiceError::Invalid("Set it aside until a day to come.".into()));
    }
    Ok(Some(begins))
}

/// Takes up problems that were set aside.
pub async fn take_up(db: &Db, company: &Company, selection: &Selection, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::TakeUp, by, "", doing.now).await?;
    let (meant, records) = selection.choose(&mut doing, &action, "set_aside_at IS NOT NULL", "").await?;
    aside::take_up(&mut doing.tx, &company.id, &action).await?;
    let counts = chosen::count(&mut doing.tx, &action).await?;
    let summary = format!("Took up {}", counted(&counts));
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("{summary} again.{}", remainder(meant, records)), records })
}
