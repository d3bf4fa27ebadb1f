//! What the pages of the wizard show.

mod contact_rows;
mod item_rows;

use super::{Matching, items::is_decided, matching_in, plan::plan};
use crate::{
    domain::{
        connection::Access,
        matching::{LocalItem, Match, ReferenceKind, rate::percent},
        onboarding::{
            Decided, Onboarding, Progress, Step, StepPage,
            asked::{Asked, ROWS},
        },
    },
    server::{
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            external_contacts, reference, runs,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};

/// Hits of a search.
const MOST_HITS: usize = 20;

/// The page an address asks for.
pub async fn onboarding(db: &Db, company: &Company, query: &str) -> ServiceResult<Onboarding> {
    let clock = LocalTime::of(&company.time_zone);
    let mut snapshot = db.snapshot().await?;
    let tx = &mut snapshot;
    let connection = connections::of_company(&mut *tx, &company.id).await?;
    let connection = match connection {
        Some(connection) if connection.access() == Access::Valid => connection,
        Some(connection) if connection.access() == Access::Lost => {
            let organisation = &connection.organisation_name;
            return Err(ServiceError::Refused(format!(
                "{organisation} no longer lets us in: reconnect first. What was chosen so far is kept."
            )));
        }
        _ => return Err(ServiceError::Refused(format!("{} is not connected: connect accounting software first.", company.name))),
    };
    let onboarded = connection.onboarded_at.is_some();
    let matching = matching_in(&mut *tx, &company.id).await?;
    let mut steps: Vec<(Step, Progress)> =
        ReferenceKind::ALL.iter().map(|kind| (Step::of(*kind), progress(&matching, *kind))).collect();
    if !onboarded {
        let tally = matching.tally;
        let decided = tally.all - tally.undecided();
        let progress = Progress { all: tally.all, decided, missing: tally.archived_in_use, exact: tally.same_name };
        steps.push((Step::Contacts, progress));
        steps.push((Step::Confirm, Progress::default()));
    }
    let (mut asked, mut notices) = Asked::from_query(query);
    if let Some(step) = asked.step.filter(|step| !Step::all(onboarded).contains(step)) {
        notices.push(format!("Onboarding is confirmed: the step {} is over. Matches can still be changed.", step.label()));
        asked = Asked::default();
    }
    let step = asked.step.unwrap_or_else(|| first(&steps, onboarded));
    asked.step = Some(step);
    let reader = Reader { company, connection: &connection, clock: &clock, matching: &matching };
    let page = match step {
        Step::TaxRates | Step::Accounts | Step::Tracking => {
            let kind = step.kind().unwrap_or(ReferenceKind::TaxRate);
            StepPage::Items(reader.items(&mut *tx, kind, &mut asked).await?)
        }
        Step::Contacts => StepPage::Contacts(reader.contacts(&mut *tx, &mut asked).await?),
        Step::Confirm => StepPage::Confirm(Box::new(plan(&mut *tx, &connection, &matching).await?)),
    };
    let confirmed = match connection.onboarded_at {
        Some(at) => {
            let by = runs::initial_by(&mut *tx, &company.id).await?.unwrap_or_default();
            Some(Decided { by, at: clock.moment(at) })
        }
        None => None,
    };
    let mut kinds: Vec<&str> = ReferenceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    if !onboarded {
        kinds.push(external_contacts::LIST);
    }
    let lists_read = reference::read_at(&mut *tx, &company.id, &kinds).await?.map(|at| clock.moment(at));
    Ok(Onboarding { organisation: connection.organisation_name.clone(), confirmed, lists_read, asked, notices, steps, page })
}

fn progress(matching: &Matching, kind: ReferenceKind) -> Progress {
    let mut progress = Progress::default();
    for item in matching.report.of(kind) {
        progress.all += 1;
        progress.decided += u64::from(is_decided(&item.matched));
        progress.missing += u64::from(item.matched == Match::None);
        progress.exact += u64::from(matches!(item.matched, Match::Exact(_)));
    }
    progress
}

/// The first step that is not finished.
fn first(steps: &[(Step, Progress)], onboarded: bool) -> Step {
    let open = |progress: &Progress| if onboarded { progress.missing > 0 } else { !progress.is_done() || progress.missing > 0 };
    let found = steps.iter().find(|(_, progress)| open(progress)).map(|(step, _)| *step);
    found.unwrap_or(if onboarded { Step::TaxRates } else { Step::Confirm })
}

/// What is odd about a match, in a sentence.
pub(super) fn warning(matching: &Matching, item: &LocalItem) -> Option<String> {
    let used = matching.uses.get(&(item.kind, item.value.clone()))?;
    let there = item.matched.item().filter(|_| item.kind == ReferenceKind::TaxRate)?;
    let (here_e4, there_e4) = (used.taxed.rate_e4()?, there.rate_e4?);
    (!used.taxed.are_at(there_e4)).then(|| {
        format!(
            "Documents with “{}” are taxed at {}, but {} is {} there: their tax will not agree.",
            item.value,
            percent(here_e4),
            there.label(),
            percent(there_e4)
        )
    })
}

/// Page `asked` of so many rows, put back to the last one there is; its first row.
fn turn_to(asked: &mut Asked, total: u64) -> u64 {
    let pages = total.div_ceil(ROWS.into()).max(1);
    asked.page = u32::try_from(u64::from(asked.page).min(pages)).unwrap_or(1);
    u64::from(asked.page - 1) * u64::from(ROWS)
}

struct Reader<'a> {
    company: &'a Company,
    connection: &'a Connection,
    clock: &'a LocalTime,
    matching: &'a Matching,
}

impl Reader<'_> {
    fn decided(&self, by: &str, at: i64) -> Option<Decided> {
        (at > 0).then(|| Decided { by: by.to_owned(), at: self.clock.moment(at) })
    }
}
