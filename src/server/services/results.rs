//! What a company's results page shows.

mod causes;
mod neighbours;
mod rows;
mod syncs;

pub use syncs::{run_row, tie_out_view};

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
};
use crate::{
    domain::{
        results::{Asked, Results, UNDO_MS, Undoable},
        results_filter::{ProblemState, ResultsFilter, Since},
    },
    server::db::{
        Db, Tx, actions,
        companies::Company,
        now_ms,
        problems::{filter::Narrowing, listing},
        runs,
        sees::Sees,
        tie_outs,
    },
};

/// Runs in the list.
const RUNS: i64 = 10;

/// Longer than any address the page writes.
const LONGEST_QUERY: usize = 12_000;

/// What of a company's problems is looked at, and when.
struct Scope<'a> {
    company: &'a Company,
    /// When the last successful sync started.
    last_success: Option<i64>,
    now: i64,
}

impl Scope<'_> {
    fn narrow(&self, filter: &ResultsFilter) -> Narrowing {
        Narrowing::new(&self.company.id, filter, self.last_success, self.now)
    }
}

/// One moment of the company's results: everything on the page is from the same state of the books. `sees` limits the
/// companies named as the ones beside it; `query` is the
/// page's query string.
pub async fn results(db: &Db, sees: &Sees, company: &Company, query: &str) -> ServiceResult<Results> {
    if query.len() > LONGEST_QUERY {
        return Err(ServiceError::Invalid(format!("An address of more than {LONGEST_QUERY} characters is not looked at.")));
    }
    let (mut asked, notices) = Asked::from_query(query);
    let clock = LocalTime::of(&company.time_zone);
    let beside = neighbours::beside(db, sees, company, &asked).await?;
    let mut snapshot = db.snapshot().await?;
    let scope = Scope { company, last_success: runs::last_success_started(&mut snapshot, &company.id).await?, now: now_ms() };
    let of_any_cause = asked.filter.with(|filter| filter.cause = None);
    let [failing, blocked, unlinked] = listing::ranks(&mut snapshot, scope.narrow(&of_any_cause)).await?;
    let listed = match asked.filter.cause {
        None => failing + blocked + unlinked,
        Some(_) => listing::count(&mut snapshot, scope.narrow(&asked.filter)).await?.unsigned_abs(),
    };
    // A page that is no more, because what was on it was resolved, is the last one there is.
    let last = listed.div_ceil(asked.filter.limit().into()).max(1);
    asked.filter.page = asked.filter.page.min(u32::try_from(last).unwrap_or(u32::MAX));
    let found = listing::page(&mut snapshot, scope.narrow(&asked.filter), &asked.filter).await?;
    let trails = rows::trails(&mut snapshot, &company.id, &found, &asked.open, &clock).await?;
    let causes = causes::read(&mut snapshot, &scope, &asked.filter).await?;
    let undoable = actions::latest_undoable(&mut snapshot, &company.id, scope.now - UNDO_MS).await?;
    let tie_out = tie_outs::latest(&mut snapshot, &company.id).await?;
    let runs = runs::latest(&mut snapshot, &company.id, RUNS).await?;
    Ok(Results {
        older: older(&mut snapshot, &scope, &asked.filter).await?,
        set_aside: listed == 0 && set_aside(&mut snapshot, &scope).await?,
        problems: found.into_iter().map(|problem| rows::row(&company.code, problem, &clock)).collect(),
        causes: causes.groups,
        more_causes: causes.more,
        choices: causes.choices,
        undoable: undoable.map(|action| Undoable { at: clock.moment(action.at), id: action.id, summary: action.summary }),
        tie_out: syncs::tie_out_view(tie_out, &clock)?,
        runs: runs.into_iter().map(|run| run_row(run, &clock)).collect(),
        asked,
        notices,
        failing,
        blocked,
        unlinked,
        listed,
        trails,
        beside,
    })
}

/// Whether the usual span of time leaves out something that is open: taken up again, say, after a sync went well.
async fn older(tx: &mut Tx, scope: &Scope<'_>, filter: &ResultsFilter) -> ServiceResult<bool> {
    let (Some(success), None, Since::LastSuccess) = (scope.last_success, filter.since, filter.since()) else { return Ok(false) };
    let at_any_time = filter.with(|filter| filter.since = Some(Since::Ever));
    Ok(listing::seen_before(tx, scope.narrow(&at_any_time), success).await?)
}

async fn set_aside(tx: &mut Tx, scope: &Scope<'_>) -> ServiceResult<bool> {
    let filter = ResultsFilter { state: ProblemState::SetAside, ..ResultsFilter::default() };
    Ok(listing::any(tx, scope.narrow(&filter)).await?)
}
